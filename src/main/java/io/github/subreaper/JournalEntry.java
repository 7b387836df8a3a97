package io.github.subreaper;

import java.time.Instant;

/**
 * One entry of a {@link Journal}: an event of a process, or one of the session. Immutable.
 *
 * <pre>{@code
 * supervisor.journal().entries().forEach(System.out::println);
 * }</pre>
 *
 * @since 0.1.0
 */
public sealed interface JournalEntry permits ProcessEvent, SessionEvent {

  /**
   * Returns when it happened or, for what a scan or the flight recorder found, when they found it.
   *
   * @return on the clock of {@link Descendant#startTime()}
   */
  Instant at();

  /**
   * Returns the same time on a clock that only runs forward.
   *
   * @return by {@link System#nanoTime()}
   */
  long nanos();

  /**
   * Returns the source that reported it.
   *
   * @return the source
   */
  ProcessEvent.Source source();
}
