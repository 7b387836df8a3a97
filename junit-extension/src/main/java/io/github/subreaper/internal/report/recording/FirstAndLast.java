package io.github.subreaper.internal.report.recording;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The first and the last of too many things. */
final class FirstAndLast<T> {
  private final int mostFirst;
  private final int mostLast;
  private final List<T> first = new ArrayList<>();
  private final Deque<T> last = new ArrayDeque<>(0);
  private @Nullable T omittedFrom;
  private long omitted;

  FirstAndLast(int mostFirst, int mostLast) {
    this.mostFirst = mostFirst;
    this.mostLast = mostLast;
  }

  void add(T one) {
    if (first.size() < mostFirst) {
      first.add(one);
      return;
    }
    last.addLast(one);
    if (last.size() > mostLast) {
      T left = last.removeFirst();
      omittedFrom = omitted == 0 ? left : omittedFrom;
      omitted++;
    }
  }

  /** Returns the first ones; all, if those are not too many. */
  List<T> first() {
    return List.copyOf(first);
  }

  /** Returns how many are left out after the first ones. */
  long omitted() {
    return omitted;
  }

  /** Returns the first that is left out; null if none is. */
  @Nullable T omittedFrom() {
    return omittedFrom;
  }

  /** Returns the last ones of those that are not among the first. */
  List<T> last() {
    return List.copyOf(last);
  }
}
