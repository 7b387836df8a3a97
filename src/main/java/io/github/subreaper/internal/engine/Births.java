package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Procfs;

/**
 * Tells that nobody was born on the whole machine since somebody asked last: the latest number that
 * the pid namespace has given out is still the same ({@code ns_last_pid}, Linux 3.3 with
 * CONFIG_CHECKPOINT_RESTORE). Threads count as well.
 *
 * <p>It is the same again when all the others were given out meanwhile: so the answer is yes only
 * where the question before was asked so short ago that nobody can fork that often. A process that
 * is born with a chosen number (clone3(2)) does not count; whoever makes one is a process, too.
 */
final class Births {
  private static final int LEAST_NUMBERS = 32_768;
  private static final long LONGEST_NANOS = 10_000_000;

  private final boolean known = Procfs.lastPid() > 0 && Procfs.largestPid() >= LEAST_NUMBERS;
  private int last;
  private long askedNanos;

  /** The next answer is no. */
  void forget() {
    last = 0;
  }

  /** Whether nobody was born since the call before; false if that is not known. */
  boolean noneSinceAskedBefore() {
    if (!known) {
      return false;
    }
    int before = last;
    long beforeNanos = askedNanos;
    askedNanos = System.nanoTime();
    last = Procfs.lastPid();
    return last > 0 && last == before && System.nanoTime() - beforeNanos < LONGEST_NANOS;
  }
}
