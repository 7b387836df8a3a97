package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Procfs;

/**
 * Watches whether anybody is born on the whole machine: as long as nobody is, the latest number
 * that the pid namespace has given out stays the same ({@code ns_last_pid}, Linux 3.3 with
 * CONFIG_CHECKPOINT_RESTORE). Threads count as well.
 *
 * <p>It is the same again when all the others were given out meanwhile: so it has to be asked so
 * often that nobody can fork that much in between. A process that is born with a chosen number
 * (clone3(2)) does not count; whoever makes one is a process, too.
 */
final class Births {
  private static final int LEAST_NUMBERS = 32_768;
  private static final long LONGEST_NANOS = 10_000_000;

  private final boolean known = Procfs.lastPid() > 0 && Procfs.largestPid() >= LEAST_NUMBERS;
  private int last;
  private long askedNanos;

  /**
   * Whether nobody was born after a process that has not been collected: its number, which can't be
   * given out again, is the latest. But for one with a chosen number, which does not count: he may
   * be looked at later than his maker's end is told.
   */
  static boolean noneAfter(int pid) {
    return Procfs.lastPid() == pid;
  }

  /** From now on. */
  void watch() {
    askedNanos = System.nanoTime();
    last = known ? Procfs.lastPid() : 0;
  }

  /** Whether it is certain that nobody was born since: once it is not, it is not again. */
  boolean none() {
    if (last <= 0) {
      return false;
    }
    long before = askedNanos;
    askedNanos = System.nanoTime();
    if (Procfs.lastPid() != last || System.nanoTime() - before >= LONGEST_NANOS) {
      last = 0;
    }
    return last > 0;
  }
}
