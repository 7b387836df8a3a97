package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.waits.Await.LONG;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.assertj.Daemonization.Finding;
import io.github.subreaper.assertj.Daemonization.Verdict;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.Canaries;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.junit.Compiled;
import io.github.subreaper.waits.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks a home-made daemon that breaks one convention at a time. */
@Timeout(120)
@Tag("slow")
class DaemonizedTest {
  @TempDir private static Path built;

  @AutoClose private final RealScope scope = new RealScope();

  @TempDir private Path dir;

  @BeforeAll
  static void build() throws Exception {
    Compiled.of(built, "homemade");
  }

  private List<String> command(String... faults) {
    List<String> command =
        new ArrayList<>(List.of(built.resolve("homemade").toString(), dir.toString()));
    command.addAll(List.of(faults));
    return command;
  }

  private Program program(String... faults) {
    return Program.of(command(faults)).withDirectory(dir);
  }

  /** Returns what a program has left when it has exited with 0. */
  private Descendant orphanOf(Program program) {
    Launch launch = scope.patient().launch(program);
    assertThat(launch).exitsWith(0);
    return launch.awaitOrphan();
  }

  private Descendant daemon(String... faults) {
    return orphanOf(program(faults).withCanaries());
  }

  private Path pidFile() {
    return dir.resolve("pid");
  }

  private static List<Convention> failed(Daemonization daemonization) {
    return daemonization.findings().stream()
        .filter(finding -> finding.verdict() == Verdict.FAIL)
        .map(Finding::convention)
        .toList();
  }

  private static String found(Daemonization daemonization, Convention convention) {
    return daemonization.findings().stream()
        .filter(finding -> finding.convention() == convention)
        .map(finding -> finding.verdict() + ": " + finding.found())
        .collect(joining());
  }

  @Test
  void aDaemonThatKeepsAllConventionsPasses() {
    Descendant daemon = daemon();
    assertThat(daemon).isDaemonized(pidFile()).isDaemonized();
    assertThat(daemon).isDaemonized(pidFile().getFileName()); // in the launch's directory
    Daemonization found = Daemonization.of(daemon, pidFile());
    String terminal = canaries(daemon.launch().orElseThrow()).terminal().orElse("");
    assertThat(found.findings())
        .hasSameSizeAs(Convention.values())
        .allSatisfy(
            finding ->
                assertThat(finding.verdict())
                    .isEqualTo(
                        switch (finding.convention()) {
                          case NO_CONTROLLING_TERMINAL ->
                              terminal.isEmpty() ? Verdict.NOT_TESTED : Verdict.OK;
                          case READY_WHEN_LAUNCHER_RETURNED -> Verdict.NOT_PROVEN;
                          default -> Verdict.OK;
                        }));
  }

