package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.records.ProcessRecord;
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
public sealed interface ProcessEvent extends JournalEntry {

  /** What reported an event. */
  enum Source {
    /** The kernel reported it when it happened, by ptrace(2). */
    TRACE,
    /** A scan of /proc saw it: it happened before that. */
    SCAN,
    /** A wait(2) of this JVM reported it. */
    WAIT,
    /** This library did it, or the JDK's flight recorder reported it. */
    LIBRARY
  }

  /**
   * Returns the process that it happened to.
   *
   * @return alive or dead by now
   */
  Descendant process();

  /**
   * Returns the earlier bound of an event that a look found: it happened between that and {@link
   * #at()}.
   *
   * @return the last look before the end of a process, if nothing reported that at once; the start
   *     of a process that a scan saw first; empty for all other events
   */
  Optional<Instant> notBefore();

  /**
   * Returns what happened, without the process.
   *
   * @return one line, such as {@code killed by SIGTERM after 0.02 s}
   */
  String description();

  /** A {@link Supervisor} has launched it; it has exec'd. */
  final class Launched extends EventOfProcess implements ProcessEvent {
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
  final class Seen extends EventOfProcess implements ProcessEvent {
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
  final class Forked extends EventOfProcess implements ProcessEvent {
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
  final class Executed extends EventOfProcess implements ProcessEvent {
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
  final class Renamed extends EventOfProcess implements ProcessEvent {
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
  final class Adopted extends EventOfProcess implements ProcessEvent {
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
  final class Ready extends EventOfProcess implements ProcessEvent {
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
  final class Signaled extends EventOfProcess implements ProcessEvent {
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

    /**
     * Returns why this library sent it.
     *
     * @return such as {@code "asked to end"}
     */
    public Optional<String> reason() {
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
  final class Unsent extends EventOfProcess implements ProcessEvent {
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
  final class Stopped extends EventOfProcess implements ProcessEvent {
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
  final class Continued extends EventOfProcess implements ProcessEvent {
    Continued(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    @Override
    String what() {
      return "continued";
    }
  }

  /** It has ended. For a process that its own parent reaps, the status may be unknown. */
  final class Exited extends EventOfProcess implements ProcessEvent {
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
  final class Leaked extends EventOfProcess implements ProcessEvent {
    Leaked(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    @Override
    String what() {
      return "is a leak";
    }
  }

  /** It has survived all that was tried. */
  final class Unkillable extends EventOfProcess implements ProcessEvent {
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
  final class Foreign extends EventOfProcess implements ProcessEvent {
    Foreign(Engine engine, ProcessRecord process, Fact fact) {
      super(engine, process, fact);
    }

    @Override
    String what() {
      return "is foreign: nothing proves that this JVM started it";
    }
  }
}
