package io.github.subreaper.internal.engine.records;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;
import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.journal.Fact.Kind;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.engine.journal.FactReader;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.time.WallClock;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class FactsTest {
  private final RecordLock lock = new RecordLock(TIME);
  private final FactLog log = new FactLog(TIME, Path.of("unused"));
  private final Facts facts = new Facts(TIME, lock, log);
  private final ProcessRecord newborn =
      new ProcessRecord(
          lock,
          Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF)),
          0,
          new WallClock(TIME),
          false);

  private List<Fact> told() {
    List<Fact> told = new ArrayList<>();
    try (FactReader reader = log.read(0)) {
      for (Fact fact = reader.next(); fact != null; fact = reader.next()) {
        told.add(fact);
      }
    }
    return told;
  }

  private void isSeenAndStopped() {
    newborn.membership().traced();
    newborn.membership().birthPending(true);
    facts.signaled(newborn, SIGSTOP, SignalReason.FREEZE);
  }

  @Test
  void signalToANewbornIsReportedAfterItsBirth() {
    lock.run(
        () -> {
          isSeenAndStopped();
          assertThat(told()).isEmpty();
          facts.born(newborn);
        });
    assertThat(told()).extracting(Fact::kind).containsExactly(Kind.SEEN, Kind.SIGNALED);
    assertThat(told()).extracting(Fact::source).containsExactly(Source.TRACE, Source.LIBRARY);
    assertThat(newborn.membership().missing()).isNull();
  }

  @Test
  void newbornThatEndsBeforeItsBirthIsReportedIsNotExact() {
    lock.run(
        () -> {
          isSeenAndStopped();
          facts.exited(newborn, Source.WAIT);
        });
    assertThat(told())
        .extracting(Fact::kind)
        .containsExactly(Kind.SEEN, Kind.SIGNALED, Kind.EXITED);
    assertThat(told().get(0).source()).isEqualTo(Source.SCAN);
    assertThat(newborn.membership().missing()).isNotNull();
  }

  @Test
  void firstOfSeveralIncompleteScansIsReportedAndTheNextAfterACompleteOne() {
    facts.scanned(true);
    facts.scanned(false);
    facts.scanned(false);
    facts.scanned(true);
    facts.scanned(false);
    assertThat(told())
        .extracting(Fact::kind)
        .containsExactly(Kind.SCAN_INCOMPLETE, Kind.SCAN_INCOMPLETE);
  }
}