  /** tinyproxy closes stderr, and privoxy opens a socket after that. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          session | OWN_SESSION | session \\d+, as its launcher
          leader | NOT_SESSION_LEADER | it leads session \\d+: forked once after setsid, or not at all
          streams | STANDARD_STREAMS_DETACHED | 0 → still that of the launch, 1 → still that of the launch, 2 → still that of the launch
          closed streams | STANDARD_STREAMS_DETACHED | 0 → socket:\\[\\d+], opened when 0 was closed, 1 is closed: .*, 2 is closed: .*
          stderr closed | STANDARD_STREAMS_DETACHED | 0 → /dev/null, 1 → /dev/null, 2 is closed: the next file that the process opens gets this number
          stderr closed before the socket | STANDARD_STREAMS_DETACHED | 0 → /dev/null, 1 → /dev/null, 2 → socket:\\[\\d+], opened when 2 was closed
          descriptors | NO_INHERITED_DESCRIPTORS | 9 → the canary planted at launch is still open
          directory | WORKING_DIRECTORY | DIR, where it was launched
          umask | UMASK | 0023, as planted at launch
          mask | SIGNAL_MASK | SIGRTMIN\\+9, blocked at launch, is still blocked
          dispositions | SIGNAL_DISPOSITIONS | SIGRTMIN\\+8, ignored at launch, is still ignored
          no pid file | PID_FILE | DIR/pid does not exist
          wrong pid file | PID_FILE | DIR/pid says \\d+, which exited 0 before
          status | LAUNCHER_SUCCEEDED | the launcher \\d+ exited 3
          """)
  void aDaemonThatBreaksAConventionFailsThatOne(String fault, Convention broken, String found) {
    Launch launch = scope.patient().launch(program(fault).withCanaries());
    assertThat(launch).exitsWith(fault.equals("status") ? 3 : 0);
    Descendant daemon = launch.awaitOrphan();
    Daemonization all = Daemonization.of(daemon, pidFile());
    assertThat(failed(all)).containsExactly(broken);
    assertThat(found(all, broken)).matches("FAIL: " + found.replace("DIR", dir.toString()));
    assertThatThrownBy(() -> assertThat(daemon).isDaemonized(pidFile()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(" to be daemonized, but 1 of ")
        .hasMessageContaining(" is not kept:\n")
        .hasMessageContaining("\n  FAIL       " + broken.name() + " ")
        .hasMessageContaining(broken.source())
        .hasMessageContaining("\nTo waive them: isDaemonized(pidFile, " + broken.name() + ")\n");
    assertThat(daemon).isDaemonized(pidFile(), broken);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          stderr to a log | STANDARD_STREAMS_DETACHED | ok: 0 → /dev/null, 1 → /dev/null, 2 → DIR/log
          umask added | UMASK | not proven: 0027, its own choice or added to 0023, planted at launch
          """)
  void aDaemonThatBreaksNoConventionPasses(String choice, Convention convention, String found) {
    Descendant daemon = daemon(choice);
    assertThat(daemon).isDaemonized();
    assertThat(found(Daemonization.of(daemon), convention))
        .isEqualTo(found.replace("DIR", dir.toString()));
  }

  @Test
  void aPidFileWithMoreLinesNamesTheProcess() {
    Descendant daemon = daemon("more in the pid file");
    assertThat(daemon).isDaemonized(pidFile());
    assertThat(found(Daemonization.of(daemon, pidFile()), Convention.PID_FILE))
        .isEqualTo(
            "ok: %s says %d, written before the launcher's end was seen"
                .formatted(pidFile(), daemon.pid()));
    Launch launch = daemon.launch().orElseThrow();
    launch.awaitReady(Ready.pidFile(pidFile())); // reads the file in the same way
  }

  @Test
  void aSocketThatIsOpenWhenTheLaunchersEndIsSeenIsNotProven() {
    assertThat(found(Daemonization.of(daemon()), Convention.READY_WHEN_LAUNCHER_RETURNED))
        .isEqualTo(
            "not proven: it listened on %s/socket when the launcher's end was seen, a moment after it"
                .formatted(dir));
  }

  @Test
  void aLauncherThatReturnsBeforeTheDaemonIsReadyFailsBySocketAndPidFile() throws Exception {
    Descendant daemon = daemon("late");
    Files.newOutputStream(dir.resolve("go")).close(); // the daemon waits for that
    assertThat(daemon).listensOn(dir.resolve("socket"));
    Await.until(() -> pidFile().toFile().length() > 0);
    Daemonization late = Daemonization.of(daemon, pidFile());
    assertThat(failed(late))
        .containsExactly(Convention.PID_FILE, Convention.READY_WHEN_LAUNCHER_RETURNED);
    assertThat(found(late, Convention.READY_WHEN_LAUNCHER_RETURNED))
        .isEqualTo("FAIL: no process listened yet on " + dir + "/socket");
    assertThat(found(late, Convention.PID_FILE))
        .matches("FAIL: .*pid was written \\S+ s after the launcher had returned");
    assertThatThrownBy(() -> assertThat(daemon).isDaemonized(pidFile()))
        .hasMessageContaining(
            "\nPID_FILE and READY_WHEN_LAUNCHER_RETURNED may fail now and then: if the launcher"
                + " returns before the daemon is ready, that is a race of the daemon."
                + " isDaemonizedWithin(limit, …) gives it time.\nTo waive them: ");
  }

  @Test
  void isDaemonizedWithinGivesALateDaemonTime() throws Exception {
    Descendant daemon = daemon("late");
    assertThatThrownBy(() -> assertThat(daemon).isDaemonizedWithin(Duration.ZERO, pidFile()))
        .hasMessageContaining("FAIL       PID_FILE ")
        .hasMessageNotContaining("race of the daemon");
    Files.newOutputStream(dir.resolve("go")).close();
    assertThat(daemon).isDaemonizedWithin(LONG, pidFile());
    assertThat(daemon).isDaemonizedWithin(LONG, Convention.PID_FILE);
    assertThatThrownBy(() -> assertThat(daemon).isDaemonizedWithin(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aProgramThatStaysInTheForegroundIsNoDaemon() {
    Launch launch = scope.patient().launch(program("foreground").withCanaries());
    assertThat(launch).listensOn(dir.resolve("socket"));
    assertThat(failed(Daemonization.of(launch.process())))
        .containsExactly(
            Convention.OWN_SESSION,
            Convention.ORPHAN,
            Convention.STANDARD_STREAMS_DETACHED,
            Convention.NO_INHERITED_DESCRIPTORS,
            Convention.WORKING_DIRECTORY,
            Convention.UMASK,
            Convention.SIGNAL_MASK,
            Convention.SIGNAL_DISPOSITIONS,
            Convention.LAUNCHER_SUCCEEDED);
  }

  @Test
  void withoutCanariesTheConventionsThatNeedThemAreNotTested() {
    Descendant daemon = orphanOf(program("descriptors", "umask", "mask", "dispositions"));
    assertThat(daemon).isDaemonized();
    assertThat(Daemonization.of(daemon).findings())
        .filteredOn(finding -> finding.verdict() == Verdict.NOT_TESTED)
        .extracting(Finding::convention)
        .containsExactly(
            Convention.NO_CONTROLLING_TERMINAL,
            Convention.NO_INHERITED_DESCRIPTORS,
            Convention.UMASK,
            Convention.SIGNAL_MASK,
            Convention.SIGNAL_DISPOSITIONS,
            Convention.PID_FILE,
            Convention.READY_WHEN_LAUNCHER_RETURNED);
  }

  @Test
  void aUmaskThatTheProgramSetsForTheLaunchIsNotTested() {
    Program program = program("umask").withCanaries().withUmask(027);
    Daemonization found = Daemonization.of(orphanOf(program), pidFile());
    assertThat(failed(found)).isEmpty();
    assertThat(found(found, Convention.UMASK))
        .isEqualTo("not tested: 0027; launched with Program.withUmask()");
  }

  @Test
  void theMessageShowsEachConventionOnALine() {
    Descendant daemon = daemon("wrong pid file", "descriptors", "umask", "leader is another's");
    Launch launch = daemon.launch().orElseThrow();
    Canaries canaries = canaries(launch);
    long middle =
        launch.orphans().stream()
            .filter(orphan -> !orphan.equals(daemon))
            .mapToLong(Descendant::pid)
            .findFirst()
            .orElseThrow();
    String terminal =
        canaries
            .terminal()
            .map(
                theirs ->
                    "ok         NO_CONTROLLING_TERMINAL       none, the launcher's was " + theirs)
            .orElse("not tested NO_CONTROLLING_TERMINAL       none; this JVM has none to inherit");
    assertThatThrownBy(() -> assertThat(daemon).isDaemonized(pidFile(), Convention.UMASK))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting homemade (pid %1$d) to be daemonized, but 2 of %2$d conventions are not kept:
              ok         OWN_SESSION                   session %3$d, launcher's was %4$d
              ok         NOT_SESSION_LEADER            session %3$d is led by another process, or its leader has ended
              %5$s
              ok         ORPHAN                        by this JVM
              ok         STANDARD_STREAMS_DETACHED     0,1,2 → /dev/null
              FAIL       NO_INHERITED_DESCRIPTORS      9 → the canary planted at launch is still open                 \
            daemon(7): "close all open file descriptors except standard input, output, and error"
              ok         WORKING_DIRECTORY             /
              waived     UMASK                         0023, as planted at launch
              ok         SIGNAL_MASK                   SIGRTMIN+9, blocked at launch, is not any more
              ok         SIGNAL_DISPOSITIONS           SIGRTMIN+8, ignored at launch, is not any more
              FAIL       PID_FILE                      %6$s/pid says %3$d, which exited 0 before   \
            daemon(7): "write the daemon PID to a PID file"
              ok         LAUNCHER_SUCCEEDED            the launcher %7$d exited 0
              not proven READY_WHEN_LAUNCHER_RETURNED  it listened on %6$s/socket when the launcher's end was seen, a moment after it
            To waive them: isDaemonized(pidFile, NO_INHERITED_DESCRIPTORS, UMASK, PID_FILE)

            """,
            daemon.pid(),
            canaries.terminal().isPresent() ? 12 : 11,
            middle,
            launch.process().sessionId().getAsInt(),
            terminal,
            dir,
            launch.pid());
  }

  @Test
  void whatMayNotBeReadIsNotTested() throws Exception {
    Path unreadable = Files.copy(built.resolve("homemade"), dir.resolve("homemade"));
    Files.setPosixFilePermissions(unreadable, PosixFilePermissions.fromString("--x--x--x"));
    assumeFalse(Files.isReadable(unreadable), "root may read everything");
    Program program = Program.of(unreadable.toString(), dir.toString(), "umask").withDirectory(dir);
    Daemonization found = Daemonization.of(orphanOf(program.withCanaries()), pidFile());
    assertThat(failed(found)).containsExactly(Convention.UMASK);
    assertThat(found(found, Convention.NO_INHERITED_DESCRIPTORS))
        .isEqualTo("not tested: its descriptors may not be read, except by root");
    assertThat(found(found, Convention.WORKING_DIRECTORY))
        .isEqualTo("not tested: it may not be read, except by root");
  }

  /** script(1) gives its command a terminal of its own; other programs of that name lack -c. */
  @Test
  void aControllingTerminalIsSeen() {
    Launch version = scope.patient().launch("sh", "-c", "script --version");
    version.awaitExit();
    assumeTrue(
        version.stdout().contains("util-linux"),
        "no script(1) of util-linux: apt-get install bsdutils");
    Launch script =
        scope
            .patient()
            .launch(
                Program.of("script", "-qec", "echo ready; sleep 1000", "/dev/null").withCanaries());
    script.awaitOutput("^ready");
    Descendant inside = script.process().children().get(0);
    assertThat(found(Daemonization.of(inside), Convention.NO_CONTROLLING_TERMINAL))
        .matches("FAIL: /dev/pts/\\d+");
  }

