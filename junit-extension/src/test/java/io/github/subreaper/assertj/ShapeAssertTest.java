package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.Failures.assertEachIsInterrupted;
import static io.github.subreaper.assertj.Failures.assertEachNullFails;
import static io.github.subreaper.assertj.RealScope.SHORT;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatIllegalArgumentException;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatNullPointerException;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowableOfType;
import static io.github.subreaper.waits.Await.LONG;

import io.github.subreaper.Launch;
import io.github.subreaper.ListeningSocket;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares shapes with real processes. */
@Timeout(60)
class ShapeAssertTest {
  private static final String TWO = "sh -c *\n  sleep 1001\n  sleep 1002\n";

  @AutoClose private final RealScope scope = new RealScope();
  private final Supervisor supervisor = scope.patient();

  private Launch two() {
    Launch launch = supervisor.launch("sh", "-c", "sleep 1001 & sleep 1002; :");
    assertThat(launch).hasShapeWithin(LONG, TWO);
    return launch;
  }

  private static String failureOf(ThrowingCallable assertion) {
    return String.valueOf(catchThrowableOfType(AssertionError.class, assertion).getMessage());
  }

  // now -----------------------------------------------------------------------------------------

  @Test
  void hasShapePassesForTreeLaunchProcessAndScope() {
    Launch launch = two();
    assertThat(launch.tree()).hasShape(TWO).hasShape("sh -c *\n  sleep * {2}").hasShape("...");
    assertThat(launch).hasShape("sh\n  ...\n  sleep 1002");
    assertThat(launch.process()).hasShape(TWO);
    assertThat(launch.process().children().get(0)).hasShape("sleep 1001");
    assertThat(supervisor).hasShape(TWO);
    assertThat(scope.impatient()).hasShape("");
  }

  @Test
  void hasShapeFailsWithTreeAndPattern() {
    Launch launch = two();
    String expected =
        """
        Expecting process tree to have the shape, but `sh -c sleep 1001 & sleep 1002; :` is wrong\
         (is not stopped), and 3 other lines:
           sh -c sleep 1001 & sleep 1002; :  ← is not stopped
             sleep 1001
             sleep 1002                      ← not in the pattern
        Shape:
           sh -c * [stopped]                 ← found 0 of 1 with these attributes
             sleep 1001 {2,}                 ← found 1 of 2 or more\
        """;
    String pattern = "  sh -c * [stopped]\n   \tsleep 1001 {2,} \n";
    assertThat(failureOf(() -> assertThat(launch.tree()).hasShape(pattern))).isEqualTo(expected);
    assertThat(failureOf(() -> assertThat(launch).hasShape(pattern))).isEqualTo(expected);
    assertThat(failureOf(() -> assertThat(launch.process()).hasShape(pattern))).isEqualTo(expected);
    assertThat(failureOf(() -> assertThat(supervisor).hasShape(pattern))).isEqualTo(expected);
  }

  @Test
  void aTreeIsASnapshotExceptForAssertionsThatWait() {
    Launch launch = two();
    ProcessTree before = launch.tree();
    launch.stop();
    assertThat(before).hasShape(TWO).hasShape(before.toShape()).hasShapeWithin(LONG, "");
  }

  // attributes ----------------------------------------------------------------------------------

  @Test
  void orphanAndSessionLeader() {
    supervisor.launch("sh", "-c", "setsid sh -c 'sleep 1001; :' & exit 0").awaitExit();
    String shape = "sh -c *[orphan, session leader]\n  sleep 1001";
    assertThat(supervisor).hasShapeWithin(LONG, shape);
    assertThat(failureOf(() -> assertThat(supervisor).hasShape(shape + "[session leader]")))
        .contains("sleep 1001 ", "← leads no session\n", "← found 0 of 1 with these attributes");
    assertThat(failureOf(() -> assertThat(supervisor).hasShape(shape + "[orphan]")))
        .contains("sleep 1001 ", "← is not an orphan\n");
  }

