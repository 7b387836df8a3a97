package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import org.junit.jupiter.api.Test;

class ExitStatusAssertTest {
  private static final ExitStatus UNKNOWN = new ExitStatus.Unknown("reaped by pid 9");

  @Test
  void withPassesForTheSameStatus() {
    assertThat(exited(7)).with(exited(7));
    assertThat(signaled(Signal.TERM)).with(signaled(Signal.TERM));
    assertThat(UNKNOWN).with(new ExitStatus.Unknown("reaped by pid 9"));
  }

  @Test
  void withIgnoresTheCoreFlag() {
    assertThat(signaled(Signal.SEGV, true)).with(signaled(Signal.SEGV, false));
    assertThat(signaled(Signal.SEGV, false)).with(signaled(Signal.SEGV, true));
  }

  @Test
  void isEqualToComparesTheCoreFlag() {
    assertThat(signaled(Signal.SEGV, true)).isNotEqualTo(signaled(Signal.SEGV, false));
  }

  @Test
  void withFailsForAnotherStatus() {
    assertThatThrownBy(() -> assertThat(exited(7)).with(exited(0)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("Expecting exit status\nto end with: exited 0\nbut it ended with: exited 7");
    assertThatThrownBy(() -> assertThat(signaled(Signal.KILL)).with(signaled(Signal.TERM)))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> assertThat(UNKNOWN).with(exited(0)))
        .isInstanceOf(AssertionError.class)
        .hasMessageEndingWith("but it ended with: ended, status unknown: reaped by pid 9");
  }

  @Test
  void aSignalIsNotTheExitCodeThatShellsReport() {
    assertThatThrownBy(() -> assertThat(exited(143)).with(signaled(Signal.TERM)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("shells report death by SIGTERM this way");
    assertThatThrownBy(() -> assertThat(signaled(Signal.SEGV, true)).isExited(139))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            """
            Expecting exit status
            to end with: exited 139
            but it ended with: killed by SIGSEGV (core dumped)
            (128 + 11 is how shells report that; here the signal itself is known: expect signaled(SIGSEGV))\
            """);
  }

  @Test
  void isExitedComparesTheCode() {
    assertThat(exited(255)).isExited(255);
    assertThatThrownBy(() -> assertThat(exited(1)).isExited(0))
        .isInstanceOf(AssertionError.class)
        .hasMessage("Expecting exit status\nto end with: exited 0\nbut it ended with: exited 1");
    assertThatThrownBy(() -> assertThat(exited(1)).isExited(256))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void isSignaledComparesTheSignal() {
    assertThat(signaled(Signal.SEGV, true)).isSignaled(Signal.SEGV);
    assertThatThrownBy(() -> assertThat(exited(0)).isSignaled(Signal.TERM))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting exit status\nto end with: killed by SIGTERM\nbut it ended with: exited 0");
  }

  @Test
  void dumpedCoreChecksTheFlag() {
    assertThat(signaled(Signal.SEGV, true)).dumpedCore();
    assertThatThrownBy(() -> assertThat(signaled(Signal.SEGV)).dumpedCore())
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting exit status\nto have dumped core\nbut it ended with: killed by SIGSEGV\n"
                + "(whether a core is dumped depends on `ulimit -c` and core(5))");
    assertThatThrownBy(() -> assertThat(exited(0)).dumpedCore())
        .isInstanceOf(AssertionError.class)
        .hasMessage("Expecting exit status\nto have dumped core\nbut it ended with: exited 0");
  }

  @Test
  void assertionsChain() {
    assertThat(signaled(Signal.ABRT, true))
        .with(signaled(Signal.ABRT))
        .isSignaled(Signal.ABRT)
        .dumpedCore()
        .isInstanceOf(ExitStatus.Signaled.class);
  }

  @Test
  void descriptionAndMessageOfTheUserAreKept() {
    assertThatThrownBy(() -> assertThat(exited(7)).as("the %s", "master").isExited(0))
        .hasMessageStartingWith("[the master] Expecting exit status\n");
    assertThatThrownBy(() -> assertThat(exited(7)).withFailMessage("no").isExited(0))
        .hasMessage("no");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullArgumentThrowsNullPointerException() {
    assertThatThrownBy(() -> assertThat(exited(0)).with(null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> assertThat(exited(0)).isSignaled(null))
        .isInstanceOf(NullPointerException.class);
  }
}