  // on a terminal, whose user logs out ----------------------------------------------------------

  /** As typed at a terminal: the shell leads the session, and stays. */
  private Launch typed(String... faults) {
    List<String> command =
        new ArrayList<>(
            List.of("sh", "-c", "\"$@\"; echo \"status $?\"; exec sleep 1000 </dev/null", "sh"));
    command.addAll(command(faults));
    Program program = Program.of(command).withDirectory(dir).withTerminal().withCanaries();
    Launch shell = scope.patient().launch(program);
    assertThat(shell.terminal().awaitOutput("^status \\d")).isEqualTo("status 0");
    return shell;
  }

  @Test
  void aDaemonThatForgetsSetsidDiesWhenItsUserLogsOut() {
    Launch shell = typed("session");
    Descendant daemon = shell.awaitOrphan("*homemade *");
    assertThat(failed(Daemonization.of(daemon, pidFile())))
        .containsExactly(
            Convention.OWN_SESSION,
            Convention.NO_CONTROLLING_TERMINAL,
            Convention.LAUNCHER_SUCCEEDED); // the shell, which has not ended
    assertThatThrownBy(() -> assertThat(daemon).isDaemonized(pidFile()))
        .hasMessageContaining("\n  FAIL       NO_CONTROLLING_TERMINAL       " + shell.terminal());

    shell.terminal().hangUp();

    assertThat(daemon).exitsWith(ExitStatus.signaled(Signal.HUP));
    assertThat(shell).exitsWith(ExitStatus.signaled(Signal.HUP));
  }

