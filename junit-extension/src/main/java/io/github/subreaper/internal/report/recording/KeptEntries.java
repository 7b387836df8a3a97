package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Journal;
import io.github.subreaper.Journal.SessionEvent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The entries of a journal that are recorded.
 *
 * @param lost how many events are missing in the journal
 */
record KeptEntries(FirstAndLast<Journal.Entry> kept, long lost) {
  /**
   * Reads entries one by one.
   *
   * @param all the journal; it is closed
   */
  static KeptEntries of(Stream<Journal.Entry> all, int mostFirst, int mostLast) {
    FirstAndLast<Journal.Entry> kept = new FirstAndLast<>(mostFirst, mostLast);
    AtomicLong lost = new AtomicLong();
    try (all) {
      all.forEachOrdered(
          entry -> {
            lost.addAndGet(entry instanceof SessionEvent event ? event.lost() : 0);
            kept.add(entry);
          });
    }
    return new KeptEntries(kept, lost.get());
  }

  /** Returns those that are recorded, in order. */
  Stream<Journal.Entry> all() {
    return Stream.concat(kept.first().stream(), kept.last().stream());
  }

  /** Returns how many events a reader of the recording misses. */
  long missing() {
    return kept.omitted() + lost;
  }
}
