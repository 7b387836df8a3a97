package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Programs raise RLIMIT_LOCKS and so lose the tag; their children are adopted before a scan has
 * seen them below their parent. Each test runs in its own JVM.
 */
@Tag("full")
class ShedTagTest {
  private static final ScopeOptions PATIENT =
      ScopeOptions.defaults().withAwait(LONG).withSettle(Duration.ZERO);
  private static final int DAEMONS = 10;

  @TempDir private Path directory;
  private Path program = Path.of("");

  @BeforeEach
  void build() throws Exception {
    program = CProgram.build(directory, "shedtag");
  }

  /** Kills what a failed test has left. */
  @AfterEach
  void end() {
    living(program.toString()).forEach(pid -> KERNEL.kill.send(pid, SIGKILL));
  }

  @Test
  void untaggedProcessesOfALaunchBelongToItAndEnd() throws Exception {
    ChildJvm.runWithOrigins(Launched.class, program.toString()).exitedNormally();
  }

  static final class Launched {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        Launch launch = supervisor.launch(arguments[0], "daemons", "" + DAEMONS);
        assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
        Await.until(() -> launch.tree().size() == 2 * DAEMONS);
        ScopeReport report = supervisor.end();
        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.ended()).hasSizeGreaterThanOrEqualTo(2 * DAEMONS);
        assertThat(living(arguments[0])).isEmpty();
        assertThat(subreaper.foreign()).isEmpty();
      }
    }
  }

  @ParameterizedTest(name = "in its {0}")
  @CsvSource({"session, setsid", "process group, env"})
  void untaggedOrphanOfALaunchBelongsToThatLaunch(String what, String wrapper) throws Exception {
    ChildJvm.runWithOrigins(OfTwoLaunches.class, wrapper).exitedNormally();
  }

  /**
   * Another launch is alive, so that only the session or the group says to which one the orphan
   * belongs.
   */
  static final class OfTwoLaunches {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        supervisor.launch("sleep", "1001");
        Launch launch =
            supervisor.launch(
                arguments[0], "bash", "-c", "(ulimit -S -x 5; sleep 1002 &); exec sleep 1003");
        Await.until(supervisor::tree, tree -> tree.size() == 3 && tree.find("sleep*").size() == 3);
        assertThat(launch.tree().size()).as(launch.describe()).isEqualTo(2);
        ScopeReport report = supervisor.end();
        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(subreaper.foreign()).isEmpty();
      }
    }
  }

  /** What only looks at adopted processes, as the end of a launch does, sees the orphan first. */
  @Test
  void untaggedOrphanBelongsToTheLaunchOfItsLeaderThatNoScanHasSeen() throws Exception {
    ChildJvm.runWithOrigins(OfManyLaunches.class).exitedNormally();
  }

  static final class OfManyLaunches {
    private static final String LEADER = "(ulimit -S -x 5; sleep 1002 &); exec sleep 1003";

    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        for (int i = 0; i < 10; i++) {
          Launch launch =
              supervisor.launch("bash", "-c", "setsid bash -c '" + LEADER + "' & exec sleep 1001");
          supervisor.launch("true").awaitExit();
          int all = 3 * (i + 1);
          Await.until(supervisor::tree, tree -> tree.find("sleep*").size() == all);
          assertThat(launch.tree().size()).as(launch.describe()).isEqualTo(3);
        }
        assertThat(supervisor.end().isClean()).isTrue();
        assertThat(subreaper.foreign()).isEmpty();
      }
    }
  }

  @Test
  void untaggedProcessOfThisJvmIsALeakAndTheReportSaysThatItHasNoTag() throws Exception {
    ChildJvm.runWithOrigins(Ambient.class, program.toString()).exitedNormally();
  }

  static final class Ambient {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        Process process = new ProcessBuilder(arguments[0], "daemons", "1").start();
        assertThat(process.waitFor()).isEqualTo(7);
        Await.until(() -> supervisor.tree().size() == 2);
        ScopeReport report = supervisor.end();
        assertThat(report.leaked()).as(report.toString()).hasSize(2);
        assertThat(report.toString()).contains("has changed RLIMIT_LOCKS");
        assertThat(living(arguments[0])).isEmpty();
      }
    }
  }

  @Test
  void untaggedProcessesEndWithTheJvmHoweverItDies() throws Exception {
    ChildJvm.Result result = ChildJvm.runWithOrigins(Halts.class, program.toString());
    assertThat(result.exitCode()).as(result.output()).isEqualTo(9);
    Await.until(() -> living(program.toString()).isEmpty());
  }

  static final class Halts {
    public static void main(String[] arguments) throws Exception {
      Supervisor supervisor = Subreaper.activate().open("test", PATIENT);
      supervisor.launch(arguments[0], "stay");
      Launch launch = supervisor.launch(arguments[0], "daemons", "" + DAEMONS);
      launch.awaitExit();
      new ProcessBuilder(arguments[0], "daemons", "1").start().waitFor();
      Await.until(() -> supervisor.tree().size() == 2 * DAEMONS + 3);
      Runtime.getRuntime().halt(9);
    }
  }

  @Test
  void processThatMayComeFromAForeignOneIsNamedAndGetsNoSignal() throws Exception {
    ChildJvm.runWithOrigins(Doubtful.class, program.toString()).exitedNormally();
  }

  static final class Doubtful {
    public static void main(String[] arguments) throws Exception {
      Process elder = new ProcessBuilder("sleep", "300").start();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        // No scan sees their birth, as one of a wait for a launch could.
        assertThat(new ProcessBuilder(arguments[0], "daemons", "1").start().waitFor()).isEqualTo(7);
        // The daemon in a session that it does not lead was certainly adopted; the other one may be
        // a child of this JVM as long as it is young.
        Await.until(() -> subreaper.foreign().size() == 2);
        ScopeReport report = supervisor.end();
        assertThat(report.foreign()).as(report.toString()).hasSize(2);
        for (Descendant one : report.foreign()) {
          assertThat(report.toString()).contains("not terminated: " + one);
          assertThat(one.isAlive()).isTrue();
          KERNEL.kill.send((int) one.pid(), SIGKILL);
          assertThat(one.awaitExit(LONG)).isEqualTo(ExitStatus.signaled(Signal.KILL));
        }
        assertThat(elder.isAlive()).isTrue();
        elder.destroyForcibly();
      }
      Await.until(() -> living(arguments[0]).isEmpty());
    }
  }

  /** Returns the pids of processes whose command line begins with a program. */
  private static List<Integer> living(String program) {
    return ProcessHandle.allProcesses()
        .map(process -> (int) process.pid())
        .filter(pid -> KERNEL.procfs.commandLine(pid).stream().limit(1).toList().contains(program))
        .toList();
  }
}