  /** It opens the terminal again when its launcher, which led the session, has ended. */
  @Test
  void aDaemonThatTakesTheTerminalDiesWhenItsUserLogsOut() {
    Descendant daemon = orphanOf(program("leader", "terminal").withTerminal());
    Launch launch = daemon.launch().orElseThrow();
    Await.until(() -> daemon.details().terminal().isPresent());
    assertThat(failed(Daemonization.of(daemon, pidFile())))
        .contains(
            Convention.NOT_SESSION_LEADER, // or it could not take it
            Convention.NO_CONTROLLING_TERMINAL)
        .doesNotContain(Convention.OWN_SESSION);

    launch.terminal().hangUp();

    assertThat(daemon).exitsWith(ExitStatus.signaled(Signal.HUP));
  }

  @Test
  void aDaemonThatKeepsTheRulesOutlivesItsUsersLogout() {
    Launch shell = typed();
    Descendant daemon = shell.awaitOrphan("*homemade *");
    assertThat(daemon).isDaemonized(pidFile(), Convention.LAUNCHER_SUCCEEDED);
    assertThat(found(Daemonization.of(daemon), Convention.NO_CONTROLLING_TERMINAL))
        .isEqualTo("ok: none, the launcher's was " + shell.terminal());

    shell.terminal().hangUp();

    assertThat(shell).exitsWith(ExitStatus.signaled(Signal.HUP));
    assertThat(daemon).isAlive().listensOn(dir.resolve("socket"));
  }

