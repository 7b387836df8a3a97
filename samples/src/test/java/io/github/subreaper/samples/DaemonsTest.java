package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.assertj.Convention;
import io.github.subreaper.assertj.Daemonization;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Measures which conventions real daemons keep. The table in {@code DAEMONS.md} comes from here:
 *
 * <pre>{@code
 * mvn test -pl samples -am -Dsrc.skipTests -Dtest=DaemonsTest \
 *   -Dsurefire.failIfNoSpecifiedTests=false \
 *   -Ddaemons.runs=10 -Ddaemons.table=DAEMONS.md
 * }</pre>
 */
@SubreaperTest(await = "60 s")
class DaemonsTest {
  private static final int RUNS = Integer.getInteger("daemons.runs", 1);
  private static final Map<RealDaemon, Daemonization> MEASURED = new TreeMap<>();
  private static final Map<RealDaemon, Logout> LOGOUTS = new TreeMap<>();

  /**
   * What was measured on a terminal.
   *
   * @param terminal whether the daemon has given it up
   * @param survived whether it lives when its user has logged out
   */
  record Logout(Daemonization.Verdict terminal, boolean survived) {}

  @AfterAll
  static void writeTable() throws IOException {
    String table = System.getProperty("daemons.table", "");
    if (!table.isEmpty()) {
      DaemonTable.write(Path.of(table), MEASURED, LOGOUTS);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRealDaemonIsAdoptedAndLeavesItsLaunchersSession(
      RealDaemon daemon, Supervisor supervisor, @TempDir Path dir) throws IOException {
    String file = daemon.require();
    assumeTrue(!daemon.needsRoot() || isRoot(), "needs root");

    for (int run = 0; run < RUNS; run++) {
      Path own = Files.createTempDirectory(dir.toRealPath(), ""); // chronyd wants it private
      try (Supervisor scope = supervisor.open("run " + run)) {
        Daemonization found = measure(daemon, file, scope, own);
        MEASURED.merge(daemon, found, DaemonsTest::worse);
        assertThat(found.verdict(Convention.ORPHAN)).isEqualTo(Daemonization.Verdict.OK);
        assertThat(found.verdict(Convention.OWN_SESSION)).isEqualTo(Daemonization.Verdict.OK);
      }
    }
  }

  private static Daemonization measure(
      RealDaemon daemon, String file, Supervisor supervisor, Path dir) throws IOException {
    Launch launch = supervisor.launch(daemon.program(file, dir).withDirectory(dir).withCanaries());
    assertThat(launch).exitsWith(0);
    Descendant process = launch.awaitOrphan();
    return daemon.hasPidFile()
        ? Daemonization.of(process, daemon.pidFile(dir))
        : Daemonization.of(process);
  }

  /** Returns the one that has proven more: a daemon that is late once may seem in time by luck. */
  private static Daemonization worse(Daemonization one, Daemonization other) {
    return failures(other) > failures(one) ? other : one;
  }

  private static long failures(Daemonization found) {
    return found.findings().stream()
        .filter(finding -> finding.verdict() == Daemonization.Verdict.FAIL)
        .count();
  }

  /** A user types its command at a shell, sees it return, and closes the window. */
  @ParameterizedTest
  @EnumSource
  void aRealDaemonSurvivesTheLogoutOfItsUser(
      RealDaemon daemon, Supervisor supervisor, @TempDir Path dir) throws IOException {
    String file = daemon.require();
    assumeTrue(!daemon.needsRoot() || isRoot(), "needs root");

    // A line of its own, also where the daemon writes its words in several pieces meanwhile. A
    // shell
    // that reads the terminal may see its end before it gets SIGHUP.
    String script = "\"$@\"; printf '\\nstatus %s\\n' $?; exec sleep 1000";
    List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
    command.addAll(daemon.command(file, dir.toRealPath()));
    Launch shell = supervisor.launch(Program.of(command).withDirectory(dir).withTerminal());
    assertThat(shell.terminal().awaitOutput("^status")).isEqualTo("status 0");
    Descendant process = shell.awaitOrphan(daemon.executable());
    Daemonization.Verdict terminal =
        Daemonization.of(process).verdict(Convention.NO_CONTROLLING_TERMINAL);

    shell.terminal().hangUp();
    assertThat(shell).exitsWith(ExitStatus.signaled(Signal.HUP));
    Descendant orphan = shell.awaitOrphan(); // when all processes have been idle for a moment
    boolean survived = orphan.equals(process) && orphan.isAlive();
    LOGOUTS.put(daemon, new Logout(terminal, survived));
    assertThat(terminal).isEqualTo(Daemonization.Verdict.OK);
    assertThat(survived).isTrue();
  }

  static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }
}