  @Test
  void stopped() {
    Launch sleep = supervisor.launch("sleep", "1001");
    assertThat(failureOf(() -> assertThat(supervisor).hasShape("sleep 1001 [stopped]")))
        .contains("   sleep 1001            ← is not stopped\n");
    sleep.signal(Signal.STOP);
    assertThat(supervisor).hasShapeWithin(LONG, "sleep 1001 [stopped]").hasShape("sleep*");
    assertThat(supervisor.tree().toShape()).isEqualTo("sleep 1001 [stopped]\n");
    assertThat(supervisor.tree()).hasShape(supervisor.tree().toShape());
    sleep.signal(Signal.CONT);
    assertThat(supervisor).hasShapeWithin(LONG, "sleep 1001");
  }

  @Test
  void workingDirectoryIsTheCurrentOne(@TempDir Path directory) throws Exception {
    Path real = Files.createDirectory(directory.toRealPath().resolve("a,]* b"));
    supervisor.launch(
        Program.of("sh", "-c", "cd \"$0\"; sleep 1001; :", "a,]* b")
            .withDirectory(directory.toRealPath()));
    String cwd =
        "[cwd=" + ProcessTree.quote(real.toString()).replace(",", "\\,").replace("]", "\\]");
    assertThat(supervisor)
        .hasShapeWithin(LONG, "sh -c *" + cwd + "]\n  sleep 1001" + cwd + "]")
        .hasShape("sh -c * [cwd=/*]\n  sleep 1001");
    assertThat(failureOf(() -> assertThat(supervisor).hasShape("sh -c *[cwd=/]\n  sleep 1001")))
        .contains("  ← works in " + ProcessTree.quote(real.toString()) + "\n");
  }

  @Test
  void userByNameAndNumber() throws Exception {
    supervisor.launch("sleep", "1001");
    String uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString();
    String user = Access.get().nodes(supervisor.tree()).get(0).user().orElseThrow();
    assertThat(supervisor)
        .hasShape("sleep 1001 [uid=" + uid + "]")
        .hasShape("sleep 1001 [uid=" + user + "]");
    assertThat(failureOf(() -> assertThat(supervisor).hasShape("sleep 1001 [uid=no-such-user]")))
        .contains("  ← runs as ", "uid " + uid)
        .contains("; there is no user `no-such-user` in /etc/passwd of this machine\n");
  }

  @Test
  void listensOnPortsAndSockets(@TempDir Path directory) {
    Path socket = directory.resolve("x.sock");
    try (ListeningSocket one = ListeningSocket.tcp("127.0.0.1", 0);
        ListeningSocket other = ListeningSocket.unix(socket)) {
      Launch tcp = supervisor.launch(Program.of("sleep", "1001").withSocket(one, "x"));
      Launch unix = supervisor.launch(Program.of("sleep", "1002").withSocket(other, "x"));
      assertThat(tcp).hasShape("sleep 1001 [listens=" + one.port() + "]");
      assertThat(unix).hasShape("sleep* [listens=" + socket + "]").hasShape("* [listens=/*.sock]");
      assertThat(failureOf(() -> assertThat(unix).hasShape("* [listens=" + one.port() + "]")))
          .contains("  ← listens on " + socket + "\n");
      assertThat(failureOf(() -> assertThat(tcp).hasShape("* [listens=/no/such]")))
          .contains(" ← listens on 127.0.0.1:" + one.port() + "\n");
    }
  }

  // waiting -------------------------------------------------------------------------------------

  @Test
  void hasShapeWithinWaitsForTheShape(@TempDir Path directory) throws Exception {
    Path go = directory.resolve("go");
    Launch launch =
        supervisor.launch(
            Program.of("sh", "-c", "mkfifo go; echo ready; read x <go; exec sleep 1001")
                .withDirectory(directory));
    launch.awaitOutput("ready");
    ProcessTree tree = launch.tree();
    Files.writeString(go, "\n");
    assertThat(tree).hasShapeWithin(LONG, "sleep 1001");
    assertThat(supervisor).hasShapeWithin(LONG, "sleep 1001");
  }

  @Test
  void hasShapeWithinFailsWithTheLastTreeAndTheSituation() {
    Launch launch = supervisor.launch("sleep", "1001");
    String start =
        """
        Expecting process tree to have the shape within 0.050 s, but `sleep 1001 {2}` is wrong\
         (found 1 of 2):
           sleep 1001
        Shape:
           sleep 1001 {2}  ← found 1 of 2

        """;
    String pid = String.valueOf(launch.pid());
    assertThat(failureOf(() -> assertThat(launch).hasShapeWithin(SHORT, "sleep 1001 {2}")))
        .startsWith(start)
        .contains(pid, "launcher");
    assertThat(failureOf(() -> assertThat(supervisor).hasShapeWithin(SHORT, "sleep 1001 {2}")))
        .startsWith(start)
        .contains(pid);
    assertThat(failureOf(() -> assertThat(launch.tree()).hasShapeWithin(SHORT, "sleep 1001 {2}")))
        .startsWith(start)
        .contains(pid, "launcher");
  }

