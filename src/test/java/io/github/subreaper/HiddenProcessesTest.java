package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;
import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.PidNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With hidepid, {@code /proc} hides processes that are not dumpable, and set-user-id programs, from
 * their own user. Each test runs an unprivileged JVM in its own pid namespace.
 */
@Tag("full")
class HiddenProcessesTest {
  private static final ScopeOptions PATIENT = ScopeOptions.defaults().withAwait(LONG);

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void daemonsThatAreNotDumpableAreSeenAndEnded(int hidepid) throws Exception {
    Path program = CProgram.build(directory, "hidden", "-pthread");
    assertNothingIsLeft(hidepid, Daemons.class, program, 0);
  }

  static final class Daemons {
    public static void main(String[] arguments) throws Exception {
      String program = arguments[0];
      ScopeReport report;
      Descendant daemon;
      Launch launch;
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        launch = supervisor.launch(program, "daemon");
        assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
        daemon = launch.awaitOrphan();
        assertThat(daemon.isAlive()).isTrue();
        assertThat(new ProcessBuilder(program, "daemon").start().waitFor()).isEqualTo(7);
        Process child = new ProcessBuilder(program, "stay").start();
        Await.until(() -> supervisor.tree().size() == 3);
        report = supervisor.end();
        assertThat(child.waitFor()).isEqualTo(128 + SIGTERM);
      }
      assertThat(daemon.exitStatus()).hasValue(ExitStatus.signaled(Signal.TERM));
      assertThat(report.leaked()).as(report.toString()).hasSize(2);
      assertThat(report.survivors()).as(report.toString()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void statusesOfSetUserIdProgramsAreRecorded(int hidepid) throws Exception {
    Path program = setUserId(CProgram.build(directory, "hidden", "-pthread"));
    assertNothingIsLeft(hidepid, SetUserId.class, program, 0);
  }

  static final class SetUserId {
    public static void main(String[] arguments) throws Exception {
      String program = arguments[0];
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        Launch launch = supervisor.launch(program, "exit", "3");
        assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
        Launch middle = supervisor.launch("sh", "-c", "\"$0\" exit 5 & exit 4", program);
        assertThat(middle.awaitExit()).isEqualTo(ExitStatus.exited(4));
        assertThat(new ProcessBuilder(program, "exit", "6").start().waitFor()).isEqualTo(6);
        Await.untilAsserted(
            () ->
                assertThat(supervisor.descendants())
                    .filteredOn(Descendant::isOrphan)
                    .extracting(Descendant::exitStatus)
                    .contains(java.util.Optional.of(ExitStatus.exited(5))));
        ScopeReport report = supervisor.end();
        assertThat(report.isClean()).as(report.toString()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void hiddenProcessesEndWithTheirJvmHoweverItDies(int hidepid) throws Exception {
    Path program = CProgram.build(directory, "hidden", "-pthread");
    assertNothingIsLeft(hidepid, Halts.class, program, 9);
  }

  static final class Halts {
    public static void main(String[] arguments) throws Exception {
      Supervisor supervisor = Subreaper.activate().open("test", PATIENT);
      supervisor.launch(arguments[0], "daemon").awaitOrphan();
      supervisor.launch(arguments[0], "stay");
      new ProcessBuilder(arguments[0], "daemon").start().waitFor();
      Await.until(() -> supervisor.tree().size() == 3);
      Runtime.getRuntime().halt(9);
    }
  }

  @Test
  void agentOfAnotherGroupBelongsToTheLaunchThatStartedIt() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/ssh-agent")), "no ssh-agent");
    assertNothingIsLeft(2, Agent.class, directory.resolve("socket"), 0);
  }

  static final class Agent {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        Launch launch = supervisor.launch("ssh-agent", "-a", arguments[0]);
        assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
        assertThat(launch.awaitOrphan().isAlive()).isTrue();
        ScopeReport report = supervisor.end();
        assertThat(report.isClean()).as(report.toString()).isTrue();
      }
    }
  }

  private static void assertNothingIsLeft(int hidepid, Class<?> main, Path argument, int exitCode)
      throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            PidNamespace.hiding(hidepid), ChildJvm.ORIGINS, Map.of(), main, argument.toString());
    assertThat(result.exitCode()).as(result.output()).isEqualTo(exitCode);
    assertThat(result.value("left")).as(result.output()).isEmpty();
  }

  /** Makes a program set-user-id of another user, which only root can do. */
  private Path setUserId(Path program) throws IOException {
    try {
      Files.setAttribute(program, "unix:uid", 65534);
      Files.setAttribute(program, "unix:mode", 04755);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      abort("only root gives a file to another user: " + e.getMessage());
    }
    return program;
  }
}
