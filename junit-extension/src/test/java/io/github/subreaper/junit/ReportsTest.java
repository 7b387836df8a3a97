package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.leak;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import io.github.subreaper.crash.CrashRun;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.report.ReadRecording;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.Recording.Mark;
import io.github.subreaper.internal.report.recording.Recording.Phase;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** When the report of a test is made, and what of the test is in it. */
@Tag("slow")
class ReportsTest {
  private static final String LINES = "-processes.jsonl";

  @TempDir Path directory;

  private Kit kit(String reports) {
    return Kit.with("subreaper.reports", reports).and("subreaper.directory", directory.toString());
  }

  private ChildJvm child(String reports, Class<?> testCases) {
    return ChildJvm.tests(testCases)
        .with("subreaper.reports", reports)
        .with("subreaper.directory", directory.toString());
  }

  /** Returns the names of all files of tests, without what all of a kind end with. */
  private List<String> reported() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(LINES))
          .map(name -> name.substring(0, name.length() - LINES.length()))
          .map(name -> name.replaceFirst("^.*\\.ReportsTest\\.", ""))
          .sorted()
          .toList();
    }
  }

  private Recording recording(String name) throws IOException {
    String prefix = "io.github.subreaper.junit.ReportsTest.";
    return ReadRecording.of(directory.resolve(prefix + name + LINES));
  }

  @Test
  void failedTestsHaveOneByDefaultAndNoOthers() throws IOException {
    kit("").start(MixedTestCases.class);

    assertThat(reported())
        .containsExactly(
            "MixedTestCases.factory",
            "MixedTestCases.fails",
            "MixedTestCases.failsAfterwards",
            "MixedTestCases.leaks");
    assertThat(directory.resolve("index.html")).isRegularFile();
  }

  @Test
  void alwaysMeansEachTestWithProcesses() throws IOException {
    kit("ALWAYS").start(MixedTestCases.class);

    assertThat(reported())
        .containsExactly(
            "MixedTestCases.aborts",
            "MixedTestCases.factory",
            "MixedTestCases.fails",
            "MixedTestCases.failsAfterwards",
            "MixedTestCases.leaks",
            "MixedTestCases.passes");
    assertThat(recording("MixedTestCases.passes").header().result()).isEqualTo(Result.PASSED);
    assertThat(recording("MixedTestCases.aborts").header().result()).isEqualTo(Result.ABORTED);
  }

  @Test
  void neverOrWhereNothingHappenedNoFileIsWritten() throws IOException {
    kit("NEVER").start(MixedTestCases.class);
    kit("FAILURES").start(PassingTestCases.class);

    assertThat(directory).isEmptyDirectory();
  }

  @SubreaperTest
  static class MixedTestCases {
    @AfterEach
    void fail(org.junit.jupiter.api.TestInfo info) {
      if (info.getDisplayName().startsWith("failsAfterwards")) {
        throw new IllegalStateException("afterwards");
      }
    }

    @Test
    void fails(Supervisor supervisor) {
      assertThat(supervisor.launch("true").awaitExit().toString()).isEqualTo("another");
    }

    @Test
    void failsAfterwards(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }

    @Test
    void failsWithoutAProcess() {
      throw new IllegalStateException("no process");
    }

    @Test
    void passes(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }

    @Test
    void aborts(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
      Assumptions.abort();
    }

    @Test
    void leaks() {
      leak();
    }

    @TestFactory
    Stream<DynamicTest> factory(Supervisor supervisor) {
      return Stream.of(
          dynamicTest("passes", () -> supervisor.launch("true").awaitExit()),
          dynamicTest("fails", () -> assertThat(supervisor.name()).isEmpty()));
    }
  }

  @SubreaperTest
  static class PassingTestCases {
    @Test
    void passes(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }
  }

  @Test
  void failedTestHasOneOfWhatItsCodeRanAndCollected() throws IOException {
    kit("FAILURES").start(AmbientTestCases.class);

    assertThat(reported()).containsExactly("AmbientTestCases.fails", "AmbientTestCases.leaks");
    assertThat(recording("AmbientTestCases.fails").processes())
        .extracting(ReadRecording::title)
        .containsExactly("true");
    assertThat(recording("AmbientTestCases.leaks").processes())
        .extracting(ReadRecording::title)
        .contains("true", "sleep 1000");
  }

  @Test
  void alwaysMeansAlsoWhatItsCodeRanAndCollected() throws IOException {
    kit("ALWAYS").start(AmbientTestCases.class);

    assertThat(reported())
        .containsExactly(
            "AmbientTestCases.fails", "AmbientTestCases.leaks", "AmbientTestCases.passes");
  }

  @SubreaperTest
  static class AmbientTestCases {
    private static void run() throws Exception {
      assertThat(new ProcessBuilder("true").start().waitFor()).isZero();
    }

    @Test
    void passes() throws Exception {
      run();
    }

    @Test
    void fails() throws Exception {
      run();
      throw new IllegalStateException("fails");
    }

    @Test
    void leaks() throws Exception {
      run();
      leak();
    }
  }

  @Test
  void annotationsAreNearerThanTheParameter() throws IOException {
    kit("NEVER").start(AnnotatedTestCases.class);

    assertThat(reported()).containsExactly("AnnotatedTestCases.always");
  }

  @SubreaperTest(reports = Reports.ALWAYS)
  static class AnnotatedTestCases {
    @Test
    void always(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }

    @Test
    @SubreaperTest(reports = Reports.FAILURES)
    void failures(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }
  }

  @Test
  void failureEndsWithThePathOfItsReport() {
    Kit.Run run = kit("FAILURES").start(MixedTestCases.class);

    String name = directory + "/io.github.subreaper.junit.ReportsTest.MixedTestCases.";
    assertThat(run.failures())
        .filteredOn(LeakedProcessesError.class::isInstance)
        .singleElement()
        .extracting(Throwable::getMessage)
        .asString()
        .endsWith("\n  report: " + name + "leaks-processes.html");
    assertThat(run.failures())
        .filteredOn(AssertionError.class::isInstance)
        .flatExtracting(failure -> List.of(failure.getSuppressed()))
        .extracting(Throwable::toString)
        .contains(
            "io.github.subreaper.internal.junit.scopes.ProcessReport: "
                + name
                + "fails-processes.html");
  }

  @Test
  void allThatMadeTheTestFailIsInItsReportACrashFirst() throws IOException {
    kit("FAILURES").start(SeveralFailuresTestCases.class);

    assertThat(recording("SeveralFailuresTestCases.leaks").header().failure())
        .startsWith("java.lang.IllegalStateException: client refused")
        .contains("left sleep running");
    assertThat(recording("SeveralFailuresTestCases.crashes").header().failure())
        .contains("crashed with SIGSEGV")
        .containsSubsequence("sh crashed", "IllegalStateException: client refused");
  }

  @SubreaperTest
  static class SeveralFailuresTestCases {
    @Test
    void leaks() {
      leak();
      throw new IllegalStateException("client refused");
    }

    @Test
    void crashes(Supervisor supervisor) {
      supervisor.launch("sh", "-c", "kill -SEGV $$").awaitExit();
      throw new IllegalStateException("client refused");
    }
  }

  @Test
  void outputThatIsLostHidesNoFailure() throws IOException {
    kit("FAILURES").start(RemovedOutputTestCases.class);

    assertThat(recording("RemovedOutputTestCases.crashes").header().failure())
        .containsSubsequence("sh crashed", "IllegalStateException: client refused");
  }

  @SubreaperTest
  static class RemovedOutputTestCases {
    @Test
    void crashes(Supervisor supervisor) throws IOException {
      Launch launch = supervisor.launch("sh", "-c", "echo text; kill -SEGV $$");
      launch.awaitExit();
      Files.delete(Access.get().standardStreams(launch).get(1));
      throw new IllegalStateException("client refused");
    }
  }

  @Test
  void reportHasTheTest() throws IOException {
    kit("FAILURES").start(PhasesTestCases.class);

    Recording recording = recording("PhasesTestCases.leaks-2");
    Recording.Header header = recording.header();
    assertThat(header.result()).isEqualTo(Result.FAILED);
    assertThat(header.failure()).contains("left sleep running");
    assertThat(header.test().method()).isEqualTo("leaks");
    assertThat(header.test().invocation()).isEqualTo(2);
    assertThat(header.test().displayName()).isEqualTo("repetition 2 of 2");
    assertThat(recording.phases())
        .extracting(Phase::name)
        .containsExactly("before", "test", "after", "end");
    assertThat(recording.processes())
        .extracting(ReadRecording::title, process -> process.is(Mark.LEAKED))
        .contains(tuple("sleep 1000", true), tuple("true", false));
    assertThat(recording.treeBefore()).anyMatch(line -> line.contains("sleep 1000"));
    assertThat(recording.treeAfter()).noneMatch(line -> line.contains("sleep"));
  }

  @SubreaperTest
  static class PhasesTestCases {
    @BeforeEach
    void before(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }

    @RepeatedTest(2)
    void leaks(RepetitionInfo repetition) {
      if (repetition.getCurrentRepetition() == 2) {
        leak("sleep 1000");
      }
    }

    @AfterEach
    void after() {}
  }

  @Test
  void reportOfACrashTestHasItsPointsAndWhereItCrashed() throws IOException {
    Assumptions.assumeTrue(
        "amd64".equals(System.getProperty("os.arch")), "crash points need x86-64");
    kit("ALWAYS").start(CrashTestCases.class);

    Recording found = crashTest("recording");
    assertThat(found.phases())
        .extracting(Phase::name)
        .containsSubsequence(
            "before", "test", "recording", "before tee open state #1", "recovery", "end")
        .contains("before tee write state #1 (2 bytes)", "before tee exit #1");
    assertThat(found.phases()).isSortedAccordingTo(Comparator.comparing(Phase::from));
    assertThat(found.processes()).extracting(ReadRecording::title).contains("tee state");

    Recording crash = crashTest("before tee write state #1");
    assertThat(crash.header().result()).isEqualTo(Result.FAILED);
    assertThat(crash.phases())
        .extracting(Phase::name)
        .containsSubsequence(
            "test",
            "tee write state #1",
            "kill -9 before tee write state #1 (2 bytes)",
            "recovery",
            "end");
    Phase end = crash.phases().get(crash.phases().size() - 1);
    long killed =
        crash.phases().stream()
            .filter(one -> one.name().startsWith("kill -9 "))
            .findFirst()
            .orElseThrow()
            .from();
    assertThat(crash.processes())
        .filteredOn(one -> one.end() != null && "SIGKILL".equals(one.end().signal()))
        .isNotEmpty()
        .extracting(one -> Objects.requireNonNullElse(one.endedAt(), Long.MAX_VALUE))
        .allMatch(ended -> ended > killed && ended < end.to());
  }

  private Recording crashTest(String displayName) throws IOException {
    List<String> names = new ArrayList<>();
    for (String one : reported()) {
      Recording recording = recording(one);
      names.add(recording.header().test().displayName());
      if (names.contains(displayName)) {
        return recording;
      }
    }
    throw new AssertionError(displayName + " is none of " + names);
  }

  @SubreaperTest
  static class CrashTestCases {
    @TempDir Path prepared;

    @CrashTest
    void inPlace(CrashRun run) throws Exception {
      Files.writeString(prepared.resolve("state"), "1\n");
      Program tee = Program.of("tee", "state").withStandardInput("2\n");
      run.in(prepared).launch(tee).during(Launch::awaitExit);
      run.recover(
          Program.of("grep", ".", "state"),
          launch -> assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0)));
    }
  }

  @Test
  void classHasOneIfItOrATestOfItFails() throws IOException {
    kit("FAILURES").start(FailingClassTestCases.class, PassingClassTestCases.class);

    assertThat(reported())
        .containsExactly("FailingClassTestCases", "FailingClassTestCases.needsTheDaemon");
    Recording ofClass = recording("FailingClassTestCases");
    assertThat(ofClass.header().result()).isEqualTo(Result.FAILED);
    assertThat(ofClass.header().failure())
        .isEqualTo("ReportsTest.FailingClassTestCases.needsTheDaemon(Supervisor) failed");
    assertThat(ofClass.processes()).extracting(ReadRecording::title).contains("sleep 1001", "true");
    assertThat(ofClass.phases())
        .extracting(Phase::name)
        .containsExactly("before", "needsTheDaemon(Supervisor)", "between tests", "after", "end");
  }

  abstract static class ClassTestCases {
    private static Launch daemon;

    @BeforeAll
    static void start(Supervisor supervisor) {
      daemon = supervisor.launch("sleep", "1001");
    }

    @Test
    void needsTheDaemon(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
      assertThat(daemon.isAlive()).isEqualTo(this instanceof PassingClassTestCases);
    }

    @AfterAll
    static void stop() {
      assertThat(daemon.stop().survivors()).isEmpty();
    }
  }

  @SubreaperTest
  static class FailingClassTestCases extends ClassTestCases {}

  @SubreaperTest
  static class PassingClassTestCases extends ClassTestCases {}

  @Test
  void secretsAreMasked() throws IOException {
    kit("ALWAYS").and("subreaper.secrets", "*-zauberwort").start(SecretTestCases.class);

    assertThat(allFiles())
        .contains("--das-zauberwort", "--password", "redis-cli -a ***")
        .doesNotContain("abrakadabra", "geheim1234");
    assertThat(directory.resolve("index.html")).content().contains("redis-cli -a ***");
  }

  private String allFiles() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }

  @SubreaperTest(strict = true)
  static class SecretTestCases {
    @Test
    void leaks(Supervisor supervisor) {
      supervisor.launch("sh", "-c", "sleep 1000; :", "redis-cli", "-a", "geheim1234");
    }

    @Test
    void hasASecret(Supervisor supervisor) {
      supervisor
          .launch("sh", "-c", ":", "sh", "--password=geheim1234", "--das-zauberwort", "abrakadabra")
          .awaitExit();
    }
  }

  @Test
  void processesOfAScopeThatTheTestHasOpenedAreTheTests() throws IOException {
    kit("").start(NestedTestCases.class);

    assertThat(reported()).containsExactly("NestedTestCases.fails");
    assertThat(recording("NestedTestCases.fails").processes())
        .extracting(ReadRecording::title)
        .containsExactly("true");
  }

  @SubreaperTest
  static class NestedTestCases {
    private final List<Supervisor> inUse = new ArrayList<>();

    @Test
    void fails(Supervisor supervisor) {
      Supervisor nested = supervisor.open("nested");
      inUse.add(nested);
      nested.launch("true").awaitExit();
      nested.close();
      throw new IllegalStateException("fails");
    }
  }

  @Test
  void formerUseOfTheParameterIsAnErrorThatSaysSo() {
    Kit.Run run = Kit.with("subreaper.reports", "target/logs").start(PassingTestCases.class);

    assertThat(run.onlyFailure())
        .hasMessageContaining("Setting \"reports\": \"target/logs\" is not a condition for reports")
        .hasMessageContaining("Allowed: FAILURES, ALWAYS, NEVER")
        .hasMessageContaining("subreaper.directory");
  }

  @Test
  void interruptedTestKeepsItsFlagAndHasItsReport() throws IOException {
    Kit.Run run = kit("ALWAYS").start(CleanupTest.InterruptedTestCases.class);
    assertThat(reported())
        .containsExactly("io.github.subreaper.junit.CleanupTest.InterruptedTestCases.test");
    assertThat(run.published("flag")).containsExactly("true");
  }

  @Test
  void filesAreAttachedAndTheRunIsSummedUpOnOneLine() throws IOException {
    Path attachments = directory.resolve("attachments");

    ChildJvm.Output output =
        child("FAILURES", LeakingTestCases.class)
            .withOrigins()
            .with("junit.platform.reporting.output.dir", attachments.toString())
            .run()
            .assertExit(0);

    assertThat(output.lines("FILE leaks()").lines())
        .hasSize(2)
        .allMatch(line -> line.contains(attachments.toString()))
        .anyMatch(line -> line.endsWith("LeakingTestCases.leaks-processes.html"))
        .anyMatch(line -> line.endsWith("LeakingTestCases.leaks-processes.jsonl"));
    assertThat(output.lines("subreaper: ").replace("at least ", "")) // on a busy machine
        .endsWith(
            "subreaper: 2 tests · 3 processes · 1 orphan adopted · 1 leak · 0 survivors · report: "
                + directory.resolve("index.html"));
  }

  @Test
  void leakedServerWithItsWorkersIsOneLeak() {
    ChildJvm.Output output = ChildJvm.tests(ServerTestCases.class).run().assertExit(0);

    assertThat(output.text()).contains(" left sh with 2 processes below it running");
    assertThat(output.lines("subreaper: ")).contains(" · 1 leak · ");
  }

  @SubreaperTest
  static class ServerTestCases {
    @Test
    void leaks(Supervisor supervisor) throws IOException {
      new ProcessBuilder("sh", "-c", "sleep 1000 & sleep 1000 & wait").start();
      supervisor.awaitDescendants("sleep*", 2);
    }
  }

  @Test
  void runWithoutLeaksSaysNothing() {
    ChildJvm.Output output = child("ALWAYS", PassingTestCases.class).run().assertExit(0);

    assertThat(output.text()).doesNotContain("subreaper:");
    assertThat(directory.resolve("index.html")).isRegularFile();
  }

  @SubreaperTest
  static class LeakingTestCases {
    @Test
    void leaks() {
      leak();
    }

    @Test
    void passes(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }
  }

  @Test
  void countOfARunThatMayMissProcessesSaysAtLeast() throws IOException {
    ChildJvm.Output output = child("FAILURES", MissingTestCases.class).run().assertExit(0);

    assertThat(output.lines("subreaper: "))
        .containsPattern("subreaper: 1 test · at least [0-9,]+ processes · ");
    assertThat(directory.resolve("index.html")).content().contains("\"may_miss\":true");
  }

  @SubreaperTest
  static class MissingTestCases {
    @Test
    void leaks(Supervisor supervisor) {
      supervisor.launch("sh", "-c", "while :; do /bin/true; done");
      Await.until(() -> Access.get().mayMissProcesses(supervisor));
      leak();
    }
  }

  @Test
  void leakOfARunWithClassesInParallelIsReportedToo() throws IOException {
    kit("FAILURES")
        .and("junit.jupiter.execution.parallel.enabled", "true")
        .and("junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
        .start(LeakingTestCases.class, PassingTestCases.class);

    // Where no evidence says in time which test it was, it is the run's.
    assertThat(reported()).containsAnyOf("LeakingTestCases.leaks", "test_run");
  }

  @Test
  void testThatPassesRemovesItsFormerReport() throws IOException {
    ChildJvm child = child("FAILURES", UnstableTestCases.class);
    child.run().assertExit(0);
    assertThat(reported()).containsExactly("UnstableTestCases.test");

    child.with("passes", "true").run().assertExit(0);

    assertThat(reported()).isEmpty();
  }

  @SubreaperTest
  static class UnstableTestCases {
    @Test
    void test(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
      assertThat(Boolean.getBoolean("passes")).isTrue();
    }
  }
}
