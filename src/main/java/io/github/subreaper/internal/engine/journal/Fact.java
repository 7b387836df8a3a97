package io.github.subreaper.internal.engine.journal;

import java.lang.ref.Reference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened to one process, or to the session. Immutable. It names the process by the
 * number of its record and keeps no record in memory.
 *
 * @param number its place in the order of all facts, from 0
 * @param nanos when it happened, or was seen, by {@link System#nanoTime}
 * @param process the number of the record; {@link #NONE} if it concerns the session
 * @param record the record itself while it is in use; null if read from the file
 * @param name of the process at that time; empty if there is none
 * @param value a signal or a number; 0 if there is none
 * @param words what else it says
 */
public record Fact(
    long number,
    Kind kind,
    Source source,
    long nanos,
    long process,
    @Nullable Reference<?> record,
    String name,
    int value,
    List<String> words) {

  /** No process. */
  public static final long NONE = -1;

  /** The source that reported it. */
  public enum Source {
    /** A wait(2) that collected the process, or saw its zombie. */
    WAIT,
    /** A scan of /proc: it happened before that, and mostly after the scan before. */
    SCAN,
    /** The kernel, by ptrace(2): it happened then. */
    TRACE,
    /** The library did it. */
    LIBRARY
  }

  /** What happened. */
  public enum Kind {
    LAUNCHED,
    SEEN,
    FORKED,
    EXECUTED,
    RENAMED,
    ADOPTED,
    READY,
    SIGNALED,
    UNSENT,
    STOPPED,
    CONTINUED,
    EXITED,
    LEAKED,
    UNKILLABLE,
    FOREIGN,
    SCOPE_OPENED,
    SCOPE_ENDED,
    GUARDIAN_REPLACED,
    SCAN_INCOMPLETE,
    /** The facts from here on, {@code value} of them, are gone. */
    EVENTS_LOST
  }

  static Fact lost(long from, long to, long nanos) {
    int count = (int) Math.min(Integer.MAX_VALUE, to - from);
    return new Fact(
        from, Kind.EVENTS_LOST, Source.LIBRARY, nanos, NONE, null, "", count, List.of());
  }
}
