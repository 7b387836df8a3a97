package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.text.Text;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to one process. Immutable.
 *
 * <pre>{@code
 * for (ProcessEvent event : supervisor.journal().events()) {
 *   if (event instanceof ProcessEvent.Exited exited) {
 *     System.out.println(exited.process() + ": " + exited.status());
 *   }
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public abstract sealed class ProcessEvent {

  /** What reported an event. */
  public enum Source {
    /** The kernel reported it when it happened, by ptrace(2). */
    TRACE,
    /** A scan of /proc saw it: it happened before that. */
    SCAN,
    /** A wait(2) of this JVM reported it. */
    WAIT,
    /** This library did it, or the JDK's flight recorder reported it. */
    LIBRARY
  }

  private final Engine engine;
  private final Descendant process;
  private final Fact fact;

  private ProcessEvent(Engine engine, ProcessRecord process, Fact fact) {
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
      case LAUNCHED -> new Launched(engine, process, fact);
      case SEEN -> new Seen(engine, process, fact);
      case FORKED -> {
        ProcessRecord child = byNumber.apply(Long.parseLong(fact.words().get(0)));
        yield child == null ? null : new Forked(engine, process, fact, child);
      }
      case EXECUTED -> new Executed(engine, process, fact);
      case RENAMED -> new Renamed(engine, process, fact);
      case ADOPTED -> new Adopted(engine, process, fact);
      case READY -> new Ready(engine, process, fact);
      case SIGNALED -> new Signaled(engine, process, fact, byNumber);
      case UNSENT -> new Unsent(engine, process, fact);
      case STOPPED -> new Stopped(engine, process, fact);
      case CONTINUED -> new Continued(engine, process, fact);
      case EXITED -> new Exited(engine, process, fact);
      case LEAKED -> new Leaked(engine, process, fact);
      case UNKILLABLE -> new Unkillable(engine, process, fact);
      case FOREIGN -> new Foreign(engine, process, fact);
      case SCOPE_OPENED, SCOPE_ENDED, GUARDIAN_REPLACED, SCAN_INCOMPLETE, EVENTS_LOST ->
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
   * Returns the earlier bound of an event that a look found: it happened between that and {@link
   * #at()}.
   *
   * @return the last look before the end of a process, if nothing reported that at once; the start
   *     of a process that a scan saw first; empty for all other events
   */
  public Optional<Instant> notBefore() {
    return Optional.empty();
  }

  /**
   * Returns the source that reported it.
   *
   * @return the source
   */
  public Source source() {
    return Source.valueOf(fact.source().name());
  }

  /** Returns what happened, without the process, such as {@code killed by SIGTERM after 0.02 s}. */
  String description() {
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
    return other instanceof ProcessEvent that
        && engine == that.engine
        && fact.number() == that.fact.number();
  }

  @Override
  public int hashCode() {
    return Long.hashCode(fact.number());
  }

  /** A {@link Supervisor} has launched it; it has exec'd. */
  public static final class Launched extends ProcessEvent {
    Launched(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns the command line with which it was launched.
     *
     * @return its words
     */
    public List<String> command() {
      return words();
    }

    @Override
    String what() {
      return "launched";
    }
  }

  /**
   * It was seen for the first time, and was not launched: code under test started it, or a process
   * below this JVM.
   */
  public static final class Seen extends ProcessEvent {
    Seen(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    @Override
    public Optional<Instant> notBefore() {
      return source() == Source.SCAN ? Optional.of(process().startTime()) : Optional.empty();
    }

    @Override
    String what() {
      return "first seen" + process().parent().map(parent -> " below " + parent.pid()).orElse("");
    }
  }

  /** It has forked another process: fork(2), vfork(2) or clone(2). Only a trace reports that. */
  public static final class Forked extends ProcessEvent {
    private final Descendant child;

    Forked(Engine engine, ProcessRecord process, Fact fact, ProcessRecord child) {
      super(engine, process, fact);
      this.child = new Descendant(engine, child);
    }

    /**
     * Returns the new process, which has run nothing yet.
     *
     * @return alive or dead by now
     */
    public Descendant child() {
      return child;
    }

    @Override
    String what() {
      return "forked " + child.pid();
    }
  }

  /**
   * It executes another file than before, execve(2); if a trace reports it, any file. A scan does
   * not show an exec of the same file, which looks like {@link Renamed}, and misses one that leaves
   * the command line as it was.
   */
  public static final class Executed extends ProcessEvent {
    Executed(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns the file.
     *
     * @return empty if this JVM may not read it
     */
    public Optional<Path> executable() {
      String file = words().get(0);
      return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
    }

    /**
     * Returns the command line that was seen.
     *
     * @return its words
     */
    public List<String> command() {
      return words().subList(1, words().size());
    }

    @Override
    String what() {
      return "executed " + String.join(" ", command());
    }
  }

  /**
   * It has another command line than before: it has exec'd the same file, or one that this JVM may
   * not read, or has written a title over its arguments.
   */
  public static final class Renamed extends ProcessEvent {
    Renamed(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns the command line that was seen.
     *
     * @return its words
     */
    public List<String> command() {
      return words();
    }

    @Override
    String what() {
      return "has the command line " + String.join(" ", command());
    }
  }

  /** Its parent has ended, and this JVM has adopted it. */
  public static final class Adopted extends ProcessEvent {
    Adopted(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns the process that it was seen below first.
     *
     * @return empty if none was seen
     */
    public Optional<Descendant> formerParent() {
      return process().parent();
    }

    @Override
    String what() {
      return "adopted"
          + formerParent().map(parent -> "; its parent was " + parent.pid()).orElse("");
    }
  }

  /** Its launch is ready, {@link Launch#awaitReady}. The process is the launched one. */
  public static final class Ready extends ProcessEvent {
    Ready(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns what was waited for.
     *
     * @return in the words of {@link io.github.subreaper.Ready}
     */
    public String condition() {
      return words().get(0);
    }

    @Override
    String what() {
      return "ready: " + condition();
    }
  }

  /** A signal was sent to it. Only a trace reports signals that others send. */
  public static final class Signaled extends ProcessEvent {
    private final Optional<Sender> sender;

    Signaled(
        Engine engine,
        ProcessRecord process,
        Fact fact,
        LongFunction<@Nullable ProcessRecord> byNumber) {
      super(engine, process, fact);
      sender = Sender.of(engine, fact, byNumber);
    }

    /**
     * Returns the signal.
     *
     * @return which one
     */
    public Signal signal() {
      return Signal.of(value());
    }

    /**
     * Returns what sent it.
     *
     * @return this JVM, or the sender that a trace reports; empty if the receiver is in another pid
     *     namespace
     */
    public Optional<Sender> sender() {
      return sender;
    }

    /** Returns why this library sent it, such as {@code "asked to end"}. */
    Optional<String> reason() {
      return source() == Source.LIBRARY ? words().stream().findFirst() : Optional.empty();
    }

    @Override
    String what() {
      return (source() == Source.LIBRARY ? "was sent " : "got ")
          + signal()
          + sender().map(one -> (one.isProcess() ? " by " : " from ") + one).orElse("")
          + reason().map(reason -> ": " + reason).orElse("");
    }
  }

  /**
   * The test has sent it a signal after its end, so {@link Descendant#signal} has returned false.
   * Of equal ones in a row this is the first.
   */
  public static final class Unsent extends ProcessEvent {
    Unsent(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns the signal.
     *
     * @return which one
     */
    public Signal signal() {
      return Signal.of(value());
    }

    @Override
    String what() {
      return signal() + " was not sent: it had ended";
    }
  }

  /**
   * A signal has stopped it. A scan shows this of children of this JVM and of what this library has
   * stopped: of other processes /proc does not show the signal.
   */
  public static final class Stopped extends ProcessEvent {
    Stopped(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns the signal.
     *
     * @return usually SIGSTOP or SIGTSTP
     */
    public Signal signal() {
      return Signal.of(value());
    }

    @Override
    String what() {
      return "stopped by " + signal();
    }
  }

  /** It continues after a stop. */
  public static final class Continued extends ProcessEvent {
    Continued(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    @Override
    String what() {
      return "continued";
    }
  }

  /** It has ended. For a process that its own parent reaps, the status may be unknown. */
  public static final class Exited extends ProcessEvent {
    Exited(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns how it ended. What it has used is in {@link Descendant#userTime()} and the like.
     *
     * @return the status
     */
    public ExitStatus status() {
      return process().exitStatus().orElseThrow();
    }

    @Override
    public Optional<Instant> notBefore() {
      return process().endedBetween().map(TimeSpan::from);
    }

    @Override
    String what() {
      return status() + process().lived();
    }
  }

  /** Its scope has ended while it was alive, and should not have left it. */
  public static final class Leaked extends ProcessEvent {
    Leaked(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    @Override
    String what() {
      return "is a leak";
    }
  }

  /** It has survived all that was tried. */
  public static final class Unkillable extends ProcessEvent {
    Unkillable(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    /**
     * Returns why.
     *
     * @return for people
     */
    public String reason() {
      return words().get(0);
    }

    @Override
    String what() {
      return "cannot be killed: " + reason();
    }
  }

  /** It is a child of this JVM, and nothing proves that this JVM started it. It gets no signal. */
  public static final class Foreign extends ProcessEvent {
    Foreign(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    @Override
    String what() {
      return "is foreign: nothing proves that this JVM started it";
    }
  }
}
