package io.github.subreaper.internal.report;

import io.github.subreaper.JournalEntry;
import io.github.subreaper.SessionEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/** The entries of a journal that are recorded: of too many, the first and the last. */
final class KeptEntries {
  private final int mostFirst;
  private final int mostLast;
  private final List<JournalEntry> first = new ArrayList<>();
  private final Deque<JournalEntry> last = new ArrayDeque<>();
  private long omitted;
  private long lost;

  private KeptEntries(int mostFirst, int mostLast) {
    this.mostFirst = mostFirst;
    this.mostLast = mostLast;
  }

  /**
   * Reads entries one by one.
   *
   * @param all the journal; it is closed
   */
  static KeptEntries of(Stream<JournalEntry> all, int mostFirst, int mostLast) {
    KeptEntries kept = new KeptEntries(mostFirst, mostLast);
    try (all) {
      all.forEachOrdered(kept::add);
    }
    return kept;
  }

  private void add(JournalEntry entry) {
    if (entry instanceof SessionEvent event) {
      lost += event.lost();
    }
    if (first.size() < mostFirst) {
      first.add(entry);
      return;
    }
    last.addLast(entry);
    if (last.size() > mostLast) {
      last.removeFirst();
      omitted++;
    }
  }

  /** Returns the first ones; all, if those are not too many. */
  List<JournalEntry> first() {
    return Collections.unmodifiableList(first);
  }

  /** Returns how many are left out after the first ones. */
  long omitted() {
    return omitted;
  }

  /** Returns the last ones of those that are not among the first. */
  List<JournalEntry> last() {
    return List.copyOf(last);
  }

  /** Returns those that are recorded, in order. */
  List<JournalEntry> all() {
    List<JournalEntry> all = new ArrayList<>(first);
    all.addAll(last);
    return all;
  }

  /** Returns how many events a reader of the recording misses. */
  long missing() {
    return omitted + lost;
  }
}
