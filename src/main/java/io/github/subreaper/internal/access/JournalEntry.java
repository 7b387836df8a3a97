package io.github.subreaper.internal.access;

import io.github.subreaper.ProcessEvent;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a journal: an event of a process, or one that concerns no process.
 *
 * @param kind what happened, as the files of reports name it, such as {@code exited}
 * @param source what reported it
 * @param nanos when it happened or was seen, by {@link System#nanoTime()}
 * @param at the same time by the clock of start times
 * @param words what happened, without the process: made when asked for, since few are shown
 * @param lost how many events are missing here
 * @param event null if it concerns no process
 */
public record JournalEntry(
    String kind,
    ProcessEvent.Source source,
    long nanos,
    Instant at,
    Supplier<String> words,
    long lost,
    @Nullable ProcessEvent event) {

  public String text() {
    return words.get();
  }

  /** Returns one line, for people. */
  @Override
  public String toString() {
    return event == null ? text() : event.toString();
  }
}
