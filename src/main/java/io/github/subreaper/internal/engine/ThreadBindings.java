package io.github.subreaper.internal.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Threads that work for a scope, or worked for one at a time. */
final class ThreadBindings {
  /** At this number old bindings are dropped: they explain nothing that is new. */
  private static final int MANY = 1000;

  private static final long OLD_NANOS = 60_000_000_000L;

  private record Visible(Thread thread, BindingRecord binding) {}

  /** By the Java id of the thread, including bindings that have ended. */
  private final Map<Long, List<BindingRecord>> bound = new HashMap<>();

  /** By the kernel's id of the thread. */
  private final Map<Integer, List<Visible>> visible = new HashMap<>();

  private final Threads threads;

  ThreadBindings(Threads threads) {
    this.threads = threads;
  }

  /**
   * Binds a thread: from now on, what it starts by itself counts as this scope's. The kernel's id
   * is known for the calling thread only; the flight recorder shows what others start.
   */
  synchronized void bind(Thread thread, BindingRecord binding) {
    if (bound.size() >= MANY) {
      long old = System.nanoTime() - OLD_NANOS;
      bound.values().removeIf(all -> all.stream().allMatch(one -> one.endedBefore(old)));
    }
    List<BindingRecord> all = bound.computeIfAbsent(thread.getId(), id -> new ArrayList<>());
    if (all.size() >= MANY) {
      long old = System.nanoTime() - OLD_NANOS;
      all.removeIf(one -> one.endedBefore(old));
    }
    all.add(binding);
    if (visible.size() >= MANY) {
      visible.values().removeIf(seen -> seen.stream().noneMatch(one -> one.thread.isAlive()));
    }
    int tid = thread == Thread.currentThread() ? Threads.currentPlatformId() : 0;
    if (tid != 0) {
      List<Visible> seen = visible.computeIfAbsent(tid, id -> new ArrayList<>());
      if (seen.size() >= MANY) {
        long old = System.nanoTime() - OLD_NANOS;
        seen.removeIf(one -> one.binding.endedBefore(old));
      }
      seen.add(new Visible(thread, binding));
    }
  }

  /** Drops the bindings of scopes that have ended. Others are evidence until their scope's end. */
  synchronized void forgetEnded() {
    visible.values().forEach(all -> all.removeIf(one -> one.binding.scope() == null));
    visible.values().removeIf(List::isEmpty);
  }

  /**
   * Returns the scope that a thread was bound to last at some time of a span; null if to none. The
   * scope may have ended this binding since, but must not have ended itself.
   *
   * @param tid of the thread; that of the adopter is no evidence, since all orphans are in its list
   * @param fromNanos start of the span, by {@link System#nanoTime}
   * @param toNanos end of the span
   */
  synchronized @Nullable Scope scopeOf(int tid, long fromNanos, long toNanos) {
    List<Visible> all = visible.getOrDefault(tid, List.of());
    for (int i = all.size() - 1; i >= 0; i--) {
      Visible one = all.get(i);
      Scope scope = one.binding.scope();
      if (scope != null && one.binding.overlaps(fromNanos, toNanos)) {
        // The id of a thread that has ended may be reused by now.
        return one.thread.isAlive() && tid != threads.adopter() ? scope : null;
      }
    }
    return null;
  }

  /** Returns what a thread, by its Java id, was bound to last at a time; null if to nothing. */
  synchronized @Nullable BindingRecord boundAt(long threadId, long nanos) {
    BindingRecord last = null;
    for (BindingRecord one : bound.getOrDefault(threadId, List.of())) {
      if (one.covers(nanos)) {
        last = one;
      }
    }
    return last;
  }
}
