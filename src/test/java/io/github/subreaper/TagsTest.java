package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The tag "full" marks tests that run with {@code -Pfull} only, "slow" classes that the quick build
 * leaves out.
 */
class TagsTest {
  private static final List<Path> SOURCES =
      List.of(
          Path.of("test/java"),
          Path.of("../junit-extension/src/test/java"),
          Path.of("../samples/src/test/java"));
  private static final Pattern TAG = Pattern.compile("^( *)@Tag\\((.*)\\)$", Pattern.MULTILINE);

  /** The build knows no other tag, so a test with another one would always run. */
  @Test
  void fullAndSlowAreTheOnlyTags() throws IOException {
    List<String> tags = new ArrayList<>();
    for (String source : sources()) {
      TAG.matcher(source).results().forEach(tag -> tags.add(tag.group(2)));
    }
    assertThat(tags).hasSizeGreaterThan(20).containsOnly("\"full\"", "\"slow\"");
  }

  @Test
  void aClassThatIsFullHasNoTaggedMethods() throws IOException {
    for (String source : sources()) {
      assertThat(indentsOf("\"full\"", source)).as(source).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void onlyClassesAreSlow() throws IOException {
    for (String source : sources()) {
      assertThat(source).doesNotContain(" @" + "Tag(\"slow\")");
    }
  }

  private static long indentsOf(String name, String source) {
    return TAG.matcher(source)
        .results()
        .filter(tag -> tag.group(2).equals(name))
        .map(tag -> tag.group(1))
        .distinct()
        .count();
  }

  private static List<String> sources() throws IOException {
    List<String> sources = new ArrayList<>();
    for (Path directory : SOURCES) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
          sources.add(Files.readString(file));
        }
      }
    }
    return sources;
  }
}
