package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A leak that keeps a stream of the build open: a build that reads to the end hangs. */
class BuildStreamsTest {

  /** Runs the tests of a JVM whose standard output is a pipe, as in a build. */
  private static String outputOfABuild(String shell, Class<?>... testCases) {
    return ChildJvm.tests(testCases).below("sh", "-c", shell, "sh").run().text();
  }

  @ParameterizedTest
  @CsvSource({
    "'\"$@\" </dev/null | cat', stdout",
    "'true | \"$@\" 2>&1 | cat', 'stdin, stdout and stderr'",
  })
  void leakThatHoldsAStreamOfTheBuildIsReportedAndNoOther(String shell, String streams) {
    assertReported(shell, streams);
  }

  @Test
  @Tag("full")
  void leakThatHoldsBothOutputsOfTheBuildIsReported() {
    assertReported("\"$@\" </dev/null 2>&1 | cat", "stdout and stderr");
  }

  private static void assertReported(String shell, String streams) {
    assertThat(outputOfABuild(shell, InheritingTestCases.class, DetachedTestCases.class))
        .containsPattern(
            "InheritingTestCases\\.leaks\\(\\) left sleep running\n"
                + "  \\d+ sleep 1000, holds this build's "
                + streams
                + "; ")
        .containsPattern(
            "DetachedTestCases\\.leaks\\(\\) left sleep running\n  \\d+ sleep 1000; ended");
  }

  @Test
  void fileIsNoStreamThatAnyoneWaitsFor() {
    assertThat(outputOfABuild("\"$@\" </dev/null", InheritingTestCases.class))
        .contains("left sleep running")
        .doesNotContain("this build's");
  }

  @SubreaperTest(settle = "0 s")
  static class InheritingTestCases {
    @Test
    void leaks() {
      start(new ProcessBuilder("sleep", "1000").inheritIO());
    }
  }

  @SubreaperTest(settle = "0 s")
  static class DetachedTestCases {
    @Test
    void leaks() {
      start(
          new ProcessBuilder("sleep", "1000")
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD));
    }
  }

  private static void start(ProcessBuilder leak) {
    try {
      leak.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