  @Test
  void hasShapeWithinFailsAtOnceWhenNoProcessCanChangeTheTree() {
    Launch launch = supervisor.launch("sh", "-c", "echo no such file >&2; exit 3");
    assertThat(failureOf(() -> assertThat(launch).hasShapeWithin(LONG, "sleep 1001")))
        .startsWith(
            """
            Expecting process tree to have the shape within 300.0 s, but `sleep 1001` is wrong\
             (missing):
               (nothing)
            Shape:
               sleep 1001  ← missing

            No process is left that could change the tree, so the wait ended early.
            """)
        .contains("exited 3", "no such file");
    ProcessTree tree = scope.impatient().tree();
    scope.impatient().close();
    assertThat(failureOf(() -> assertThat(tree).hasShapeWithin(LONG, "sleep 1001")))
        .contains("No process is left that could change the tree");
  }

  @Test
  void keepsShapeForPassesIfTheShapeStays() {
    Launch launch = two();
    assertThat(launch).keepsShapeFor(SHORT, TWO);
    assertThat(supervisor).keepsShapeFor(SHORT, TWO);
    assertThat(launch.tree()).keepsShapeFor(SHORT, TWO).keepsShapeFor(Duration.ZERO, "...");
  }

  @Test
  void keepsShapeForEndsEarlyWhenNoProcessCanChangeTheTree() {
    Launch launch = supervisor.launch("true");
    launch.awaitExit();
    assertThat(launch).keepsShapeFor(LONG, "");
  }

  @Test
  void keepsShapeForFailsAtTheFirstCheckWithAnotherShape(@TempDir Path directory) throws Exception {
    Launch launch =
        supervisor.launch(
            Program.of("sh", "-c", "mkfifo go; sh -c 'read x <go; exit 5' & sleep 1001; :")
                .withDirectory(directory));
    String shape = "sh -c mkfifo *\n  sh -c read *\n  sleep 1001";
    assertThat(launch).hasShapeWithin(LONG, shape);
    Files.writeString(directory.resolve("go"), "\n");
    assertThat(failureOf(() -> assertThat(launch).keepsShapeFor(LONG, shape)))
        .matches(
            """
            (?s)Expecting process tree to keep the shape for 300.0 s, but after \\d+\\.\\d+ s\
             `sh -c read \\*` is wrong \\(missing\\):
               sh -c mkfifo .*
                 sleep 1001
            Shape:
               sh -c mkfifo \\*
                 sh -c read \\*  ← missing
                 sleep 1001

            .*\
            """);
    assertThat(failureOf(() -> assertThat(supervisor).keepsShapeFor(LONG, shape)))
        .contains("  ← missing\n");
    assertThat(failureOf(() -> assertThat(supervisor.tree()).keepsShapeFor(LONG, shape)))
        .contains("  ← missing\n");
  }

  @Test
  void anInterruptEndsTheWaitWithTheFlagSet() {
    Launch launch = supervisor.launch("sleep", "1001");
    assertEachIsInterrupted(
        () -> assertThat(launch).hasShapeWithin(LONG, "x"),
        () -> assertThat(supervisor).keepsShapeFor(LONG, "sleep 1001"));
    assertThat(launch.isAlive()).isTrue();
  }

