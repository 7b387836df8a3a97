package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.junit.settings.BaselineFile;
import io.github.subreaper.internal.junit.settings.BaselineLine;
import io.github.subreaper.internal.junit.settings.ProcessGlob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Known leaks: logged, and without effect on the result. */
@Tag("slow")
class BaselineTest {
  @TempDir Path directory;

  private Path file(String... lines) throws IOException {
    return Files.write(directory.resolve("known.txt"), List.of(lines));
  }

  private static Kit with(Path file) {
    return Kit.with("subreaper.baseline", file.toString()).and("subreaper.settle", "0 s");
  }

  private static ChildJvm.Output logged(Path file, Class<?>... testCases) {
    return ChildJvm.tests(testCases).with("subreaper.baseline", file.toString()).run();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BaselineTest.LeakingTestCases sleep*",
        "BaselineTest.LeakingTestCases.* sleep*  # since 2019, to be mended",
        "BaselineTest.LeakingTestCases.leaks sleep 1000",
        "\t*.leaks(String)[?]   sleep 1???",
        "BaselineTest * # \\ #",
      })
  void knownLeakFailsNoTest(String line) throws Exception {
    Kit.Run run = with(file("# known", "", line)).start(LeakingTestCases.class).assertPassed();
    assertThat(run.published("subreaper.known"))
        .hasSize(2)
        .allMatch(text -> text.startsWith("sleep 1000 (pid "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LeakingTestCases sleep*",
        "BaselineTest.Leaking sleep*",
        "BaselineTest.LeakingTestCases.leak sleep*",
        "BaselineTest.LeakingTestCases.leaks sleep\\*",
        "BaselineTest.LeakingTestCases.leaks postgres*",
        "# BaselineTest.LeakingTestCases.leaks sleep*",
      })
  void otherLeakDoes(String line) throws Exception {
    Kit.Run run = with(file(line)).start(LeakingTestCases.class);
    assertThat(run.failures()).hasSize(2).allMatch(LeakedProcessesError.class::isInstance);
    assertThat(run.published("subreaper.known")).isEmpty();
  }

  @SubreaperTest
  static class LeakingTestCases {
    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void leaks(String which) {
      Processes.leak();
    }
  }

  @Test
  void unknownLeakBesideAKnownOneFailsItsTest() throws Exception {
    Kit.Run run = with(file("BaselineTest.* sleep 1001")).start(TwoLeaksTestCases.class);
    assertThat(run.onlyFailure())
        .isInstanceOf(LeakedProcessesError.class)
        .hasMessageContaining("sleep 1002");
    assertThat(run.published("subreaper.known")).singleElement().asString().contains("sleep");
  }

  @SubreaperTest
  static class TwoLeaksTestCases {
    @Test
    void leaks() {
      Processes.leak("sleep 1001");
      Processes.leak("sleep 1002");
    }
  }

  @Test
  void endOfTheRunShowsHowManyThereWereAndWhichLinesCanGo() throws Exception {
    Path file =
        file(
            "BaselineTest.LeakingTestCases.leaks sleep*",
            "BaselineTest.CleanTestCases.* sleep* # was mended",
            "BaselineTest.CleanTestCases.passes(*  postgres: checkpointer",
            "BaselineTest.TwoLeaksTestCases sleep*",
            "*CleanTestCases* sleep*");
    ChildJvm.Output output =
        logged(file, LeakingTestCases.class, CleanTestCases.class).assertExit(0);
    assertThat(output.text())
        .contains(
            "subreaper: 2 known leaks tolerated ("
                + file
                + "); 2 lines do not leak any more and can go: BaselineTest.CleanTestCases.* sleep* ·"
                + " BaselineTest.CleanTestCases.passes(* postgres: checkpointer\n")
        .contains("SUCCESSFUL [1]")
        .doesNotContain("FAILED")
        .doesNotContain(" tests ·"); // no leak is news
  }

  @Test
  @Tag("full") // singular and plural have quick tests above and below
  void oneOfEachIsInTheSingular() throws Exception {
    Path file = file("BaselineTest.TwoLeaksTestCases sleep*", "BaselineTest.CleanTestCases sleep*");
    assertThat(logged(file, CleanTestCases.class).text())
        .contains(
            "subreaper: 0 known leaks tolerated (" + file + "); 1 line does not leak any more");
    assertThat(logged(file, TwoLeaksTestCases.class).text())
        .contains("subreaper: 2 known leaks tolerated (" + file + ")\n");
  }

  @SubreaperTest
  static class CleanTestCases {
    @Test
    void passes() {}
  }

  /** It is no news either way. */
  @Test
  void leakThatWarnsUsesItsLine() throws Exception {
    Path file = file("BaselineTest.WarningTestCases sleep*");
    assertThat(logged(file, WarningTestCases.class).assertExit(0).text())
        .contains("subreaper: 1 known leak tolerated (" + file + ")\n");
  }

  @SubreaperTest(leaks = Leaks.WARN)
  static class WarningTestCases {
    @Test
    void leaks() {
      Processes.leak();
    }
  }

  @Test
  void updateWritesWhatLeaksAndTheNextRunPasses() throws Exception {
    Path file = directory.resolve("new/known.txt");
    with(file)
        .and("subreaper.baseline.update", "true")
        .start(LeakingTestCases.class, ClassTestCases.class, WarningTestCases.class)
        .assertPassed();
    assertThat(file)
        .content()
        .isEqualTo(
            """
            # Known leaks, which fail no test: a test or class, a process, and what you want to remark.
            BaselineTest.LeakingTestCases.leaks sleep*
            BaselineTest.ClassTestCases sleep*
            """);
    with(file).start(LeakingTestCases.class, ClassTestCases.class).assertPassed();
  }

  @SubreaperTest
  static class ClassTestCases {
    @BeforeAll
    static void prepare() {
      Processes.leak();
    }

    @Test
    void passes() {}
  }

  @Test
  void updateRemovesOnlyWhatLeaksNoMoreAndKeepsRemarks() throws Exception {
    Path file =
        file(
            "# Ask Ann before you remove one.",
            "BaselineTest.CleanTestCases sleep*",
            "BaselineTest.LeakingTestCases.* sleep*  # since 2019",
            "",
            "*CleanTestCases sleep*",
            "OtherTest postgres*");
    with(file)
        .and("subreaper.baseline.update", "true")
        .start(LeakingTestCases.class, CleanTestCases.class, TwoLeaksTestCases.class)
        .assertPassed();
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "# Ask Ann before you remove one.",
            "BaselineTest.LeakingTestCases.* sleep*  # since 2019",
            "",
            "*CleanTestCases sleep*",
            "OtherTest postgres*",
            "BaselineTest.TwoLeaksTestCases.leaks sleep*");
  }

  /** Where a daemon is not installed, its test is skipped: another machine still needs the line. */
  @Test
  void updateKeepsWhatIsAboutATestThatDidNotRunToItsEnd() throws Exception {
    String name = "BaselineTest.CutShortTestCases.";
    Path file =
        file(
            name + "passes sleep*",
            name + "isAborted sleep*",
            name + "fails sleep*",
            name + "failsBefore sleep*",
            name + "isDisabled sleep*",
            "BaselineTest.DisabledTestCases sleep*",
            "BaselineTest.CutShortTestCases sleep*");
    with(file)
        .and("subreaper.baseline.update", "true")
        .start(DisabledTestCases.class, CutShortTestCases.class);
    assertThat(Files.readAllLines(file))
        .doesNotContain(name + "passes sleep*")
        .contains(
            name + "isAborted sleep*",
            name + "fails sleep*",
            name + "failsBefore sleep*",
            name + "isDisabled sleep*",
            "BaselineTest.DisabledTestCases sleep*",
            "BaselineTest.CutShortTestCases sleep*");
  }

  @SubreaperTest
  static class DisabledTestCases {
    @Test
    @Disabled("as where it lacks something")
    void isDisabled() {}

    @Test
    void passes() {}
  }

  @SubreaperTest
  static class CutShortTestCases {
    @BeforeEach
    void prepare(TestInfo test) {
      if (test.getDisplayName().startsWith("failsBefore")) {
        throw new IllegalStateException("by the test");
      }
    }

    @Test
    void passes() {}

    @Test
    void isAborted() {
      assumeTrue(false);
    }

    @Test
    void fails() {
      throw new IllegalStateException("by the test");
    }

    @Test
    void failsBefore() {}

    @Test
    @Disabled("as where it lacks something")
    void isDisabled() {}
  }

  @Test
  void severalJvmsWriteOneFile() throws Exception {
    Path file = directory.resolve("known.txt");
    List<CompletableFuture<ChildJvm.Output>> forks =
        List.of(LeakingTestCases.class, TwoLeaksTestCases.class, ClassTestCases.class).stream()
            .map(
                type ->
                    CompletableFuture.supplyAsync(
                        () ->
                            ChildJvm.tests(type)
                                .with("subreaper.baseline", file.toString())
                                .with("subreaper.baseline.update", "true")
                                .run()))
            .toList();
    for (CompletableFuture<ChildJvm.Output> fork : forks) {
      assertThat(fork.get().assertExit(0).text())
          .contains("subreaper: " + file + " has 1 more known leak, and 0 fewer\n");
    }
    assertThat(Files.readAllLines(file))
        .hasSize(4)
        .contains(
            "BaselineTest.LeakingTestCases.leaks sleep*",
            "BaselineTest.TwoLeaksTestCases.leaks sleep*",
            "BaselineTest.ClassTestCases sleep*");
  }

  /** Without the lock one of them would write over what the other has just written. */
  @Test
  void manyThreadsAndJvmsLoseNoLine() throws Exception {
    Path file = directory.resolve("known.txt");
    int each = 200;
    List<CompletableFuture<?>> writers =
        List.of(
            CompletableFuture.runAsync(() -> Writer.write(file, "one", each)),
            CompletableFuture.runAsync(() -> Writer.write(file, "two", each)),
            CompletableFuture.runAsync(
                () ->
                    ChildJvm.main(Writer.class.getName(), file.toString(), "three", "" + each)
                        .run()
                        .assertExit(0)));
    for (CompletableFuture<?> writer : writers) {
      writer.get();
    }
    assertThat(Files.readAllLines(file)).hasSize(1 + 3 * each).doesNotHaveDuplicates();
  }

  static final class Writer {
    public static void main(String[] arguments) {
      write(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]));
    }

    static void write(Path file, String who, int count) {
      try {
        for (int i = 0; i < count; i++) {
          new BaselineFile(file).update(List.of(who + "Test.test" + i + " sleep*"), List.of());
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void fileThatIsMissingFailsTheClass() {
    Path file = directory.resolve("known.txt");
    assertThat(with(file).start(CleanTestCases.class).onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessage(
            "subreaper.baseline cannot be read: java.nio.file.NoSuchFileException: %s. To fix: correct"
                + " the path, which is %<s, or have a run write the file:"
                + " -Dsubreaper.baseline.update=true",
            file);
  }

  @Test
  void malformedLineFailsTheClass() throws Exception {
    Path file = file("# known", "BillingTest");
    assertThat(with(file).start(CleanTestCases.class).onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessage(
            "%s:2: \"BillingTest\" has no glob for a process. To fix: write it as \"BillingTest.*"
                + " postgres*\"",
            file);
  }

  @Test
  void updateWithoutAFileFailsTheClass() {
    assertThat(
            Kit.with("subreaper.baseline.update", "true").start(CleanTestCases.class).onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessage(
            "subreaper.baseline.update has no file to write. To fix: name one, such as"
                + " subreaper.baseline=leaks.txt");
  }

  @Test
  void fileThatCannotBeWrittenIsLogged() throws Exception {
    ChildJvm.Output output =
        ChildJvm.tests(LeakingTestCases.class)
            .with("subreaper.baseline", "/proc/known.txt") // no file can be made there, by nobody
            .with("subreaper.baseline.update", "true")
            .run();
    assertThat(output.assertExit(0).text())
        .contains(
            "subreaper: the known leaks could not be written to /proc/known.txt. To fix: make it"
                + " writable, and run the tests again");
  }

  @Test
  void fileThatIsADirectoryOrBelowAFileFailsTheClass() throws Exception {
    Path below = Files.createFile(directory.resolve("file")).resolve("known.txt");
    for (Path file : List.of(below, directory)) {
      assertThat(
              with(file)
                  .and("subreaper.baseline.update", "true")
                  .start(LeakingTestCases.class)
                  .onlyFailure())
          .isInstanceOf(ExtensionConfigurationException.class)
          .hasMessageStartingWith("subreaper.baseline cannot be read: ")
          .hasMessageEndingWith("To fix: correct the path, which is " + file);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a#b", "*", "?x\\", " blank ", "two words", "#", ""})
  void lineThatIsWrittenMatchesThatNameOnly(String name) {
    String written = BaselineLine.of("test run", ProcessGlob.of(name, List.of()));
    BaselineLine line = Objects.requireNonNull(BaselineLine.read(written));
    assertThat(line.text()).isEqualTo(written);
    assertThat(line.isAbout("test run")).isTrue();
    assertThat(line.isAbout("test")).isFalse();
    assertThat(line.matches(name)).isTrue();
    assertThat(line.matches("x" + name)).isEqualTo(name.isEmpty());
  }
}
