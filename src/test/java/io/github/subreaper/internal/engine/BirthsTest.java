package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** That nobody was born can't be asked for on a machine where others work. */
class BirthsTest {
  private final Births births = new Births();

  @Test
  void beforeItIsWatchedNothingIsCertain() {
    assertThat(births.none()).isFalse();
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
}
