package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A configuration parameter that does not exist stops every class, and the error names it. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class UnknownParametersTest {
  @TempDir private Path directory;

  private static Kit.Run withSystemProperty(String name, Supplier<Kit.Run> run) {
    System.setProperty(name, "WARN");
    try {
      return run.get();
    } finally {
      System.clearProperty(name);
    }
  }

  /** Puts one {@code junit-platform.properties} for each content on the class path. */
  private Kit.Run withFiles(String... contents) throws IOException {
    URL[] directories = new URL[contents.length];
    for (int i = 0; i < contents.length; i++) {
      Path one = Files.createDirectory(directory.resolve("classes" + i));
      Files.writeString(one.resolve("junit-platform.properties"), contents[i]);
      directories[i] = one.toUri().toURL();
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(directories, before)) {
      thread.setContextClassLoader(loader);
      return Kit.run(OneTestCases.class);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "subreaper.leak, subreaper.leaks",
    "subreaper.Leaks, subreaper.leaks",
    "subreaper.serttle, subreaper.settle",
    "subreaper.report, subreaper.reports",
    "subreaper.baselineUpdate, subreaper.baseline.update",
    "subreaper.termination-timeout, subreaper.grace",
    "subreaper.killAfter, subreaper.grace",
    "subreaper.timeout, subreaper.await",
    "subreaper.gracePeriod, subreaper.grace",
    "subreaper.update-the-baseline, subreaper.baseline",
  })
  void mistypedSystemPropertyIsAnErrorThatNamesTheNearest(String mistyped, String nearest) {
    assertThat(withSystemProperty(mistyped, () -> Kit.run(OneTestCases.class)).onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessage(
            "Unknown configuration parameter \"%s\" in the system properties."
                + " To fix: write \"%s\", or remove it.",
            mistyped, nearest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"subreaper.", "subreaper.colour"})
  void whereNoParameterIsNearTheErrorNamesThemAll(String unknown) {
    assertThat(withSystemProperty(unknown, () -> Kit.run(OneTestCases.class)).onlyFailure())
        .hasMessageStartingWith("Unknown configuration parameter \"%s\" in", unknown)
        .hasMessageContaining("To fix: write one of subreaper.guard, subreaper.leaks, ")
        .hasMessageEndingWith(", subreaper.approve, or remove it.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"leaks", "directory", "baseline", "baseline.update", "approve", "exit"})
  void knownSystemPropertyPasses(String name) {
    withSystemProperty("subreaper." + name, () -> Kit.run(OneTestCases.class)).assertPassed();
  }

  @Test
  void mistypedParameterIsFoundInEachFileOnTheClassPath() throws IOException {
    Kit.Run run =
        withFiles(
            "subreaper.leaks = WARN\njunit.jupiter.some = thing\n",
            "subreaper.grase = 1 s\nsubreaper.leak = WARN\n");

    assertThat(run.onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessage(
            """
            Unknown configuration parameter "subreaper.grase" in %1$s. \
            To fix: write "subreaper.grace", or remove it.
            Unknown configuration parameter "subreaper.leak" in %1$s. \
            To fix: write "subreaper.leaks", or remove it.""",
            directory.resolve("classes1/junit-platform.properties").toUri().toURL());
  }

  @Test
  void wellFormedFilesPass() throws IOException {
    withFiles("subreaper.leaks = WARN\n", "subreaper.grace = 1 s\n").assertPassed();
  }

  @Test
  void eachClassFailsOnceWithTheAnnotationOrByAutoDetection() {
    Kit.Run run =
        withSystemProperty(
            "subreaper.leak",
            () ->
                Kit.with(RegistrationTest.AUTO_DETECTION, "true")
                    .start(OneTestCases.class, PlainTestCases.class));

    assertThat(run.succeeded()).isZero();
    assertThat(run.failures())
        .hasSize(2)
        .allSatisfy(failure -> assertThat(failure).hasMessageContaining("\"subreaper.leak\""));
    assertThat(run.failed())
        .containsExactlyInAnyOrder(OneTestCases.class.getName(), PlainTestCases.class.getName());
  }

  @Test
  void nextSessionSearchesAgain() {
    withSystemProperty("subreaper.leak", () -> Kit.run(OneTestCases.class));
    Kit.run(OneTestCases.class).assertPassed();
  }

  @SubreaperTest
  static class OneTestCases {
    @Test
    void one() {}

    @Test
    void other() {}
  }

  static class PlainTestCases {
    @Test
    void one() {}

    @Test
    void other() {}
  }
}
