package io.github.subreaper.internal.assertj.shapes;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatIllegalArgumentException;

import io.github.subreaper.internal.text.GlobMatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks each row of the tables in ASSERTIONS.md. */
class ShapeTableTest {
  private static final Path DOCUMENT = Path.of("ASSERTIONS.md");
  private static final Pattern CODE = Pattern.compile("`([^`]*)`");

  /** Returns the cells of the rows below a heading. A bar within a cell is escaped. */
  private static List<List<String>> rows(String heading) throws IOException {
    List<String> lines = Files.readAllLines(DOCUMENT);
    int start = lines.indexOf(heading);
    assertThat(start).as(heading).isNotNegative();
    List<List<String>> rows = new ArrayList<>();
    for (String line : lines.subList(start + 1, lines.size())) {
      if (line.startsWith("#")) {
        break;
      }
      if (line.startsWith("|")) {
        rows.add(
            Stream.of(line.substring(1).split("(?<!\\\\)\\|", -1))
                .map(cell -> cell.strip().replace("\\|", "|"))
                .toList());
      }
    }
    return rows.subList(2, rows.size());
  }

  static List<List<String>> patterns() throws IOException {
    return rows("### What a pattern may say");
  }

  static List<List<String>> mistakes() throws IOException {
    return rows("### What is not a pattern");
  }

  private static String code(String cell) {
    Matcher code = CODE.matcher(cell);
    return code.results().map(result -> result.group(1)).collect(Collectors.joining("\n"));
  }

  /** Reads a tree: lines without wildcards describe processes as well as patterns. */
  private static List<MadeNode> tree(String text) {
    List<Shape.Row> rows = new ArrayList<>(Shape.parse(text).rows());
    List<List<MadeNode>> children = new ArrayList<>();
    Collections.reverse(rows);
    for (Shape.Row row : rows) {
      ShapeLine.Head head = row.head();
      while (children.size() < head.depth() + 2) {
        children.add(new ArrayList<>());
      }
      String command =
          Objects.requireNonNull(
              new GlobMatcher(String.valueOf(head.glob())).literal(), head.text());
      List<MadeNode> below = new ArrayList<>(children.get(head.depth() + 1));
      children.get(head.depth() + 1).clear();
      children
          .get(head.depth())
          .add(0, new MadeNode("comm", List.of(command), head.attributes(), below));
    }
    return children.isEmpty() ? List.of() : children.get(0);
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void whatAPatternMaySay(List<String> row) {
    Shape shape = Shape.parse(code(row.get(1)));
    ShapeMatch match = shape.match(tree(code(row.get(2))));
    assertThat(match.isMatch()).as(match.marks().tree() + match.marks().pattern()).isTrue();
    assertThat(row.get(3)).isNotEmpty();
    ShapeMatch other = shape.match(tree(code(row.get(3))));
    assertThat(other.isMatch()).as(other.marks().tree() + other.marks().pattern()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void whatIsNoPattern(List<String> row) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.parse(code(row.get(0))))
        .satisfies(
            e ->
                assertThat(e)
                    .hasMessageStartingWith(
                        row.get(1)
                            .replaceFirst(
                                "^(\\d+):(\\d+) ", "line $1, column $2 of the pattern: ")));
  }

  private static String javadoc() throws IOException {
    String source =
        Files.readString(
            Path.of("src/main/java/io/github/subreaper/assertj/AbstractShapeAssert.java"));
    return source.substring(source.indexOf("<table>"), source.indexOf("</table>"));
  }

  static List<String> patternsOfTheJavadoc() throws IOException {
    return Pattern.compile("<tr><td>\\{@code (.*)}</td>")
        .matcher(javadoc())
        .results()
        .map(row -> row.group(1))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("patternsOfTheJavadoc")
  void javadocShowsPatterns(String pattern) {
    assertThat(Shape.parse(pattern).rows()).hasSize(1);
  }

  @Test
  void javadocHasAllAttributes() throws IOException {
    List<String> attributes = new ArrayList<>(List.of("uid=", "cwd=", "listens="));
    for (ShapeAttribute.Flag flag : ShapeAttribute.Flag.values()) {
      attributes.add(flag.word);
    }
    assertThat(patternsOfTheJavadoc()).hasSizeGreaterThan(15);
    assertThat(javadoc()).contains(attributes);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.parse("sh []"))
        .satisfies(
            e -> {
              for (String attribute : attributes) {
                assertThat(e).hasMessageContaining(attribute);
              }
            });
  }
}
