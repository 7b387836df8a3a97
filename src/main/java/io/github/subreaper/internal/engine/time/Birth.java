package io.github.subreaper.internal.engine.time;

/**
 * What is known of the time at which a process was born. It decides which scopes were open then.
 *
 * @param ticks of the kernel's clock
 * @param nanos by {@link System#nanoTime}, which then counts alone; the largest number if unknown
 * @param seenAlive by a scan: the last scan of a scope that has ended since would have shown it
 * @param pid 0 for none yet
 */
public record Birth(long ticks, long nanos, boolean seenAlive, int pid) {
  private static final long UNKNOWN = Long.MAX_VALUE;

  /** The birth of a process that is started just now. */
  public static final Birth NOW = new Birth(Long.MAX_VALUE, UNKNOWN, true, 0);

  /** Returns the birth of a process that a scan has seen, if only as a zombie. */
  public static Birth ofRecord(int pid, long startTicks, boolean alive) {
    return new Birth(startTicks, UNKNOWN, alive, pid);
  }

  /** Returns the birth of a process that no scan saw, by the event of its start. */
  public static Birth ofEvent(long nanos) {
    return new Birth(0, nanos, false, 0);
  }

  /** Returns whether it was in the tick of that time, or later. */
  public boolean isAfter(Moment moment) {
    return nanos == UNKNOWN ? moment.ticks() <= ticks : moment.nanos() - nanos <= 0;
  }

  /** Returns whether it was in the tick of that time, or earlier. */
  public boolean isBefore(Moment moment) {
    return nanos == UNKNOWN ? moment.ticks() >= ticks : moment.nanos() - nanos >= 0;
  }
}
