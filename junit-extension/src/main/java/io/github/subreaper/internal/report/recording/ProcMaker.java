package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Descendant;
import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ProcessEvent.Source;
import io.github.subreaper.Sender;
import io.github.subreaper.Signal;
import io.github.subreaper.TimeSpan;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.report.recording.Recording.Cause;
import io.github.subreaper.internal.report.recording.Recording.End;
import io.github.subreaper.internal.report.recording.Recording.Mark;
import io.github.subreaper.internal.report.recording.Recording.Proc;
import io.github.subreaper.internal.report.recording.Recording.Usage;
import io.github.subreaper.internal.text.PasswdFile;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes what a recording has of each process. */
final class ProcMaker {
  /** Each may have the flight recorder read. */
  private static final int MOST_SEARCHES = 16;

  /** What a program raises in itself by a fault, a failed check or a broken pipe. */
  private static final Set<String> OWN_FAULTS =
      Set.of("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS", "SIGPIPE");

  private final Evidence evidence;
  private final RecordedTime time;
  private final Secrets secrets;
  private final ProcessNumbers numbers;
  private final PasswdFile users = PasswdFile.ofThisMachine();
  private final Map<Descendant, String> origins = new HashMap<>();
  private int searches;

  ProcMaker(Evidence evidence) {
    this.evidence = evidence;
    this.time = evidence.time();
    this.secrets = evidence.secrets();
    this.numbers = evidence.numbers();
  }

  /** Returns all processes in the order of their numbers. */
  List<Proc> processes() {
    return numbers.all().stream().map(this::process).toList();
  }

  private Proc process(Descendant process) {
    Set<Mark> marks = evidence.marks().of(process);
    Optional<ExitStatus> status = process.exitStatus();
    Long adopted = null;
    Long ended = null;
    for (ProcessEvent event : evidence.events(process)) {
      if (event instanceof ProcessEvent.Adopted) {
        adopted = time.of(event.nanos());
      } else if (event instanceof ProcessEvent.Exited) {
        ended = time.of(event.nanos());
      }
    }
    if (ended == null && status.isPresent()) {
      ended = process.endedAt().map(time::of).orElse(null);
    }
    Integer uid = process.uid().isPresent() ? process.uid().getAsInt() : null;
    return new Proc(
        numbers.of(process),
        process.pid(),
        numbers.of(numbers.parent(process)),
        secrets.text(process.name()),
        born(process, marks),
        bornBy(process, marks),
        ended,
        aliveAt(process, ended),
        evidence.commands().of(process),
        uid,
        uid == null ? null : users.name(uid),
        marks.contains(Mark.FOREIGN) ? null : secrets.text(process.scope()),
        evidence.launches().label(process),
        adopted,
        status.map(one -> end(process, one)).orElse(null),
        usage(process),
        origin(process, marks),
        marks);
  }

  private static @Nullable Long aliveAt(Descendant process, @Nullable Long ended) {
    TimeSpan span = process.endedBetween().orElse(null);
    return span == null || ended == null
        ? null
        : ended - Duration.between(span.from(), span.to()).toNanos();
  }

  /** The kernel's start time is rounded down: nothing of the scope is older than the scope. */
  private long born(Descendant process, Set<Mark> marks) {
    Long reported = evidence.births().get(process);
    if (reported != null) {
      return reported;
    }
    long start = time.of(process.startTime());
    List<ProcessEvent> events = evidence.events(process);
    if (!events.isEmpty()) {
      start = Math.min(start, time.of(events.get(0).nanos()));
    }
    return marks.contains(Mark.FOREIGN) ? start : Math.max(0, start);
  }

  private Source bornBy(Descendant process, Set<Mark> marks) {
    if (evidence.births().containsKey(process)) {
      return Source.TRACE;
    }
    return marks.contains(Mark.LAUNCHED) ? Source.LIBRARY : Source.SCAN;
  }

  /** The line of code of the process itself, or of the one that forked it. */
  private @Nullable String origin(Descendant process, Set<Mark> marks) {
    String origin = numbers.parent(process).map(origins::get).orElse(null);
    boolean isWanted =
        marks.contains(Mark.LEAKED)
            || (process.parent().isEmpty() && !marks.contains(Mark.FOREIGN));
    if (origin == null
        && (marks.contains(Mark.LAUNCHED) || (isWanted && searches++ < MOST_SEARCHES))) {
      origin = Access.get().originText(process).orElse(null);
    }
    if (origin != null) {
      origins.put(process, origin);
    }
    return origin;
  }

  private static @Nullable Usage usage(Descendant process) {
    Optional<Duration> user = process.userTime();
    Optional<Duration> system = process.systemTime();
    if (user.isEmpty() || system.isEmpty()) {
      return null;
    }
    OptionalLong peak = process.peakMemoryBytes();
    return new Usage(
        user.get().toNanos() / 1000,
        system.get().toNanos() / 1000,
        peak.isPresent() ? peak.getAsLong() : null);
  }

  private End end(Descendant process, ExitStatus status) {
    Integer code = status instanceof ExitStatus.Exited exited ? exited.code() : null;
    ExitStatus.Signaled signaled = status instanceof ExitStatus.Signaled one ? one : null;
    Optional<Sender> sender = process.endedBy();
    return new End(
        code,
        signaled == null ? null : signaled.signal().toString(),
        signaled != null && signaled.coreDumped(),
        process.ending().map(ending -> cause(ending, process, status)).orElse(null),
        sender.map(one -> secrets.text(one.toString())).orElse(null),
        numbers.of(sender.flatMap(Sender::process)),
        secrets.text(status.toString()));
  }

  private static Cause cause(Ending ending, Descendant process, ExitStatus status) {
    return switch (ending) {
      case BY_ITSELF ->
          status instanceof ExitStatus.Signaled signaled && isSent(signaled.signal(), process)
              ? Cause.OTHER
              : Cause.BY_ITSELF;
      case STOP_SIGNAL -> Cause.STOP_SIGNAL;
      case KILL -> Cause.KILL;
    };
  }

  /** Returns whether a signal came from outside. Of an unknown sender, its kind decides. */
  private static boolean isSent(Signal signal, Descendant process) {
    Optional<Descendant> sender = process.endedBy().flatMap(Sender::process);
    return sender.isPresent()
        ? !sender.get().equals(process)
        : !OWN_FAULTS.contains(signal.toString());
  }
}