  /** The end of a session's leader takes the terminal from all of it. */
  @Test
  void aTerminalThatWentWithItsSessionsLeaderProvesNothing() {
    Descendant daemon = orphanOf(program("session", "hang-up ignored").withTerminal());
    Launch launch = daemon.launch().orElseThrow();
    assertThat(daemon.sessionId()).hasValue((int) launch.pid());
    assertThat(found(Daemonization.of(daemon), Convention.NO_CONTROLLING_TERMINAL))
        .isEqualTo(
            "not proven: none, but its session had %s until the end of its leader"
                .formatted(launch.terminal()));
    assertThat(failed(Daemonization.of(daemon))).containsExactly(Convention.OWN_SESSION);
  }

  @Test
  void aProcessThatHasEndedIsNoDaemon() {
    Descendant daemon = RealScope.ended(daemon());
    assertThatThrownBy(() -> assertThat(daemon).isDaemonized())
        .isInstanceOf(AssertionError.class)
        .message()
        .startsWith("Expecting " + Naming.of(daemon) + "\nto be daemonized\nbut it has ended: ")
        .containsPattern("killed by SIGKILL after \\d+\\.\\d\\d s\n\n");
  }

  @Test
  void findingsAreEqualByTheirContentAndMadeByTheLibraryOnly() {
    Finding finding = new Finding(Convention.UMASK, Verdict.OK, "0027");
    assertThat(finding)
        .isEqualTo(new Finding(Convention.UMASK, Verdict.OK, "0027"))
        .hasSameHashCodeAs(new Finding(Convention.UMASK, Verdict.OK, "0027"))
        .isNotEqualTo(new Finding(Convention.UMASK, Verdict.FAIL, "0027"))
        .hasToString("ok UMASK 0027");
    assertThat(Finding.class.getConstructors()).isEmpty();
  }

  private static Canaries canaries(Launch launch) {
    return Access.get().canaries(launch).orElseThrow();
  }
}
