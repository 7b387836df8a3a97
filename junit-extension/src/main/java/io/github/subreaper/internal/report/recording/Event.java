package io.github.subreaper.internal.report.recording;

import io.github.subreaper.ProcessEvent.Source;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened.
 *
 * @param seq its place, from 1 on
 * @param at when it happened, or when a scan saw it
 * @param kind what, as files name it, such as {@code exited}
 * @param source what reported it
 * @param process the number of the process; 0 if it concerns none
 * @param text the same for people, without the name of the process
 * @param other the number of another process: the child of a fork, the former parent of an adopted
 *     one, the sender of a signal; 0 for none
 * @param signal such as {@code SIGTERM}; null if the event has none
 * @param sender what sent the signal, for people; null if unknown
 */
public record Event(
    long seq,
    long at,
    String kind,
    Source source,
    int process,
    String text,
    int other,
    @Nullable String signal,
    @Nullable String sender) {
  /** Bounds the texts. */
  public Event {
    text = Bounds.text(text);
    sender = Bounds.textOrNull(sender);
  }
}
