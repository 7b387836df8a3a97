package io.github.subreaper.internal.report.recording;

import io.github.subreaper.ProcessEvent.Source;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the processes of one test did: plain values, without a handle to anything that lives. All
 * times are nanoseconds since the origin in the header. Texts are as the processes gave them, but
 * for secrets, which are masked, and for what is too long: whatever shows them has to escape them.
 *
 * @param header which test, and where
 * @param processes numbered from 1; each comes after its parent
 * @param events in the order in which they were recorded
 * @param phases of the test, in order
 * @param treeBefore the lines of the tree as {@code ps f} shows it before the scope's end
 * @param treeAfter the same after that end
 * @param outputs of the launches
 */
public record Recording(
    Header header,
    List<Proc> processes,
    List<Event> events,
    List<Phase> phases,
    List<String> treeBefore,
    List<String> treeAfter,
    List<Output> outputs) {

  /** Copies the lists. */
  public Recording {
    processes = List.copyOf(processes);
    events = List.copyOf(events);
    phases = List.copyOf(phases);
    treeBefore = List.copyOf(Bounds.lines(treeBefore));
    treeAfter = List.copyOf(Bounds.lines(treeAfter));
    outputs = List.copyOf(outputs);
  }

  /**
   * Finds a process.
   *
   * @param number 0 for none
   * @return empty if there is none with that number
   */
  public Optional<Proc> process(int number) {
    if (number <= 0) {
      return Optional.empty(); // asked for each event
    }
    if (number <= processes.size() && processes.get(number - 1).number() == number) {
      return Optional.of(processes.get(number - 1)); // as the recorder numbers them
    }
    return processes.stream().filter(one -> one.number() == number).findFirst();
  }

  /**
   * Which test, and where it ran.
   *
   * @param about which library, machine and JVM
   * @param test which
   * @param wallOrigin time 0 by the wall clock
   * @param monotonicOrigin time 0 by {@link System#nanoTime()}
   * @param complete whether nothing that was recorded is missing here: no event was lost, and the
   *     file was not cut
   * @param lost how many events were lost
   * @param exact whether the kernel has reported each event
   * @param mayMiss whether more processes were born at a time than could be read: some may be
   *     missing
   * @param result of the test
   * @param failure what made the test fail, or why it was aborted; null if nothing did
   */
  public record Header(
      About about,
      Recorder.Test test,
      Instant wallOrigin,
      long monotonicOrigin,
      boolean complete,
      long lost,
      boolean exact,
      boolean mayMiss,
      Result result,
      @Nullable String failure) {
    /** Bounds the texts. */
    public Header {
      test = test.bounded();
      failure = failure == null ? null : Bounds.text(failure, Bounds.FAILURE);
    }
  }

  /** How a test ended. */
  public enum Result {
    /** It succeeded. */
    PASSED,
    /** It failed, by itself or by what it left. */
    FAILED,
    /** An assumption did not hold. */
    ABORTED,
    /** The recording was made before the test had ended, or it is of no test. */
    UNKNOWN
  }

  /** A property of a process that either holds or not. */
  public enum Mark {
    /** It is the first process of a launch. */
    LAUNCHED,
    /** Its events were reported by the kernel. */
    TRACED,
    /** Its parent ended, and the JVM adopted it. */
    ADOPTED,
    /** Its scope should not have left it. */
    LEAKED,
    /** It could not be killed. */
    SURVIVOR,
    /** Nothing proves that the JVM started it. */
    FOREIGN
  }

  /**
   * One process.
   *
   * @param number unique within the recording: pids are reused
   * @param pid in the pid namespace of the JVM
   * @param parent the number of the process that forked it; 0 if that is the JVM, or unknown
   * @param name as {@code ps} shows it
   * @param bornAt when it was born; before 0 if it is older than the scope
   * @param bornBy what reported that: after {@link Source#TRACE} the time is exact, otherwise to a
   *     hundredth of a second
   * @param endedAt when it ended; null if it was alive at the end of the recording
   * @param aliveAt when it was last seen alive, if it ended at some time between that and endedAt;
   *     null if its end is known better
   * @param commands what it executed, and the titles that it gave itself, in order; the first one
   *     may be that of its parent
   * @param uid its real user id; null if unknown
   * @param user the name of that user in passwd(5); null if there is none
   * @param scope the name of the scope that it belongs to, which may be nested in the recorded one;
   *     null for a foreign process
   * @param launch the label of the launch that it comes from; null if from none
   * @param adoptedAt when the JVM was first seen to be its parent; null if never
   * @param end how it ended; null if it was alive at the end of the recording
   * @param usage what it has used; null if unknown
   * @param origin the line of code that started it; null if unknown
   * @param marks what else holds
   */
  public record Proc(
      int number,
      long pid,
      int parent,
      String name,
      long bornAt,
      Source bornBy,
      @Nullable Long endedAt,
      @Nullable Long aliveAt,
      List<Command> commands,
      @Nullable Integer uid,
      @Nullable String user,
      @Nullable String scope,
      @Nullable String launch,
      @Nullable Long adoptedAt,
      @Nullable End end,
      @Nullable Usage usage,
      @Nullable String origin,
      Set<Mark> marks) {

    /** Copies list and set, and bounds the texts. */
    public Proc {
      name = Bounds.text(name);
      user = Bounds.textOrNull(user);
      scope = Bounds.textOrNull(scope);
      launch = Bounds.textOrNull(launch);
      origin = Bounds.textOrNull(origin);
      commands = List.copyOf(commands);
      aliveAt = endedAt == null || aliveAt == null || aliveAt >= endedAt ? null : aliveAt;
      EnumSet<Mark> ordered = EnumSet.noneOf(Mark.class);
      ordered.addAll(marks);
      marks = Collections.unmodifiableSet(ordered);
    }

    /**
     * Returns whether something holds.
     *
     * @param mark what
     * @return true if so
     */
    public boolean is(Mark mark) {
      return marks.contains(mark);
    }
  }

  /**
   * What a process executed from some time on.
   *
   * @param at when that was reported
   * @param isExec false if it only has another title than before
   * @param executable the file; null if unknown
   * @param words the command line, without secrets
   */
  public record Command(long at, boolean isExec, @Nullable String executable, List<String> words) {
    /** Copies the list, and bounds the texts. */
    public Command {
      executable = Bounds.textOrNull(executable);
      words = List.copyOf(Bounds.words(words));
    }
  }

  /** What caused an end. */
  public enum Cause {
    /** It exited, or it raised the signal in itself. */
    BY_ITSELF,
    /** A signal of another process, or of the test, ended it. */
    OTHER,
    /** It ended after the library's stop signal. */
    STOP_SIGNAL,
    /** The library killed it. */
    KILL
  }

  /**
   * How a process ended: with a code, by a signal, or, if both are null, in an unknown way.
   *
   * @param code the exit code; null if a signal ended it
   * @param signal such as {@code SIGTERM}; null if it exited
   * @param coreDumped whether the kernel wrote a core dump
   * @param cause what caused it; null if unknown
   * @param sender what sent the signal, for people; null if unknown
   * @param senderProcess the number of the sender; 0 if it is not a process of the recording
   * @param text the same for people, such as {@code killed by SIGTERM}
   */
  public record End(
      @Nullable Integer code,
      @Nullable String signal,
      boolean coreDumped,
      @Nullable Cause cause,
      @Nullable String sender,
      int senderProcess,
      String text) {
    /** Bounds the texts. */
    public End {
      sender = Bounds.textOrNull(sender);
      text = Bounds.text(text);
    }
  }

  /**
   * What a process has used, with the children it has waited for.
   *
   * @param userMicros CPU time in user mode
   * @param systemMicros CPU time in the kernel
   * @param peakBytes its largest resident set; null if unknown
   */
  public record Usage(long userMicros, long systemMicros, @Nullable Long peakBytes) {}

  /**
   * A part of the test.
   *
   * @param name such as {@code test}
   * @param from its begin
   * @param to its end
   */
  public record Phase(String name, long from, long to) {
    /** Bounds the text. */
    public Phase {
      name = Bounds.text(name);
    }
  }

  /**
   * The last lines that a launch wrote.
   *
   * @param launch its label
   * @param stream {@code stdout} or {@code stderr}
   * @param tail what it wrote last
   * @param cut whether it wrote more before
   */
  public record Output(String launch, String stream, String tail, boolean cut) {
    /** Bounds the texts: of the tail its end remains. */
    public Output {
      launch = Bounds.text(launch);
      cut |= tail.length() > Bounds.TAIL;
      tail = Bounds.tail(tail, Bounds.TAIL);
    }
  }
}
