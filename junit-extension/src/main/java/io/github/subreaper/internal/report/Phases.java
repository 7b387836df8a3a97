package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Phase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The phases of a test, each of which ends where the next one begins. Of too many, such as those of
 * a million dynamic tests, the first and the last are kept. Thread-safe.
 */
final class Phases {
  static final int MOST_FIRST = 200;
  static final int MOST_LAST = 20;

  // Its monitor guards these.
  private final List<Begin> first = new ArrayList<>(8);
  private @Nullable Deque<Begin> last;
  private long omitted;
  private long omittedFrom;

  private record Begin(String phase, long nanos) {}

  synchronized void begin(String phase) {
    Begin begin = new Begin(phase, System.nanoTime()); // here, so that they are in order
    if (first.size() < MOST_FIRST) {
      first.add(begin);
      return;
    }
    if (last == null) {
      last = new ArrayDeque<>(MOST_LAST + 1);
    }
    last.addLast(begin);
    if (last.size() > MOST_LAST) {
      Begin left = last.removeFirst();
      omittedFrom = omitted == 0 ? left.nanos : omittedFrom;
      omitted++;
    }
  }

  /** Returns when the first one began, by {@link System#nanoTime()}; null if none has begun. */
  synchronized @Nullable Long began() {
    return first.isEmpty() ? null : first.get(0).nanos;
  }

  /**
   * Returns them in order.
   *
   * @param now where the last one ends, by {@link System#nanoTime()}
   */
  List<Phase> until(long now, RecordedTime time) {
    List<Phase> phases = new ArrayList<>();
    Begin before = null;
    for (Begin next : begins()) {
      if (before != null) {
        phases.add(new Phase(before.phase, time.of(before.nanos), time.of(next.nanos)));
      }
      before = next;
    }
    if (before != null) {
      phases.add(new Phase(before.phase, time.of(before.nanos), time.of(now)));
    }
    return phases;
  }

  private synchronized List<Begin> begins() {
    List<Begin> begins = new ArrayList<>(first);
    if (omitted > 0) {
      begins.add(
          new Begin(String.format(Locale.ROOT, "… (%,d more phases)", omitted), omittedFrom));
    }
    if (last != null) {
      begins.addAll(last);
    }
    return begins;
  }
}
