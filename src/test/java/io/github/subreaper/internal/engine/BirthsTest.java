package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.Procfs;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The machine is shared with others, who fork whenever they want to. */
class BirthsTest {
  private final Births births = new Births();

  @Test
  void beforeItIsWatchedNothingIsCertain() {
    assertThat(births.none()).isFalse();
  }

  /** Between two births of others there is time to ask, on any machine. */
  @Test
  void whereNobodyWasBornItIsCertainThatNobodyWas() {
    assumeTrue(Procfs.lastPid() > 0, "a kernel without ns_last_pid");
    assumeTrue(Procfs.largestPid() >= 32_768, "few numbers");
    boolean certain = false;
    for (int i = 0; i < 100_000 && !certain; i++) {
      births.watch();
      certain = births.none();
    }
    assertThat(certain).isTrue();
  }

  @RepeatedTest(20)
  void aProcessThatHasComeAndGoneWasBorn() throws Exception {
    births.watch();
    new ProcessBuilder("true").start().waitFor();
    assertThat(births.none()).isFalse();
  }

  @RepeatedTest(20)
  void onceSomebodyWasBornThatStaysSo() throws Exception {
    births.watch();
    new ProcessBuilder("true").start().waitFor();
    births.none();
    assertThat(births.none()).isFalse();
  }

  @Test
  void whoIsTheLatestWithNobodyAfterHimIsKnownAsThat() throws Exception {
    assumeTrue(Procfs.lastPid() > 0, "a kernel without ns_last_pid");
    boolean certain = false;
    for (int i = 0; i < 1000 && !certain; i++) {
      Process latest = new ProcessBuilder("cat").start();
      certain = Births.noneAfter((int) latest.pid());
      latest.destroyForcibly().waitFor();
    }
    assertThat(certain).isTrue();
  }

  @RepeatedTest(20)
  void whoHasForkedIsNotTheLatest() throws Exception {
    Process parent = new ProcessBuilder("sh", "-c", "(exit 0); echo; exec cat").start();
    try {
      assertThat(parent.getInputStream().read()).isEqualTo('\n');
      assertThat(Births.noneAfter((int) parent.pid())).isFalse();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }
}
