package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.messages.Text;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** What all events of processes have in common. */
abstract class EventOfProcess {
  private final Engine engine;
  private final Descendant process;
  private final Fact fact;

  EventOfProcess(Engine engine, ProcessRecord process, Fact fact) {
    this.engine = engine;
    this.process = new Descendant(engine, process);
    this.fact = fact;
  }

  /**
   * Makes an event.
   *
   * @param byNumber finds other records; null for those that are gone
   * @return null if a process that it names is gone
   */
  static @Nullable ProcessEvent of(
      Engine engine,
      ProcessRecord process,
      Fact fact,
      LongFunction<@Nullable ProcessRecord> byNumber) {
    return switch (fact.kind()) {
      case LAUNCHED -> new ProcessEvent.Launched(engine, process, fact);
      case SEEN -> new ProcessEvent.Seen(engine, process, fact);
      case FORKED -> {
        ProcessRecord child = byNumber.apply(Long.parseLong(fact.words().get(0)));
        yield child == null ? null : new ProcessEvent.Forked(engine, process, fact, child);
      }
      case EXECUTED -> new ProcessEvent.Executed(engine, process, fact);
      case RENAMED -> new ProcessEvent.Renamed(engine, process, fact);
      case ADOPTED -> new ProcessEvent.Adopted(engine, process, fact);
      case READY -> new ProcessEvent.Ready(engine, process, fact);
      case SIGNALED -> new ProcessEvent.Signaled(engine, process, fact, byNumber);
      case UNSENT -> new ProcessEvent.Unsent(engine, process, fact);
      case STOPPED -> new ProcessEvent.Stopped(engine, process, fact);
      case CONTINUED -> new ProcessEvent.Continued(engine, process, fact);
      case EXITED -> new ProcessEvent.Exited(engine, process, fact);
      case LEAKED -> new ProcessEvent.Leaked(engine, process, fact);
      case UNKILLABLE -> new ProcessEvent.Unkillable(engine, process, fact);
      case FOREIGN -> new ProcessEvent.Foreign(engine, process, fact);
      case SCOPE_OPENED, SCOPE_ENDED, GUARDIAN_REPLACED, SCAN_INCOMPLETE, LOST ->
          throw new IllegalArgumentException(fact.kind() + " concerns no process");
    };
  }

  abstract String what();

  List<String> words() {
    return fact.words();
  }

  int value() {
    return fact.value();
  }

  /**
   * Returns the process that it happened to.
   *
   * @return alive or dead by now
   */
  public Descendant process() {
    return process;
  }

  /**
   * Returns when it happened, or when a scan saw it. It is never before the event that the journal
   * has before it: a late parent collects a process that {@link Descendant#endedAt() ended}
   * earlier.
   *
   * @return on the clock of {@link Descendant#startTime()}
   */
  public Instant at() {
    return engine.queries().at(fact.nanos());
  }

  /**
   * Returns the same time on a clock that only runs forward.
   *
   * @return by {@link System#nanoTime()}
   */
  public long nanos() {
    return fact.nanos();
  }

  /**
   * Returns the earlier bound of an event that a look found.
   *
   * @return empty if it is unknown, or if {@link #at()} is the time
   */
  public Optional<Instant> notBefore() {
    return Optional.empty();
  }

  /**
   * Returns the source that reported it.
   *
   * @return the source
   */
  public ProcessEvent.Source source() {
    return ProcessEvent.Source.valueOf(fact.source().name());
  }

  /**
   * Returns what happened, without the process.
   *
   * @return one line, such as {@code killed by SIGTERM after 0.02 s}
   */
  public String description() {
    return Text.safe(what());
  }

  /**
   * Returns the process and what happened to it.
   *
   * @return one line
   */
  @Override
  public String toString() {
    return process.pid()
        + " "
        + Text.safe(fact.name())
        + ": "
        + description()
        + (fact.source() == Fact.Source.SCAN ? " (seen by a scan)" : "");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EventOfProcess that
        && engine == that.engine
        && fact.number() == that.fact.number();
  }

  @Override
  public int hashCode() {
    return Long.hashCode(fact.number());
  }
}
