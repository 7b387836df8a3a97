package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.messages.Text;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a {@link Journal} that concerns no process. Immutable.
 *
 * <pre>{@code
 * supervisor.journal().entries().stream()
 *     .filter(SessionEvent.class::isInstance)
 *     .forEach(System.out::println); // such as: scope DaemonTest.starts() opened
 * }</pre>
 *
 * @since 0.1.0
 */
public final class SessionEvent implements JournalEntry {
  private final Kind kind;
  private final String text;
  private final Instant at;
  private final Fact fact;

  private SessionEvent(Kind kind, String text, Instant at, Fact fact) {
    this.kind = kind;
    this.text = text;
    this.at = at;
    this.fact = fact;
  }

  static SessionEvent of(Engine engine, Fact fact) {
    Instant at = engine.queries().at(fact.nanos());
    return switch (fact.kind()) {
      case SCOPE_OPENED ->
          new SessionEvent(Kind.SCOPE_OPENED, "scope " + name(fact) + " opened", at, fact);
      case SCOPE_ENDED ->
          new SessionEvent(Kind.SCOPE_ENDED, "scope " + name(fact) + " ended", at, fact);
      case GUARDIAN_REPLACED ->
          new SessionEvent(
              Kind.GUARDIAN_REPLACED, "the guardian had ended; another one runs", at, fact);
      case SCAN_INCOMPLETE ->
          new SessionEvent(
              Kind.SCAN_INCOMPLETE,
              "a scan of /proc is not complete: something could not be read, such as for want of a"
                  + " descriptor",
              at,
              fact);
      default ->
          new SessionEvent(
              Kind.EVENTS_LOST,
              Text.count(fact.value(), "event is", "events are")
                  + " lost here, of this session's: the temporary directory is full, or removed by now",
              at,
              fact);
    };
  }

  private static String name(Fact fact) {
    return Text.safe(fact.words().get(0));
  }

  /** What happened. */
  public enum Kind {
    /** A scope was opened: a class or test began. */
    SCOPE_OPENED,
    /** A scope has ended. */
    SCOPE_ENDED,
    /** The guardian had ended, and another one has taken its place. */
    GUARDIAN_REPLACED,
    /** A scan could not read something; of several in a row this is the first. */
    SCAN_INCOMPLETE,
    /** Events that happened here are lost: {@link SessionEvent#toString()} says how many. */
    EVENTS_LOST
  }

  /**
   * Returns what happened.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Returns how many events are lost.
   *
   * @return 0 unless it is {@link Kind#EVENTS_LOST}
   */
  public long lost() {
    return kind == Kind.EVENTS_LOST ? fact.value() : 0;
  }

  @Override
  public Instant at() {
    return at;
  }

  @Override
  public long nanos() {
    return fact.nanos();
  }

  @Override
  public ProcessEvent.Source source() {
    return ProcessEvent.Source.valueOf(fact.source().name());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SessionEvent that && fact.equals(that.fact);
  }

  @Override
  public int hashCode() {
    return fact.hashCode();
  }

  /**
   * Returns what happened, in words.
   *
   * @return one line
   */
  @Override
  public String toString() {
    return text;
  }
}
