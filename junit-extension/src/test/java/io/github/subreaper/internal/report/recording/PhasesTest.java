package io.github.subreaper.internal.report.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.recording.Recording.Phase;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhasesTest {
  private final Phases phases = new Phases();

  private List<Phase> list() {
    long now = System.nanoTime();
    Long began = phases.began();
    return phases.until(now, new RecordedTime(began == null ? now : began, Instant.EPOCH));
  }

  @Test
  void noneHasBegun() {
    assertThat(phases.began()).isNull();
    assertThat(list()).isEmpty();
  }

  @Test
  void eachEndsWhereTheNextBegins() {
    phases.begin("before");
    phases.begin("test");

    List<Phase> list = list();

    assertThat(list).extracting(Phase::name).containsExactly("before", "test");
    assertThat(list.get(0).from()).isZero();
    assertThat(list.get(0).to()).isEqualTo(list.get(1).from());
    assertThat(list.get(1).to()).isGreaterThanOrEqualTo(list.get(1).from());
  }

  @Test
  void ofTooManyTheFirstAndTheLastAreKept() {
    int most = Phases.MOST_FIRST + Phases.MOST_LAST;
    IntStream.rangeClosed(1, 100_000).forEach(i -> phases.begin("dynamic " + i));

    List<Phase> list = list();

    assertThat(list).hasSize(most + 1);
    assertThat(list.get(Phases.MOST_FIRST - 1).name()).isEqualTo("dynamic " + Phases.MOST_FIRST);
    assertThat(list.get(Phases.MOST_FIRST).name()).isEqualTo("… (99,780 more phases)");
    assertThat(list.get(Phases.MOST_FIRST + 1).name()).isEqualTo("dynamic 99981");
    assertThat(list.get(most).name()).isEqualTo("dynamic 100000");
    for (int i = 0; i < most; i++) {
      assertThat(list.get(i).to()).isEqualTo(list.get(i + 1).from());
    }
  }

  @Test
  void asManyAsAreKeptAreComplete() {
    int most = Phases.MOST_FIRST + Phases.MOST_LAST;
    IntStream.range(0, most).forEach(i -> phases.begin("phase"));

    assertThat(list()).hasSize(most).extracting(Phase::name).containsOnly("phase");
  }
}
