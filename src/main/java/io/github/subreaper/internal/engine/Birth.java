package io.github.subreaper.internal.engine;

/**
 * What is known of the time at which a process was born, for the question which scopes were open.
 *
 * @param ticks of the kernel's clock
 * @param latestNanos a time before which it was, by {@link System#nanoTime}
 * @param seenAlive by a scan: the last scan of a scope that has ended since would have shown it
 */
record Birth(long ticks, long latestNanos, boolean seenAlive) {
  /** Of a process that is started just now. */
  static final Birth NOW = new Birth(Long.MAX_VALUE, Long.MAX_VALUE, true);

  static Birth of(ProcessRecord process) {
    return new Birth(process.startTicks, Long.MAX_VALUE, process.isAlive());
  }

  boolean isAfter(Moment moment) {
    return moment.ticks() <= ticks
        && (latestNanos == Long.MAX_VALUE || moment.nanos() - latestNanos <= 0);
  }
}
