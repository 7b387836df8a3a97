package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatIllegalArgumentException;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowableOfType;

import io.github.subreaper.Binding;
import io.github.subreaper.Launch;
import io.github.subreaper.ListeningSocket;
import io.github.subreaper.Port;
import io.github.subreaper.Ports;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.RunningTest;
import io.github.subreaper.internal.assertj.shapes.ApprovedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of an approved shape: when it is read, written, and left alone. */
@Timeout(120)
class ApprovedShapeTest {
  private static final String FILE =
      "src/test/resources/io/github/subreaper/assertj/ApprovedShapeTest.starts.shape";

  @AutoClose private final RealScope scope = new RealScope();
  private final Supervisor patient = scope.patient();

  /** Its trees are complete when they are checked, so one snapshot is enough. */
  private final Supervisor supervisor =
      patient.open("at once", patient.options().withAwait(Duration.ofNanos(1)));

  @TempDir private Path working;

  @BeforeEach
  void makeResources() throws IOException {
    Files.createDirectories(working.resolve("src/test/resources"));
  }

  private static String failureOf(ThrowingCallable assertion) {
    return String.valueOf(catchThrowableOfType(AssertionError.class, assertion).getMessage());
  }

  private static RunningTest test(String name) {
    return RunningTest.of(ApprovedShapeTest.class, "starts", name);
  }

  private @Nullable String check(RunningTest test, Map<String, String> environment) {
    return check(test, environment, supervisor.tree());
  }

  private @Nullable String check(
      RunningTest test, Map<String, String> environment, ProcessTree tree) {
    return check(test, environment, shape -> shape.check(tree));
  }

  private @Nullable String check(
      RunningTest test,
      Map<String, String> environment,
      Function<ApprovedShape, @Nullable Should> check) {
    ApprovedFile file = ApprovedFile.of(test, null, new ApprovedFile.Place(working, environment));
    Should failure = check.apply(new ApprovedShape(test, file));
    return failure == null ? null : failure.create();
  }

  private @Nullable String check() {
    return check(test("T.starts()"), Map.of());
  }

  private @Nullable String checkPatiently() {
    return check(test("T.starts()"), Map.of(), patient.tree());
  }

  private @Nullable String approve() {
    return check(test("T.starts()").withApproval(true), Map.of());
  }

  private String approved() throws IOException {
    return Files.readString(working.resolve(FILE));
  }

