package io.github.subreaper.internal.report.recording;

import io.github.subreaper.internal.access.JournalEntry;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The entries of a journal that are recorded.
 *
 * @param lost how many events are missing in the journal
 */
record KeptEntries(FirstAndLast<JournalEntry> kept, long lost) {
  /**
   * Reads entries one by one.
   *
   * @param all the journal; it is closed
   */
  static KeptEntries of(Stream<JournalEntry> all, int mostFirst, int mostLast) {
    FirstAndLast<JournalEntry> kept = new FirstAndLast<>(mostFirst, mostLast);
    AtomicLong lost = new AtomicLong();
    try (all) {
      all.forEachOrdered(
          entry -> {
            lost.addAndGet(entry.lost());
            kept.add(entry);
          });
    }
    return new KeptEntries(kept, lost.get());
  }

  /** Returns those that are recorded, in order. */
  Stream<JournalEntry> all() {
    return Stream.concat(kept.first().stream(), kept.last().stream());
  }

  /** Returns how many events a reader of the recording misses. */
  long missing() {
    return kept.omitted() + lost;
  }
}
