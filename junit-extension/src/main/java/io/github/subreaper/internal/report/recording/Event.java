package io.github.subreaper.internal.report.recording;

import io.github.subreaper.internal.report.recording.Recording.Source;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened.
 *
 * @param seq its place, from 1 on
 * @param at when it happened, or when a scan saw it
 * @param kind what
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
    Kind kind,
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

  /** What happened. */
  public enum Kind {
    /** A Supervisor launched the process. */
    LAUNCHED,
    /** The process was seen for the first time. */
    SEEN,
    /** The process forked another one. */
    FORKED,
    /** The process executes another file. */
    EXECUTED,
    /** The process has another command line. */
    RENAMED,
    /** The JVM adopted the process. */
    ADOPTED,
    /** The launch is ready. */
    READY,
    /** A signal was sent to the process. */
    SIGNALED,
    /** A signal was not sent to the process, which had ended. */
    UNSENT,
    /** A signal stopped the process. */
    STOPPED,
    /** The process continues after a stop. */
    CONTINUED,
    /** The process ended. */
    EXITED,
    /** The process is a leak. */
    LEAKED,
    /** The process could not be killed. */
    UNKILLABLE,
    /** Nothing proves that the JVM started the process. */
    FOREIGN,
    /** A scope was opened. */
    SCOPE_OPENED,
    /** A scope ended. */
    SCOPE_ENDED,
    /** Another guardian runs. */
    GUARDIAN_REPLACED,
    /** A scan could not read something. */
    SCAN_INCOMPLETE,
    /** Events are missing here. */
    EVENTS_LOST
  }
}
