package io.github.subreaper.internal.engine.scan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which pids were given out, by a counter that goes round at 1,000. */
class NewPidsTest {
  private int counter = 990;
  private final NewPids pids = new NewPids(() -> counter, 1000);

  NewPidsTest() {
    counter++;
    pids.started();
    assertThat(pids.count()).isOne();
  }

  @Test
  void pidsAreCountedFromTheLastQuestionOnAcrossTheEndOfTheRange() {
    counter = 995;
    pids.note();
    counter = 3;
    assertThat(pids.count()).isEqualTo(12);
    List<Integer> all = new ArrayList<>();
    pids.each(all::add);
    assertThat(all).containsExactly(992, 993, 994, 995, 996, 997, 998, 999, 1, 2, 3);
    assertThat(pids.count()).isZero();
  }

  @Test
  void wholeRoundBetweenTwoQuestionsIsNoSmallNumber() {
    for (int next : new int[] {500, 980, 995}) {
      counter = next;
      pids.note();
    }
    assertThat(pids.count()).isEqualTo(NewPids.UNKNOWN);
    counter = 997;
    assertThat(pids.count()).isEqualTo(2);
  }

  @Test
  void counterThatCanNotBeReadAnyMoreIsUnknown() {
    counter = NewPids.UNKNOWN;
    assertThat(pids.count()).isEqualTo(NewPids.UNKNOWN);
    assertThat(pids.count()).isEqualTo(NewPids.UNKNOWN);
  }

  @Test
  void counterThatDoesNotMoveWithAStartIsNotBelieved() {
    NewPids still = new NewPids(() -> 7, 1000);
    still.started();
    assertThat(still.count()).isEqualTo(NewPids.UNKNOWN);
  }
}
