package io.github.subreaper.internal.report.recording;

import java.time.Duration;
import java.time.Instant;

/**
 * The time in a recording.
 *
 * @param origin time 0 by {@link System#nanoTime()}
 * @param wallOrigin time 0 by the wall clock
 */
record RecordedTime(long origin, Instant wallOrigin) {

  /** Returns a time by {@link System#nanoTime()}. */
  long of(long nanos) {
    return nanos - origin;
  }

  long of(Instant time) {
    return Duration.between(wallOrigin, time).toNanos();
  }
}
