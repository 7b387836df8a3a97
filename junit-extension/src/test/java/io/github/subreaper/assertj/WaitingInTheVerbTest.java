package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The page and the Javadoc of each class name exactly those assertions that wait or watch, which
 * are those that an interrupt ends.
 */
class WaitingInTheVerbTest {
  private static final Path SOURCES = Path.of("src/main/java/io/github/subreaper/assertj");
  private static final Pattern METHOD =
      Pattern.compile("\\s+public (?:final )?(?:\\w+Assert|SELF) (\\w+)\\(");
  private static final Pattern BASE =
      Pattern.compile("(?:Assert|>)\\s+extends (Abstract(?:Process|Shape)Assert)");
  private static final Pattern IN_JAVADOC = Pattern.compile("\\{@code\\s+(?:\\*\\s+)?([\\w…]+)}");
  private static final Pattern ON_PAGE = Pattern.compile("`([\\w…]+)`");

  private record Assertion(String name, String javadoc) {
    boolean isInterruptible() {
      return javadoc.contains("@throws WaitInterruptedException");
    }

    static List<Assertion> of(String type) throws IOException {
      List<Assertion> all = new ArrayList<>(comments(type).flatMap(Assertion::after).toList());
      Matcher base = BASE.matcher(Files.readString(SOURCES.resolve(type + ".java")));
      if (base.find()) {
        all.addAll(of(base.group(1)));
      }
      return all;
    }

    private static Stream<Assertion> after(String comment) {
      String[] parts = comment.split("\\*/", 2);
      Matcher method = METHOD.matcher(parts[1]);
      return method.lookingAt() ? Stream.of(new Assertion(method.group(1), parts[0])) : Stream.of();
    }
  }

  /** Returns the source from each Javadoc comment to the next one. */
  private static Stream<String> comments(String type) throws IOException {
    return Stream.of(Files.readString(SOURCES.resolve(type + ".java")).split("/\\*\\*")).skip(1);
  }

  private static List<String> names(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(name -> name.group(1)).toList();
  }

  private static Predicate<String> like(String name) {
    return Pattern.compile(name.replace("…", "\\w*")).asMatchPredicate();
  }

  private static void assertThatExactlyTheseWait(List<String> names, List<Assertion> assertions) {
    assertThat(assertions).hasSizeGreaterThan(4);
    for (Assertion assertion : assertions) {
      assertThat(names.stream().anyMatch(name -> like(name).test(assertion.name())))
          .as("%s waits or watches, by the names %s", assertion.name(), names)
          .isEqualTo(assertion.isInterruptible());
    }
    for (String name : names) {
      assertThat(assertions)
          .as("assertions like %s", name)
          .anyMatch(assertion -> like(name).test(assertion.name()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"DescendantAssert", "LaunchAssert", "ProcessTreeAssert", "SupervisorAssert"})
  void javadocOfTheClassNamesThem(String type) throws IOException {
    String javadoc = comments(type).findFirst().orElseThrow().split("\\*/", 2)[0];
    List<String> names =
        names(IN_JAVADOC, javadoc).stream().filter(name -> !name.equals("await")).toList();

    assertThatExactlyTheseWait(names, Assertion.of(type));
  }

  @Test
  void pageNamesThem() throws IOException {
    String page = Files.readString(Path.of("ASSERTIONS.md"));
    String chapter = page.substring(page.indexOf("## Waiting and readiness\n"));
    String[] points =
        Stream.of(chapter.split("\n\n"))
            .filter(part -> part.startsWith("- "))
            .findFirst()
            .orElseThrow()
            .split("\n- ");
    assertThat(points).hasSize(3);
    assertThat(points[0]).endsWith(" wait.");
    assertThat(points[1]).contains(" watch ");
    assertThat(points[2]).startsWith("All others check now");
    List<Assertion> assertions =
        Stream.of(
                Assertion.of("DescendantAssert"),
                Assertion.of("ExitStatusAssert"),
                Assertion.of("LaunchAssert"),
                Assertion.of("ProcessTreeAssert"),
                Assertion.of("SupervisorAssert"))
            .flatMap(List::stream)
            .toList();

    assertThatExactlyTheseWait(names(ON_PAGE, points[0] + points[1]), assertions);
  }
}
