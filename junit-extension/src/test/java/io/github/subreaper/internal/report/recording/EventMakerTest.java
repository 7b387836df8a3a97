package io.github.subreaper.internal.report.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ProcessEvent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EventMakerTest {
  @Test
  void eachClassOfEventsHasAKindOfItsOwn() {
    assertThat(Stream.of(ProcessEvent.class.getPermittedSubclasses()).map(EventMaker::kind))
        .hasSizeGreaterThan(10)
        .doesNotHaveDuplicates();
  }
}
