package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What one has to read at once stays small, in the main code of all modules. */
class CapsTest {
  private static final int MOST_LINES = 400;

  /** One method of a user's is one of these types', so they have no parts. */
  private static final int MOST_LINES_OF_A_USERS_TYPE = 600;

  private static final Set<String> USERS_TYPES =
      Set.of(
          "Descendant",
          "DescendantAssert",
          "ExitStatusAssert",
          "Journal",
          "Launch",
          "LaunchAssert",
          "ProcessEvent",
          "ProcessTree",
          "ProcessTreeAssert",
          "Program",
          "Subreaper",
          "SubreaperExtension",
          "Supervisor",
          "SupervisorAssert");

  @Test
  void noFileIsLong() throws IOException {
    Map<String, Long> tooLong = new TreeMap<>();
    for (Path source : sources()) {
      String name = name(source);
      long lines = Files.readAllLines(source).stream().filter(CapsTest::isCode).count();
      if (lines > (USERS_TYPES.contains(name) ? MOST_LINES_OF_A_USERS_TYPE : MOST_LINES)) {
        tooLong.put(name, lines);
      }
    }
    assertThat(tooLong).isEmpty();
  }

  /** Comments, imports and blank lines cost no reader time. */
  private static boolean isCode(String line) {
    String text = line.strip();
    return !text.isEmpty()
        && !text.startsWith("import ")
        && !text.startsWith("//")
        && !text.startsWith("/*")
        && !text.startsWith("*");
  }

  @Test
  void noSimpleNameIsGivenTwice() throws IOException {
    Set<String> names = new TreeSet<>();
    Set<String> twice = new TreeSet<>();
    for (Path source : sources()) {
      if (!names.add(name(source))) {
        twice.add(name(source));
      }
    }
    assertThat(twice).isEmpty();
  }

  private static String name(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }

  /** Returns the files with a type, of all modules. */
  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module : List.of("src", "junit-extension/src", "samples/src")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "main", "java"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.endsWith("package-info.java"))
            .filter(file -> !file.endsWith("module-info.java"))
            .forEach(sources::add);
      }
    }
    assertThat(sources).hasSizeGreaterThan(400);
    return sources;
  }
}
