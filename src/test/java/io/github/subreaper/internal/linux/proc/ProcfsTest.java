package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcfsTest {
  /** An exit status is shown from Linux 6.0 on. The version may be set by a user to anything. */
  @ParameterizedTest
  @CsvSource({"3.10.0, false", "5.19, false", "6.0.1, true", "10.2, true", "'', true", "x, true"})
  void statusIsShownFromLinuxSixOn(String version, boolean shown) {
    assertThat(Procfs.showsStatus(version)).isEqualTo(shown);
  }

  /** What asks for a number in a process that is gone gets -1, and may ask for that process. */
  @Test
  void noProcessHasANegativePid() {
    assertThat(KERNEL.procfs.stat(-1)).isNull();
    assertThat(KERNEL.procfs.commandLine(-1)).isEmpty();
    assertThat(KERNEL.procfs.children(-1, -1)).isNull();
  }
}
