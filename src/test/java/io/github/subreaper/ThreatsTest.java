package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each row of docs/THREATS.md, and what runs on other kernels, must name a test that exists. */
class ThreatsTest {
  private static final Path THREATS = Path.of("docs/THREATS.md");
  private static final List<Path> SOURCES =
      List.of(Path.of("test/java"), Path.of("../junit-extension/src/test/java"));
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*Test)\\.(\\w+)`");

  @Test
  void everyThreatNamesATestThatExists() throws IOException {
    List<String> rows = rows(Files.readAllLines(THREATS));
    assertThat(rows).as("rows of the table").hasSizeGreaterThan(20);
    assertThat(rows).allSatisfy(row -> assertThat(missing(row)).as(row).isEmpty());
  }

  @Test
  void rowWithoutATestOrWithAMissingOneIsDetected() throws IOException {
    assertThat(missing("| a | b | c |")).containsExactly("a test");
    assertThat(missing("| a | b | `ThreatsTest.noSuchTest` |"))
        .containsExactly("ThreatsTest.noSuchTest");
    assertThat(missing("| a | b | `NoSuchTest.test` |")).containsExactly("NoSuchTest.test");
    assertThat(missing("| a | b | `ThreatsTest.everyThreatNamesATestThatExists` |")).isEmpty();
  }

  /** One that is missing would be known only where other kernels can be emulated. */
  @Test
  void eachTestForOtherKernelsExists() throws IOException {
    Matcher named =
        Pattern.compile("^ *\"?((?:[a-z]+\\.)*[A-Z]\\w*Test)(?:#(\\w+))?", Pattern.MULTILINE)
            .matcher(Files.readString(Path.of("../.ci/kernels")));
    List<String> missing = new ArrayList<>();
    int count = 0;
    while (named.find()) {
      count++;
      String file = "io/github/subreaper/" + named.group(1).replace('.', '/') + ".java";
      if (SOURCES.stream().noneMatch(source -> Files.exists(source.resolve(file)))
          || (named.group(2) != null
              && !exists(named.group(1).replaceAll(".*\\.", ""), named.group(2)))) {
        missing.add(named.group());
      }
    }
    assertThat(count).isGreaterThan(10);
    assertThat(missing).isEmpty();
  }

  /** Returns the rows of the table whose first column is "threat". */
  private static List<String> rows(List<String> lines) {
    List<String> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : lines) {
      if (line.startsWith("| threat |")) {
        inside = true;
      } else if (!line.startsWith("|")) {
        inside = false;
      } else if (inside && !line.startsWith("|---")) {
        rows.add(line);
      }
    }
    return rows;
  }

  private static List<String> missing(String row) throws IOException {
    List<String> missing = new ArrayList<>();
    Matcher named = NAMED.matcher(row.substring(row.lastIndexOf('|', row.length() - 2)));
    boolean any = false;
    while (named.find()) {
      any = true;
      if (!exists(named.group(1), named.group(2))) {
        missing.add(named.group(1) + "." + named.group(2));
      }
    }
    return any ? missing : List.of("a test");
  }

  private static boolean exists(String type, String method) throws IOException {
    Pattern declared = Pattern.compile("\\b(void|Stream<DynamicTest>) " + method + "\\(");
    for (Path source : SOURCES) {
      try (Stream<Path> files = Files.walk(source)) {
        for (Path file : files.filter(one -> one.endsWith(type + ".java")).toList()) {
          if (declared.matcher(Files.readString(file)).find()) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
