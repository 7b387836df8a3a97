package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.DeniedCalls;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A signal through a pidfd where a sandbox denies pidfd_send_signal(2). */
class PidfdTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(DeniedCalls.How.class)
  void processWithTheReusedPidOfADeadProcessGetsNoSignal(DeniedCalls.How how) throws Exception {
    DeniedCalls denied = DeniedCalls.in(directory);
    ChildJvm.run(denied.with(how, List.of("pidfd_send_signal")), List.of(), Map.of(), Reused.class)
        .exitedNormally();
  }

  @Test
  void endedOnesAreFoundByOneCall() throws Exception {
    Process ended = new ProcessBuilder("cat").start();
    Process running = new ProcessBuilder("cat").start();
    try (Pidfd first = KERNEL.pidfd((int) running.pid());
        Pidfd second = KERNEL.pidfd((int) ended.pid())) {
      ended.destroyForcibly().waitFor();
      BitSet found = KERNEL.ended(List.of(first, second));
      assertThat(found.stream()).containsExactly(1);
    } finally {
      ended.destroyForcibly();
      running.destroyForcibly();
    }
  }

  @Test
  void autoreapingChildrenComeWithLinux71() {
    assertThat(Kernel.autoreaps("6.18.5")).isFalse();
    assertThat(Kernel.autoreaps("7.0.12-generic")).isFalse();
    assertThat(Kernel.autoreaps("7.1")).isTrue();
    assertThat(Kernel.autoreaps("8.0.1")).isTrue();
    assertThat(Kernel.autoreaps("of one's own")).isTrue();
  }

  static final class Reused {
    private static final int PIDFD_OPEN = 434;

    public static void main(String[] arguments) throws Exception {
      Process ended = new ProcessBuilder("cat").start();
      Process bystander = new ProcessBuilder("cat").start();
      try {
        int pid = (int) bystander.pid();
        // The kernel can't be asked for a pid, so this pretends that it was reused.
        Pidfd pidfd = new Pidfd(pid, open(ended.pid()), KERNEL.procfs);
        assertThat(pidfd.send(0)).isZero();
        ended.destroyForcibly();
        ended.waitFor();
        assertThat(pidfd.send(SignalNumber.SIGKILL)).isEqualTo(Errno.ESRCH);
        bystander.getOutputStream().close();
        assertThat(bystander.waitFor()).isZero();
        pidfd.close();
      } finally {
        ended.destroyForcibly();
        bystander.destroyForcibly();
      }
    }

    private static int open(long pid) {
      return LibC.syscall(PIDFD_OPEN, (int) pid, 0, 0, 0);
    }
  }
}
