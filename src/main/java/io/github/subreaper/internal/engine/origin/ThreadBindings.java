package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.linux.Time;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Threads that work for a scope, or worked for one at a time. */
public final class ThreadBindings {
  /** At this number old bindings are dropped for the first time: they explain nothing new. */
  private static final int MANY = 1000;

  private static final long OLD_NANOS = 60_000_000_000L;

  /** A scope with the Java id of the thread that works for it. */
  public record Bound(Scope scope, long thread) {}

  private record Visible(Thread thread, BindingRecord binding) {}

  /** Drops old entries each time their number has doubled: at each addition it would be slow. */
  private static final class Pruning {
    private int next = MANY;

    <T> void prune(Collection<T> all, Predicate<T> old) {
      if (all.size() >= next) {
        all.removeIf(old);
        next = Math.max(MANY, 2 * all.size());
      }
    }
  }

  /** Those of one thread. */
  private static final class OfThread<T> {
    final List<T> all = new ArrayList<>();
    private final Pruning pruning = new Pruning();

    void add(T one, Predicate<T> old) {
      pruning.prune(all, old);
      all.add(one);
    }
  }

  private final Time time;

  /** By the Java id of the thread, including bindings that have ended. */
  private final Map<Long, OfThread<BindingRecord>> bound = new HashMap<>();

  /** By the kernel's id of the thread. */
  private final Map<Integer, OfThread<Visible>> visible = new HashMap<>();

  private final Pruning boundPruning = new Pruning();
  private final Pruning visiblePruning = new Pruning();
  private final Threads threads;

  public ThreadBindings(Time time, Threads threads) {
    this.time = time;
    this.threads = threads;
  }

  /**
   * Binds a thread: from now on, what it starts by itself counts as this scope's. The kernel's id
   * is known for the calling thread only; the flight recorder shows what others start.
   */
  public synchronized void bind(Thread thread, BindingRecord binding) {
    long old = time.nanos() - OLD_NANOS;
    boundPruning.prune(
        bound.values(), its -> its.all.stream().allMatch(one -> one.endedBefore(old)));
    bound
        .computeIfAbsent(thread.getId(), id -> new OfThread<>())
        .add(binding, one -> one.endedBefore(old));
    visiblePruning.prune(
        visible.values(), seen -> seen.all.stream().noneMatch(one -> one.thread.isAlive()));
    int tid = thread == Thread.currentThread() ? threads.currentPlatformId() : 0;
    if (tid != 0) {
      visible
          .computeIfAbsent(tid, id -> new OfThread<>())
          .add(new Visible(thread, binding), one -> one.binding.endedBefore(old));
    }
  }

  /** Drops the bindings of scopes that have ended. Others are evidence until their scope's end. */
  public synchronized void forgetEnded() {
    visible.values().forEach(its -> its.all.removeIf(one -> one.binding.scope() == null));
    visible.values().removeIf(its -> its.all.isEmpty());
  }

  /**
   * Returns the scope that a thread was bound to last at some time of a span; null if to none. The
   * scope may have ended this binding since, but must not have ended itself.
   *
   * @param tid of the thread; that of the adopter is no evidence, since all orphans are in its list
   * @param fromNanos start of the span, by {@link System#nanoTime}
   * @param toNanos end of the span
   */
  public synchronized @Nullable Bound boundTo(int tid, long fromNanos, long toNanos) {
    OfThread<Visible> its = visible.get(tid);
    List<Visible> all = its == null ? List.of() : its.all;
    for (int i = all.size() - 1; i >= 0; i--) {
      Visible one = all.get(i);
      Scope scope = one.binding.scope();
      if (scope != null && one.binding.overlaps(fromNanos, toNanos)) {
        // The id of a thread that has ended may be reused by now.
        return one.thread.isAlive() && tid != threads.adopter()
            ? new Bound(scope, one.thread.getId())
            : null;
      }
    }
    return null;
  }

  /** Returns what a thread, by its Java id, was bound to last at a time; null if to nothing. */
  public synchronized @Nullable BindingRecord boundAt(long threadId, long nanos) {
    BindingRecord last = null;
    OfThread<BindingRecord> its = bound.get(threadId);
    for (BindingRecord one : its == null ? List.<BindingRecord>of() : its.all) {
      if (one.covers(nanos)) {
        last = one;
      }
    }
    return last;
  }
}
