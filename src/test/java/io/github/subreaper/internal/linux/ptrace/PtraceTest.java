package io.github.subreaper.internal.linux.ptrace;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stops of a traced program, which the test's own thread traces. */
@Timeout(180)
class PtraceTest {
  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor = subreaper.open("ptrace");
  private final Ptrace ptrace = KERNEL.ptrace();
  private final TracedWait wait = KERNEL.tracedWait();

  /** Waits for the next stop of a process and takes it. */
  private void awaitStop(long pid, int event) {
    while (!wait.takeStop((int) pid) || isLateExec((int) pid)) {
      Thread.onSpinWait();
    }
    assertThat(wait.stop() >> 8).isEqualTo(event);
  }

  /** The exec lets posix_spawn return before the tracer sees it. */
  private boolean isLateExec(int pid) {
    boolean late = wait.stop() >> 8 == Ptrace.EVENT_EXEC;
    if (late) {
      ptrace.goOn(pid, 0);
    }
    return late;
  }

  /** A message of the exit says 9 then: a process with that number would be taken for the child. */
  @Test
  void messageOfAStopThatSigkillHasEndedIsNotReadFromTheNextOne(@TempDir Path directory)
      throws Exception {
    Path go = directory.resolve("go");
    Launch launch =
        supervisor.launch("sh", "-c", "until [ -e \"$1\" ]; do :; done; (:)", "sh", go.toString());
    int pid = (int) launch.pid();
    assertThat(ptrace.seize(pid, false)).isZero();
    Files.createFile(go);
    awaitStop(pid, Ptrace.EVENT_FORK);
    long child = ptrace.message(pid, Ptrace.EVENT_FORK);
    assertThat(KERNEL.procfs.stat((int) child)).extracting(ProcessStat::parent).isEqualTo(pid);

    assertThat(KERNEL.kill.send(pid, SIGKILL)).isZero();
    while (!wait.isStopped(pid)) {
      Thread.onSpinWait();
    }
    assertThat(ptrace.message(pid, Ptrace.EVENT_FORK)).isEqualTo(-1);
    assertThat(ptrace.message(pid, Ptrace.EVENT_EXIT)).as("its wait status").isEqualTo(SIGKILL);

    assertThat(ptrace.detach(pid, 0)).isTrue();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    awaitStop(child, Ptrace.EVENT_STOP);
    assertThat(ptrace.detach((int) child, 0)).isTrue();
  }
}
