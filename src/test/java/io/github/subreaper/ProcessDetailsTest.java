package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.ProcessDetails.OpenFile;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.ChildJvm;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ProcessDetailsTest extends ScopeFixture {
  @Test
  void detailsShowEverythingOfOneMoment() throws Exception {
    Path file = directory.toRealPath().resolve("data");
    Launch launch =
        scope.launch(
            Program.of(
                    "sh",
                    "-c",
                    "trap '' USR1; trap : USR2; umask 027; ulimit -S -n 64; exec 8>data; mkfifo never; echo ready;"
                        + " read line <never")
                .withDirectory(directory)
                .withEnvironment("MODE", "test"));
    launch.awaitOutput("ready");
    ProcessDetails details = launch.process().details();

    assertThat(details.parentPid()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(details.sessionId()).isEqualTo(launch.process().sessionId().getAsInt());
    assertThat(details.processGroupId()).isEqualTo(launch.process().processGroupId().getAsInt());
    assertThat(details.ignoredSignals()).contains(Signal.USR1).doesNotContain(Signal.USR2);
    assertThat(details.caughtSignals()).contains(Signal.USR2).doesNotContain(Signal.USR1);
    assertThat(details.blockedSignals()).isEmpty();
    assertThat(details.umask()).hasValue(027);
    assertThat(details.limit("nofile").soft()).hasValue(64);
    assertThat(details.openFiles()).contains(new OpenFile(8, file.toString()));
    assertThat(details.environment()).containsEntry("MODE", "test");
    assertThat(details.threads()).isEqualTo(1);
    assertThat(details.residentMemoryBytes().getAsLong()).isPositive();
    assertThat(details.peakMemoryBytes().getAsLong())
        .isGreaterThanOrEqualTo(details.residentMemoryBytes().getAsLong());
    assertThat(details.effectiveUid().getAsInt())
        .isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    assertThat(details.age()).isBetween(Duration.ZERO, Duration.ofMinutes(2));
    assertThat(details.cpuTime()).isBetween(Duration.ZERO, Duration.ofMinutes(2));
  }

  /**
   * posix_spawn(3) returns before the new program's environment can be read. While others read that
   * of the same process, it may still be this JVM's, like the command line.
   */
  @Test
  void detailsRightAfterTheLaunchAreThoseOfTheNewProgram() throws Exception {
    Map<String, String> environment = Map.of("MODE", "test");
    AtomicInteger last = new AtomicInteger((int) ProcessHandle.current().pid());
    List<Thread> readers = new ArrayList<>();
    for (int reader = 0; reader < 3; reader++) {
      readers.add(new Thread(() -> readAfter(last)));
    }
    readers.forEach(Thread::start);
    try {
      for (int i = 0; i < 100; i++) {
        Descendant sleep =
            scope.launch(Program.of("sleep", "1000").withEnvironment(environment)).process();
        assertThat(sleep.commandLine()).containsExactly("sleep", "1000");
        assertThat(sleep.details().environment()).containsAllEntriesOf(environment);
        last.set(Math.toIntExact(sleep.pid()));
        sleep.signal(Signal.KILL);
      }
    } finally {
      last.set(0);
      for (Thread reader : readers) {
        reader.join();
      }
    }
  }

  /** Opens the environments of the pids that come next, until the last one is 0. */
  private static void readAfter(AtomicInteger last) {
    for (int pid = last.get(); pid != 0; pid = last.get()) {
      for (int next = 1; next <= 3; next++) {
        try (InputStream opened = new FileInputStream("/proc/" + (pid + next) + "/environ")) {
          assertThat(opened).isNotNull();
        } catch (IOException notThere) {
          // not yet, or no longer
        }
      }
    }
  }

  @Test
  void detailsStayReadableAfterTheEndAndNewOnesAreRefused() {
    Descendant sleep = scope.launch("sleep", "1000").process();
    ProcessDetails before = sleep.details();
    sleep.signal(Signal.KILL);
    sleep.awaitExit();

    assertThat(before.threads()).isEqualTo(1);
    assertThat(before.environment()).isNotEmpty();
    assertThatThrownBy(sleep::details)
        .isInstanceOf(ProcessNotReadableException.class)
        .message()
        .matches(
            "sleep 1000 \\(pid \\d+\\): it has ended: killed by SIGKILL after \\d+\\.\\d\\d s;"
                + " its details can no longer be read");
  }

  /** Runs in a JVM that may list the descriptors of other processes, but not read them. */
  static final class WithoutPtrace {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("without ptrace")) {
        Program sleep = Program.of("sleep", "1000");
        ProcessDetails details = scope.launch(sleep.withUser(65_534, 65_534)).process().details();
        try {
          System.out.println("read=" + details.openFiles());
        } catch (ProcessNotReadableException e) {
          System.out.println("refused=" + e.getMessage());
        }
        System.out.println("own=" + scope.launch(sleep).process().details().openFiles().get(0));
      }
    }
  }

  @Test
  void descriptorsThatCannotBeReadAreNotReportedAsNone() throws Exception {
    assumeTrue(KERNEL.procfs.statusNumber(Procfs.SELF, "Uid") == 0, "needs root");
    ChildJvm.Result result =
        ChildJvm.run(
            List.of("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"),
            List.of(),
            Map.of(),
            WithoutPtrace.class);
    result.exitedNormally();
    assertThat(result.value("refused")).matches("sleep 1000 \\(pid \\d+\\): .*open files.*");
    assertThat(result.value("own")).isEqualTo("0 → /dev/null");
  }

  @Test
  void detailsShowTheDirectoryToWhichAProcessHasChanged() throws Exception {
    String script = "trap 'cd /; echo there' USR1; echo here; while :; do sleep 0.1; done";
    Launch launch = scope.launch(Program.of("sh", "-c", script).withDirectory(directory));
    launch.awaitOutput("here");
    assertThat(launch.process().workingDirectory()).hasValue(directory.toRealPath());

    launch.signal(Signal.USR1);
    launch.awaitOutput("there");

    assertThat(launch.process().workingDirectory()).hasValue(Path.of("/"));
  }

  @Test
  void processKnowsItsLaunch() {
    Launch launch = scope.launch("sh", "-c", "sleep 1000 &");
    Descendant orphan = launch.awaitOrphan();

    assertThat(orphan.launch().map(Launch::pid)).hasValue(launch.pid());
  }

  @Test
  void aTerminalIsNamedAsPsDoes() {
    assertThat(terminal(0)).isNull();
    assertThat(terminal((136 << 8) + 3)).isEqualTo("/dev/pts/3");
    assertThat(terminal((137 << 8) + 1)).isEqualTo("/dev/pts/257");
    assertThat(terminal((4 << 8) + 1)).isEqualTo("/dev/tty1");
    assertThat(terminal((4 << 8) + 64)).isEqualTo("/dev/ttyS0");
    assertThat(terminal((204 << 8) + 64)).isEqualTo("terminal 204:64");
  }

  private static @Nullable String terminal(int device) {
    return new ProcessStat(1, "x", 'S', 1, 1, 1, device, -1, 0, 0, 0, 1, 0, 0).terminal();
  }
}