  // names ---------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "...",
        "\\_ x",
        "''",
        "a\nb\t",
        "\u001b]0;owned\u0007",
        "[orphan]",
        "x ]",
        "x {2}",
        "*?\\",
        "\"'",
        "\u202ex",
        "\ufffd",
        "← missing",
        "| x",
        "\ud83d\ude00"
      })
  void anyCommandLineIsMatchedByTheTextThatIsShown(String name) {
    Launch launch = supervisor.launch("sh", "-c", "sleep 1001; :", name);
    assertThat(launch).hasShapeWithin(LONG, "sh\n  sleep 1001");
    String shape = launch.tree().toShape();
    assertThat(shape.lines()).hasSize(2);
    assertThat(launch.tree()).hasShape(shape);
    assertThat(launch)
        .hasShape(ProcessTree.quote("sh -c sleep 1001; : " + name) + "\n  sleep 1001");
    assertThat(shape.replace("\n", "")).doesNotContainPattern("\\p{Cntrl}");
    String failure = failureOf(() -> assertThat(launch).hasShape("sh"));
    assertThat(failure.replace("\n", "")).doesNotContainPattern("\\p{Cntrl}");
    String shown = failure.substring(failure.indexOf('\n'), failure.indexOf("\nShape:"));
    assertThat(launch).hasShape(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\000",
        "\\377x",
        "\\033[31m",
        "a b",
        "0123456789abcdef",
        "0123456789abcd\\303\\244",
        "...",
        "{2}"
      })
  void anyNameCanBeMatched(String printf) {
    Launch launch =
        supervisor.launch("sh", "-c", "printf '" + printf + "' >/proc/$$/comm; sleep 1001; :");
    assertThat(launch).hasShapeWithin(LONG, "sh -c *\n  sleep 1001");
    String name = Access.get().nodes(launch.tree()).get(0).name();
    assertThat(name).isNotEqualTo("sh");
    assertThat(launch).hasShape(ProcessTree.quote(name) + "\n  sleep 1001");
  }

  // mistakes ------------------------------------------------------------------------------------

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badArgumentsThrowIllegalArgumentException() {
    ProcessTreeAssert tree = assertThat(supervisor.tree());
    SupervisorAssert all = assertThat(supervisor);
    LaunchAssert launch = assertThat((Launch) null);
    Duration negative = Duration.ofSeconds(-1);
    assertThatNullPointerException().isThrownBy(() -> tree.hasShape(null));
    assertThatNullPointerException().isThrownBy(() -> tree.hasShapeWithin(null, ""));
    assertThatNullPointerException().isThrownBy(() -> all.keepsShapeFor(LONG, null));
    assertThatIllegalArgumentException().isThrownBy(() -> all.hasShapeWithin(negative, ""));
    assertThatIllegalArgumentException().isThrownBy(() -> tree.keepsShapeFor(negative, ""));
    for (ThrowingCallable call :
        new ThrowingCallable[] {
          () -> tree.hasShape("sh\n\tls [lonely]"),
          () -> all.hasShapeWithin(LONG, "sh\n\tls [lonely]"),
          () -> launch.keepsShapeFor(LONG, "sh\n\tls [lonely]")
        }) {
      assertThatIllegalArgumentException()
          .isThrownBy(call)
          .withMessageStartingWith(
              "line 2, column 6 of the pattern: `lonely` is not an attribute; ")
          .withMessageEndingWith("\n  \tls [lonely]\n  \t    ^");
    }
  }

  @Test
  void nullIsAFailure() {
    assertEachNullFails(
        () -> assertThat((ProcessTree) null).hasShape(""),
        () -> assertThat((Supervisor) null).hasShapeWithin(LONG, ""),
        () -> assertThat((Launch) null).keepsShapeFor(LONG, ""));
  }

  @Test
  void descriptionAndMessageOfTheUserAreKept() {
    assertThatThrownBy(() -> assertThat(supervisor.tree()).as("before").hasShape("x"))
        .hasMessageStartingWith(
            "[before] Expecting process tree to have the shape, but `x` is wrong (missing):\n");
    assertThatThrownBy(() -> assertThat(supervisor).withFailMessage("no").hasShape("x"))
        .hasMessage("no");
  }

  @Test
  void softAssertionsCollectThem() {
    Launch launch = supervisor.launch("sleep", "1001");
    SubreaperSoftAssertions softly = new SubreaperSoftAssertions();
    softly.assertThat(launch.tree()).hasShape("a").hasShapeWithin(SHORT, "b").hasSize(1);
    softly.assertThat(launch).hasShape("c").keepsShapeFor(LONG, "d").hasNoOrphans();
    softly.assertThat(supervisor).hasShapeWithin(SHORT, "e").hasShape("sleep*");
    assertThat(softly.assertionErrorsCollected())
        .extracting(e -> String.valueOf(e.getMessage()).replaceAll("(?s).*\nShape:\\s+(.).*", "$1"))
        .containsExactly("a", "b", "c", "d", "e");
  }
}
