package io.github.subreaper.internal.engine.scan;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static io.github.subreaper.testing.Linux.lastPid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.LastPid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * Other programs of the machine may fork at any time, so a test can't expect that no process is
 * born.
 */
class BirthsTest {
  private final LastPid lastPid = KERNEL.lastPid();
  private final Births births = new Births(KERNEL, TIME, lastPid);

  @AfterEach
  void close() {
    lastPid.close();
  }

  @Test
  void nothingIsCertainBeforeTheFirstWatch() {
    assertThat(births.none()).isFalse();
  }

  /** On any machine there is some moment without a birth between two questions. */
  @Test
  void noBirthIsReportedWhereNoProcessWasBorn() {
    assumeTrue(lastPid() > 0, "a kernel without ns_last_pid");
    assumeTrue(KERNEL.procfs.largestPid() >= 32_768, "few numbers");
    boolean certain = false;
    for (int i = 0; i < 100_000 && !certain; i++) {
      births.watch();
      certain = births.none();
    }
    assertThat(certain).isTrue();
  }

  @RepeatedTest(20)
  void processThatCameAndWentCountsAsABirth() throws Exception {
    births.watch();
    new ProcessBuilder("true").start().waitFor();
    assertThat(births.none()).isFalse();
  }

  @RepeatedTest(20)
  void birthIsNotForgottenByASecondQuestion() throws Exception {
    births.watch();
    new ProcessBuilder("true").start().waitFor();
    births.none();
    assertThat(births.none()).isFalse();
  }

  @Test
  void latestProcessIsKnownToHaveNoneBornAfterIt() throws Exception {
    assumeTrue(lastPid() > 0, "a kernel without ns_last_pid");
    boolean certain = false;
    for (int i = 0; i < 1000 && !certain; i++) {
      Process latest = new ProcessBuilder("cat").start();
      certain = births.noneAfter((int) latest.pid());
      latest.destroyForcibly().waitFor();
    }
    assertThat(certain).isTrue();
  }

  @RepeatedTest(20)
  void processThatHasForkedIsNotTheLatest() throws Exception {
    Process parent = new ProcessBuilder("sh", "-c", "(exit 0); echo; exec cat").start();
    try {
      assertThat(parent.getInputStream().read()).isEqualTo('\n');
      assertThat(births.noneAfter((int) parent.pid())).isFalse();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }
}
