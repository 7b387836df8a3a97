package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;

/**
 * Watches for births on the whole machine. As long as no process or thread is born in the pid
 * namespace, the latest pid that it has given out stays the same ({@code ns_last_pid}, Linux 3.3
 * with CONFIG_CHECKPOINT_RESTORE).
 *
 * <p>The number is also the same after it has gone round once. So it has to be read often enough
 * that no code can fork that much in between. A process that is born with a chosen pid (clone3(2))
 * does not change the number; but its maker is a process, too.
 *
 * <p>A fork takes its pid some time before the child can be seen. So a pid that stands for nothing
 * is asked about again for a while.
 */
final class Births {
  private static final int LEAST_NUMBERS = 32_768;

  /** So many numbers cannot be given out in such a time; nor more numbers in a longer one. */
  private static final long LEAST_NANOS = 20_000_000;

  private static final long MOST_NANOS = 1_000_000_000;

  /** To ask about more takes as long as a scan. */
  private static final int MOST_NEW = 20;

  private static final int MOST_ROUNDS = 5;

  /** So many of the latest forks may be under way. */
  private static final int UNDER_WAY = 8;

  /** To ask about more at each call takes as long as a scan now and then. */
  private static final int MOST_UNBORN = 32;

  /** Longer than a fork takes. */
  private static final long FORK_NANOS = 1_000_000_000;

  private final Time time;
  private final IntSupplier latest;
  private final int numbers;
  private final IntPredicate isThere;
  private final IntPredicate mayBeOurs;

  /** Pids that stand for nothing, and since when. */
  private final Map<Integer, Long> unborn = new HashMap<>();

  private int last;
  private long askedNanos;

  /**
   * Watches nothing yet.
   *
   * @param latest returns the latest pid; 0 or less if unknown
   * @param numbers how many pids there are
   * @param isThere returns whether a pid stands for a process or thread, or a zombie of one: else
   *     it has ended, or is about to be born
   * @param mayBeOurs returns whether such a process may be this JVM's child; takes much longer
   */
  Births(Time time, IntSupplier latest, int numbers, IntPredicate isThere, IntPredicate mayBeOurs) {
    this.time = time;
    this.latest = latest;
    this.numbers = numbers;
    this.isThere = isThere;
    this.mayBeOurs = mayBeOurs;
  }

  /**
   * Returns whether pids cannot go round within moments. The latest one proves a birth even where
   * it shows none that was: see {@link NewPids}.
   */
  static boolean areManyPids(Kernel kernel) {
    return kernel.procfs.largestPid() >= LEAST_NUMBERS;
  }

  /**
   * Returns whether no process was born after one that has not been collected: its pid, which can't
   * be given out again, is still the latest. A process with a chosen pid does not count: it may be
   * scanned after the end of its maker has been reported.
   */
  boolean noneAfter(int pid) {
    return latest.getAsInt() == pid;
  }

  /** Returns a time in which the pids cannot go round. */
  long shortestRound() {
    return Math.min(MOST_NANOS, LEAST_NANOS * Math.max(1, numbers / LEAST_NUMBERS));
  }

  /** Starts to watch. */
  void watch() {
    askedNanos = time.nanos();
    last = numbers >= LEAST_NUMBERS ? latest.getAsInt() : 0;
    unborn.clear();
    for (int pid = last; pid > Math.max(0, last - UNDER_WAY); pid--) {
      isThere(pid);
    }
  }

  /** Returns whether certainly no process was born since. Once it is false it stays false. */
  boolean none() {
    return none(0);
  }

  /**
   * Returns the same also where others were born, but none of this JVM. For a caller that knows
   * that no process of this JVM lived when it started to watch: so the first that was born since is
   * its child.
   */
  boolean noneOfOurs() {
    return none(MOST_NEW);
  }

  private boolean none(int mostNew) {
    boolean sure =
        last > 0
            && unborn.size() <= MOST_UNBORN
            && unborn.keySet().stream().noneMatch(isThere::test);
    int from = 0;
    for (int round = 0; sure && from != last; round++) {
      long before = askedNanos;
      askedNanos = time.nanos();
      from = last;
      last = latest.getAsInt();
      sure =
          last > 0
              && round < MOST_ROUNDS
              && Math.floorMod(last - from, numbers) <= mostNew
              && time.nanos() - before < shortestRound();
      // Parents come before their children, which are this JVM's once a parent has ended.
      for (int pid = from; sure && pid != last; ) {
        pid = pid + 1 >= numbers ? 1 : pid + 1;
        sure = !isThere(pid) || !mayBeOurs.test(pid);
      }
    }
    last = sure ? last : 0;
    unborn.values().removeIf(since -> askedNanos - since > FORK_NANOS);
    return sure;
  }

  /** Keeps in mind what is not there, since it may be about to be born. */
  private boolean isThere(int pid) {
    boolean there = isThere.test(pid);
    if (!there) {
      unborn.put(pid, askedNanos);
    }
    return there;
  }
}
