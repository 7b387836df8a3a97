package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** That nobody was born can't be asked for on a machine where others work. */
class BirthsTest {
  private final Births births = new Births();

  @Test
  void theFirstAnswerIsNo() {
    assertThat(births.noneSinceAskedBefore()).isFalse();
  }

  @RepeatedTest(20)
  void aProcessThatHasComeAndGoneWasBorn() throws Exception {
    births.noneSinceAskedBefore();
    new ProcessBuilder("true").start().waitFor();
    assertThat(births.noneSinceAskedBefore()).isFalse();
  }

  @RepeatedTest(20)
  void whatIsForgottenWasNotAsked() {
    births.noneSinceAskedBefore();
    births.forget();
    assertThat(births.noneSinceAskedBefore()).isFalse();
  }
}