  private void write(String text) throws IOException {
    Path file = working.resolve(FILE);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(working)) {
      return all.filter(Files::isRegularFile)
          .map(file -> working.relativize(file).toString())
          .toList();
    }
  }

  // through the assertions ----------------------------------------------------------------------

  @Test
  void passesForTreeScopeAndLaunch() {
    Launch launch = supervisor.launch("sleep", "1001");
    assertThat(launch.tree()).matchesApprovedShape().matchesApprovedShape("one");
    assertThat(launch).matchesApprovedShape().matchesApprovedShape("one");
    assertThat(supervisor).matchesApprovedShape().matchesApprovedShape("one");
    CompletableFuture.runAsync(() -> assertThat(launch).matchesApprovedShape()).join();
    Runnable anonymous =
        new Runnable() {
          @Override
          public void run() {
            assertThat(launch).matchesApprovedShape("one");
          }
        };
    CompletableFuture.runAsync(anonymous).join();
    SubreaperSoftAssertions softly = new SubreaperSoftAssertions();
    softly.assertThat(launch).matchesApprovedShape().matchesApprovedShape("one");
    softly.assertAll();
  }

  @Test
  void fails() {
    Launch launch = supervisor.launch("sleep", "1001");
    String expected =
        """
        Expecting process tree to have the approved shape (%s):
           sleep 1002  ← missing
           sleep 1001  ← new
        To fix: if this is intended, approve it with -Dsubreaper.approve=true and commit the file
        """
            .formatted(FILE.replace("starts", "fails.another"));
    RunningTest fails = RunningTest.of(ApprovedShapeTest.class, "fails", "fails()");
    Binding bound = Access.get().bindTest(fails);
    try {
      assertThat(failureOf(() -> assertThat(launch).matchesApprovedShape("another")))
          .startsWith(expected)
          .contains(launch.pid() + " ", "launcher");
      assertThat(failureOf(() -> assertThat(launch.tree()).matchesApprovedShape("another")))
          .startsWith(expected);
      assertThat(failureOf(() -> assertThat(supervisor).matchesApprovedShape("another")))
          .startsWith(expected);
      assertThat(failureOf(() -> assertThat(launch).matchesApprovedShape()))
          .contains("sleep 1003  ← missing");
    } finally {
      bound.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a/b", "..\\x", "a\nb", " a", "a:b", "a?"})
  void nameThatNoFileCanHaveIsRefused(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(supervisor).matchesApprovedShape(name))
        .withMessageContaining("a part of a file's name");
  }

  @Test
  void threadWithoutATestFailsAndSaysSo() {
    Launch launch = supervisor.launch("sleep", "1001");
    CompletableFuture<?> alone =
        CompletableFuture.completedFuture(assertThat(launch))
            .thenApplyAsync(LaunchAssert::matchesApprovedShape);
    assertThatThrownBy(alone::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("No test calls this assertion in thread");
  }

  @Test
  void interruptEndsTheWait() throws Exception {
    patient.launch("sleep", "1001");
    write("sleep 1002");
    Thread.currentThread().interrupt();
    assertThatThrownBy(this::checkPatiently).isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(approved()).isEqualTo("sleep 1002");
  }

  // the file ------------------------------------------------------------------------------------

  @Test
  void missingFileIsWrittenAndFailsAndThenPasses() throws Exception {
    patient.launch("sleep", "1001");
    patient.launch("sleep", "1001");
    assertThat(checkPatiently())
        .isEqualTo(
            """
            There was no approved shape of T.starts(), so the one found was written to %s:
               sleep 1001 {2}
            To fix: review the file, commit it, and run the test again"""
                .formatted(FILE));
    assertThat(approved()).isEqualTo("sleep 1001 {2}\n");
    assertThat(files()).containsExactly(FILE);
    assertThat(checkPatiently()).isNull();
  }

  @Test
  void missingFileIsWrittenAndPassesIfTheRunApproves() throws Exception {
    supervisor.launch("sleep", "1001");
    assertThat(approve()).isNull();
    assertThat(approved()).isEqualTo("sleep 1001\n");
  }

  @Test
  void differenceFailsAndAnApprovalReplacesOnlyWhatDiffers() throws Exception {
    supervisor.launch("sleep", "1001");
    supervisor.launch("sleep", "1002");
    write("sleep 1??1 {1,3}   ← one or more\n");
    assertThat(check()).contains("   sleep 1??1 {1,3}\n   sleep 1002  ← new\nTo fix:");
    assertThat(approved()).isEqualTo("sleep 1??1 {1,3}   ← one or more\n");
    assertThat(approve()).isNull();
    assertThat(approved()).isEqualTo("sleep 1??1 {1,3}   ← one or more\nsleep 1002\n");
    assertThat(check()).isNull();
  }

  /** A process that listens on a port of Ports, which is in its command line, too. */
  private void launchWithAPort() {
    Port port = Ports.free();
    try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", port.number())) {
      supervisor.launch(
          Program.of("cat", "-", "port=" + port).withPipedInput().withSocket(socket, "x"));
    }
  }

  @Test
  void portOfPortsIsAWildcard() throws Exception {
    launchWithAPort();
    assertThat(approve()).isNull();
    assertThat(approved()).isEqualTo("cat - port=* [listens=*]\n");
    assertThat(check()).isNull();
    write("cat - *\n");
    assertThat(check()).as("it was approved when such a port was left out").isNull();
    write("cat 7\n");
    assertThat(check()).doesNotContain("Ports.free()");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat - port=%s", "cat - port=* [listens=%s]"})
  void portOfAnotherRunIsExplainedAndReplacedByAnApproval(String old) throws Exception {
    Port another = Ports.free();
    launchWithAPort();
    write(old.formatted(another) + "\n");
    assertThat(check())
        .contains(
            "\n"
                + another
                + " in the file is no port of these processes. Ports.free() gives other ports in each"
                + " run: write * for them, as an approval does\nTo fix: if this is intended, ");
    assertThat(approve()).isNull();
    assertThat(approved()).isEqualTo("cat - port=* [listens=*]\n");
  }

  @Test
  void secondTestWithTheSameFileFailsInsteadOfReplacingIt() throws Exception {
    Launch one = supervisor.launch("sleep", "1001");
    assertThat(approve()).isNull();
    one.stop();
    supervisor.launch("sleep", "1002");
    assertThat(check(test("T.starts(int)").withApproval(true), Map.of()))
        .contains("sleep 1002  ← new\nIn this run the file has had the shape of T.starts().")
        .contains("matchesApprovedShape(\"name\")");
    assertThat(approved()).isEqualTo("sleep 1001\n");
  }

  @ParameterizedTest
  @CsvSource({"CI,true", "CI,1", "GITHUB_ACTIONS,true", "JENKINS_URL,http://x", "TF_BUILD,True"})
  void buildServiceNeverWrites(String variable, String value) throws Exception {
    supervisor.launch("sleep", "1001");
    Map<String, String> environment = Map.of(variable, value);
    for (RunningTest test : List.of(test("T.starts()"), test("T.starts()").withApproval(true))) {
      assertThat(check(test, environment))
          .contains("There is no approved shape of T.starts()", "   sleep 1001\n")
          .contains("nothing is written where the environment variable " + variable + " is set");
    }
    assertThat(files()).isEmpty();
    write("sleep 1002\n");
    assertThat(check(test("T.starts()").withApproval(true), environment))
        .contains("sleep 1001  ← new\nNot approved: nothing is written where")
        .contains(variable + " is set. To fix: run the test on your machine, or with CI=false");
    assertThat(approved()).isEqualTo("sleep 1002\n");
    write("sleep 1001\n");
    assertThat(check(test("T.starts()"), environment)).isNull();
  }

  @Test
  void variableThatIsFalseIsNoBuildService() throws Exception {
    supervisor.launch("sleep", "1001");
    Map<String, String> environment = Map.of("CI", "false", "BUILD_NUMBER", "7");
    assertThat(check(test("T.starts()"), environment)).contains("was written to " + FILE);
    assertThat(approved()).isEqualTo("sleep 1001\n");
  }

  @Test
  void withoutResourcesNothingIsWritten() throws Exception {
    supervisor.launch("sleep", "1001");
    Files.delete(working.resolve("src/test/resources"));
    assertThat(check())
        .contains("   sleep 1001\nReason: there is no directory " + working)
        .contains("To fix: make it, or run the tests in the directory of the module");
    assertThat(files()).isEmpty();
  }

  /** Not by permissions, which do not hold for root. */
  @Test
  void directoryInWhichNothingCanBeWrittenIsNamed() throws Exception {
    supervisor.launch("sleep", "1001");
    Files.delete(working.resolve("src/test/resources"));
    Files.createSymbolicLink(working.resolve("src/test/resources"), Path.of("/proc/self/task"));
    assertThat(check())
        .contains("the one found was not written", "   sleep 1001\nReason: it cannot be written (")
        .contains("To fix: make it writable, or write it by hand");
    assertThat(approve()).contains("it cannot be written (");
    Files.delete(working.resolve("src/test/resources"));
  }

  @Test
  void windowsLineEndsAndTrailingBlanksAreReadAndKept() throws Exception {
    supervisor.launch("sleep", "1001");
    supervisor.launch("sleep", "1002");
    write("\uFEFFsleep 1001  \t\r\n\r\nsleep 1002 \r\n");
    assertThat(check()).isNull();
    supervisor.launch("sleep", "1003");
    assertThat(approve()).contains("sleep 1003  ← new\nIn this run"); // it has passed before
    write("sleep 100? {2}\r\n");
    assertThat(check(test("T.starts()").withApproval(true), Map.of())).contains("found 3 of 2");
    assertThat(approved()).isEqualTo("sleep 100? {2}\r\n");
  }

  @Test
  void windowsLineEndsAreWrittenAgain() throws Exception {
    supervisor.launch("sleep", "1001");
    write("sleep 1002\r\n\r\n← the end\r\n");
    assertThat(approve()).isNull();
    assertThat(approved()).isEqualTo("sleep 1001\r\n\r\n← the end\r\n");
  }

  @Test
  void emptyFileMeansNoProcess() throws Exception {
    write("");
    assertThat(check()).isNull();
    Launch launch = supervisor.launch("sleep", "1001");
    assertThat(check()).contains("   sleep 1001  ← new\n");
    launch.stop();
    Files.delete(working.resolve(FILE));
    assertThat(check()).contains("   ← no process is alive\n");
    assertThat(approved()).isEqualTo("← no process is alive\n");
    assertThat(check()).isNull();
  }

  @Test
  void fileThatIsNoPatternIsNamedAndReplacedByAnApproval() throws Exception {
    supervisor.launch("sleep", "1001");
    write("sleep {x}");
    assertThat(check())
        .startsWith(
            "Cannot read the approved shape (" + FILE + "): line 1, column 7 of the pattern")
        .contains("To fix: correct the file, or write it anew with -Dsubreaper.approve=true");
    assertThat(approve()).isNull();
    assertThat(approved()).isEqualTo("sleep 1001\n");
  }

  @Test
  void fileThatIsNotUtf8IsNamed() throws Exception {
    supervisor.launch("sleep", "1001");
    write("");
    Files.write(working.resolve(FILE), "é".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(check()).contains("Cannot read the approved shape (" + FILE + "): it is not UTF-8");
  }

  @Test
  void otherCharactersAreWrittenInUtf8() throws Exception {
    RealScope.sleepBelow(supervisor.launch("sh", "-c", "sleep 1001; : größer 漢").process());
    assertThat(check()).contains("was written");
    assertThat(approved()).isEqualTo("sh -c sleep 1001; : größer 漢\n  sleep 1001\n");
    assertThat(check()).isNull();
  }

  @Test
  void manyTestsWriteTheSameFileWholeAndLeaveNoOther() throws Exception {
    supervisor.launch("sleep", "1001");
    List<CompletableFuture<@Nullable String>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(CompletableFuture.supplyAsync(this::check));
    }
    List<@Nullable String> failures = new ArrayList<>();
    for (CompletableFuture<@Nullable String> one : all) {
      failures.add(one.get());
    }
    assertThat(failures.stream().filter(one -> one != null && one.contains("was written")))
        .hasSize(1);
    assertThat(failures.stream().filter(one -> one == null)).hasSize(7);
    assertThat(files()).containsExactly(FILE);
    assertThat(approved()).isEqualTo("sleep 1001\n");
  }

  // waiting -------------------------------------------------------------------------------------

  @Test
  void treeThatBecomesCompleteIsWaitedFor() throws Exception {
    Launch launch = patient.launch("sh", "-c", "sleep 0.3; exec sleep 1001");
    write("sleep 1001");
    assertThat(checkPatiently()).isNull();
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void treeThatKeepsChangingIsNotWritten() throws Exception {
    ProcessTree tree = supervisor.tree();
    Consumer<Predicate<ProcessTree>> wait =
        isEnough -> {
          assertThat(isEnough.test(tree)).isFalse();
          supervisor.launch("sleep", "1001");
          assertThat(isEnough.test(supervisor.tree())).isFalse();
          tree.awaitUntil(one -> false);
        };
    assertThat(check(test("T.starts()"), Map.of(), shape -> shape.check(tree, wait)))
        .contains("Reason: the tree kept changing. To fix: wait in the test");
    assertThat(files()).isEmpty();
  }

  @Test
  void launchThatHasEndedIsJudgedAtOnce() throws Exception {
    Launch launch = patient.launch("true");
    launch.awaitExit();
    write("sleep 1001");
    assertThat(check(test("T.starts()"), Map.of(), launch.tree()))
        .contains("sleep 1001  ← missing\n", "exited 0");
  }

  @Test
  void treeOfAScopeThatHasEndedIsEmpty() throws Exception {
    ProcessTree tree = supervisor.tree();
    scope.close();
    write("");
    assertThat(check(test("T.starts()"), Map.of(), tree)).isNull();
  }
}
