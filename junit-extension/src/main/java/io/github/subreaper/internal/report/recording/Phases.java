package io.github.subreaper.internal.report.recording;

import io.github.subreaper.internal.report.recording.Recording.Phase;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The phases of a test, each of which ends where the next one begins. Of too many, such as those of
 * a million dynamic tests, the first and the last are kept. Thread-safe.
 */
final class Phases {
  static final int MOST_FIRST = 200;
  static final int MOST_LAST = 20;

  /** Its monitor guards it. */
  private final FirstAndLast<Begin> begins = new FirstAndLast<>(MOST_FIRST, MOST_LAST);

  private record Begin(String phase, long nanos, Instant at) {}

  synchronized void begin(String phase) {
    begin(phase, System.nanoTime()); // here, so they are in order
  }

  /** One that has begun in the past, after the one before. */
  synchronized void begin(String phase, long nanos) {
    begins.add(new Begin(phase, nanos, Instant.now().minusNanos(System.nanoTime() - nanos)));
  }

  /** Returns the one of a moment; empty if none had begun. */
  String at(Instant moment) {
    String last = "";
    for (Begin one : begins()) {
      last = one.at.isAfter(moment) ? last : one.phase;
    }
    return last;
  }

  /** Returns when the first one began, by {@link System#nanoTime()}; null if none has begun. */
  synchronized @Nullable Long began() {
    return begins.first().stream().map(Begin::nanos).findFirst().orElse(null);
  }

  /**
   * Returns them in order.
   *
   * @param now where the last one ends, by {@link System#nanoTime()}
   */
  List<Phase> until(long now, RecordedTime time) {
    List<Begin> all = begins();
    all.add(new Begin("", now, Instant.MAX));
    return IntStream.range(1, all.size())
        .mapToObj(
            i ->
                new Phase(
                    all.get(i - 1).phase, time.of(all.get(i - 1).nanos), time.of(all.get(i).nanos)))
        .toList();
  }

  private synchronized List<Begin> begins() {
    List<Begin> all = new ArrayList<>(begins.first());
    Begin omitted = begins.omittedFrom();
    if (omitted != null) {
      String words = String.format(Locale.ROOT, "… (%,d more phases)", begins.omitted());
      all.add(new Begin(words, omitted.nanos, omitted.at));
    }
    all.addAll(begins.last());
    return all;
  }
}
