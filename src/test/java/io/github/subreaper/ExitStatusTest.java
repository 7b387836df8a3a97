package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExitStatusTest {

  @Test
  void statusesAreEqualByContent() {
    assertThat(ExitStatus.exited(3)).isEqualTo(new ExitStatus.Exited(3));
    assertThat(ExitStatus.exited(3)).isNotEqualTo(ExitStatus.exited(4));
    assertThat(ExitStatus.signaled(Signal.TERM))
        .isEqualTo(new ExitStatus.Signaled(Signal.valueOf("15"), false))
        .isNotEqualTo(ExitStatus.signaled(Signal.KILL))
        .isNotEqualTo(ExitStatus.signaled(Signal.TERM, true));
    assertThat(new ExitStatus.Unknown("reaped by pid 7"))
        .isEqualTo(new ExitStatus.Unknown("reaped by pid 7"))
        .isNotEqualTo(new ExitStatus.Unknown("reaped by pid 8"));
  }

  @Test
  void deathByASignalIsNotTheExitCodeThatShellsMakeOfIt() {
    assertThat(ExitStatus.signaled(Signal.TERM)).isNotEqualTo(ExitStatus.exited(143));
  }

  @Test
  void statusesPrintAsPartOfASentence() {
    assertThat(ExitStatus.exited(0)).hasToString("exited 0");
    assertThat(ExitStatus.signaled(Signal.SEGV, true))
        .hasToString("killed by SIGSEGV (core dumped)");
    assertThat(ExitStatus.signaled(Signal.KILL)).hasToString("killed by SIGKILL");
    assertThat(new ExitStatus.Unknown("reaped by pid 7"))
        .hasToString("ended, status unknown: reaped by pid 7");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 256, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void exitCodeOutsideOneByteIsRefused(int code) {
    assertThatThrownBy(() -> ExitStatus.exited(code))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an exit code is 0 to 255, not " + code);
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullIsRefusedAsSignalAndAsReason() {
    assertThatThrownBy(() -> ExitStatus.signaled(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> ExitStatus.signaled(null, true))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> new ExitStatus.Unknown(null)).isInstanceOf(NullPointerException.class);
  }
}
