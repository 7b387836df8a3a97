package io.github.subreaper.internal.report;

import io.github.subreaper.Descendant;
import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.JournalEntry;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Sender;
import io.github.subreaper.SessionEvent;
import io.github.subreaper.Supervisor;
import io.github.subreaper.Survivor;
import io.github.subreaper.internal.report.Recording.Cause;
import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.End;
import io.github.subreaper.internal.report.Recording.Event;
import io.github.subreaper.internal.report.Recording.Header;
import io.github.subreaper.internal.report.Recording.Kind;
import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Output;
import io.github.subreaper.internal.report.Recording.Phase;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.Recording.Source;
import io.github.subreaper.internal.report.Recording.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes the recording of a scope. The test calls {@link #phase} as it goes on, which costs a look
 * at the clock; the rest is done when the recording is made.
 *
 * <pre>{@code
 * Recorder recorder = new Recorder(supervisor, test);
 * recorder.phase("test");
 * …
 * recorder.phase("end");
 * recorder.beforeEnd();
 * ScopeReport report = supervisor.end();
 * Recording recording = recorder.record(report, Secrets.standard(), Result.PASSED, null);
 * }</pre>
 */
public final class Recorder {
  /** Of more events, the first and the last are recorded. */
  private static final int MOST_FIRST = 16_000;

  private static final int MOST_LAST = 4_000;

  /** Each may have the flight recorder read. */
  private static final int MOST_SEARCHES = 16;

  private final Supervisor supervisor;
  private final Test test;
  private final int mostFirst;
  private final int mostLast;
  private final Queue<Begin> begins = new ConcurrentLinkedQueue<>();
  private volatile List<String> treeBefore = List.of();

  /**
   * Which test it is.
   *
   * @param uniqueId JUnit's
   * @param displayName for people
   * @param className with its package
   * @param method empty for the scope of a class
   * @param invocation the number of the repetition or parameter set, from 1 on; 0 for none
   * @param scope its name in messages, such as {@code BillingTest.stopsCleanly(int)[2]}
   */
  public record Test(
      String uniqueId,
      String displayName,
      String className,
      String method,
      int invocation,
      String scope) {}

  private record Begin(String phase, long nanos) {}

  /**
   * Makes a recorder.
   *
   * @param supervisor the scope of the test
   * @param test which
   */
  public Recorder(Supervisor supervisor, Test test) {
    this(supervisor, test, MOST_FIRST, MOST_LAST);
  }

  /**
   * Makes a recorder that leaves events out.
   *
   * @param first how many of the first are recorded
   * @param last how many of the last, if there are more
   */
  Recorder(Supervisor supervisor, Test test, int first, int last) {
    this.supervisor = supervisor;
    this.test = test;
    this.mostFirst = first;
    this.mostLast = last;
  }

  /**
   * Notes that a phase of the test begins now, and that the one before it ends.
   *
   * @param name such as {@code test}
   */
  public void phase(String name) {
    begins.add(new Begin(name, System.nanoTime()));
  }

  /** Keeps the tree as it is before the scope's end. This reads /proc. */
  public void beforeEnd() {
    treeBefore = tree();
  }

  private List<String> tree() {
    return supervisor.tree().toString().lines().toList();
  }

  /**
   * Makes the recording.
   *
   * @param report of the end of the scope; null if it has not ended
   * @param secrets what to mask
   * @param result how the test ended
   * @param failure what made it fail; null if nothing did
   * @return of all that is in the journal by now
   */
  public Recording record(
      @Nullable ScopeReport report, Secrets secrets, Result result, @Nullable String failure) {
    return new Pass(supervisor.journal().entries(), secrets)
        .recording(report, result, failure == null ? null : secrets.text(failure));
  }

  /** One making of a recording. */
  private final class Pass {
    private final long now = System.nanoTime();
    private final Secrets secrets;
    private final List<JournalEntry> entries;
    private final long lost;

    /** How many entries are left out after the first ones. */
    private final int omitted;

    private final long origin;
    private final Instant wallOrigin;
    private final Map<Descendant, Integer> numbers = new LinkedHashMap<>();
    private final Map<Descendant, List<ProcessEvent>> events = new HashMap<>();
    private final Map<Descendant, String> launches = new LinkedHashMap<>();
    private final Map<Descendant, Launch> launchOf = new HashMap<>();
    private final Map<Descendant, List<Command>> commands = new HashMap<>();
    private final Map<Descendant, Long> births = new HashMap<>();
    private int searches;

    Pass(List<JournalEntry> all, Secrets secrets) {
      this.secrets = secrets;
      this.omitted = Math.max(0, all.size() - mostFirst - mostLast);
      this.entries =
          omitted == 0
              ? all
              : concat(all.subList(0, mostFirst), all.subList(mostFirst + omitted, all.size()));
      this.lost =
          omitted
              + all.stream()
                  .mapToLong(entry -> entry instanceof SessionEvent event ? event.lost() : 0)
                  .sum();
      Begin first = begins.peek();
      this.origin = all.isEmpty() ? first == null ? now : first.nanos : all.get(0).nanos();
      this.wallOrigin = all.isEmpty() ? Instant.now().minusNanos(now - origin) : all.get(0).at();
    }

    private static List<JournalEntry> concat(List<JournalEntry> first, List<JournalEntry> last) {
      List<JournalEntry> both = new ArrayList<>(first);
      both.addAll(last);
      return both;
    }

    Recording recording(@Nullable ScopeReport report, Result result, @Nullable String failure) {
      for (JournalEntry entry : entries) {
        if (entry instanceof ProcessEvent event) {
          number(event.process());
          events.computeIfAbsent(event.process(), one -> new ArrayList<>()).add(event);
          related(event).ifPresent(this::number);
        }
      }
      if (report != null) {
        report.leaked().forEach(this::number);
        report.survivors().forEach(survivor -> number(survivor.process()));
        report.foreign().forEach(this::number);
      }
      // All command lines before any text: what they hide is then hidden in texts, too.
      numbers.keySet().forEach(process -> commands.put(process, commands(process)));
      numbers.keySet().forEach(this::label);
      return new Recording(
          header(result, failure),
          processes(report),
          events(),
          phases(),
          texts(treeBefore),
          texts(tree()),
          outputs());
    }

    private List<String> texts(List<String> lines) {
      return lines.stream().map(secrets::text).toList();
    }

    private Header header(Result result, @Nullable String failure) {
      return new Header(
          About.version(),
          About.host(),
          About.kernel(),
          About.jvm(),
          About.run(),
          About.module(),
          test.uniqueId,
          test.displayName,
          test.className,
          test.method,
          test.invocation,
          test.scope,
          wallOrigin,
          origin,
          lost == 0,
          lost,
          lost == 0 && supervisor.journal().isExact(),
          result,
          failure);
    }

    // times

    private long since(JournalEntry entry) {
      return entry.nanos() - origin;
    }

    private long since(Instant time) {
      return Duration.between(wallOrigin, time).toNanos();
    }

    private List<Phase> phases() {
      List<Phase> phases = new ArrayList<>();
      Begin last = null;
      for (Begin next : begins) {
        if (last != null) {
          phases.add(new Phase(last.phase, last.nanos - origin, next.nanos - origin));
        }
        last = next;
      }
      if (last != null) {
        phases.add(new Phase(last.phase, last.nanos - origin, now - origin));
      }
      return phases;
    }

    // processes

    /** Numbers a process after those that it descends from. */
    private int number(Descendant process) {
      Deque<Descendant> line = new ArrayDeque<>();
      Optional<Descendant> next = Optional.of(process);
      while (next.isPresent() && !numbers.containsKey(next.get())) {
        line.push(next.get());
        next = next.get().parent();
      }
      line.forEach(one -> numbers.put(one, numbers.size() + 1));
      return numbers.getOrDefault(process, 0);
    }

    private int numberOr0(Optional<Descendant> process) {
      return process.map(one -> numbers.getOrDefault(one, 0)).orElse(0);
    }

    private List<Proc> processes(@Nullable ScopeReport report) {
      Map<Descendant, EnumSet<Mark>> marks = new HashMap<>();
      numbers.keySet().forEach(one -> marks.put(one, EnumSet.noneOf(Mark.class)));
      if (report != null) {
        mark(report.leaked(), Mark.LEAKED, marks);
        mark(report.survivors().stream().map(Survivor::process).toList(), Mark.SURVIVOR, marks);
        mark(report.foreign(), Mark.FOREIGN, marks);
      }
      Map<Descendant, String> origins = new HashMap<>();
      List<Proc> processes = new ArrayList<>();
      for (Map.Entry<Descendant, EnumSet<Mark>> one : ordered(marks)) {
        processes.add(process(one.getKey(), one.getValue(), origins));
      }
      return processes;
    }

    private List<Map.Entry<Descendant, EnumSet<Mark>>> ordered(
        Map<Descendant, EnumSet<Mark>> marks) {
      List<Map.Entry<Descendant, EnumSet<Mark>>> ordered = new ArrayList<>();
      for (Descendant process : numbers.keySet()) {
        EnumSet<Mark> some = marks.getOrDefault(process, EnumSet.noneOf(Mark.class));
        events.getOrDefault(process, List.of()).forEach(event -> mark(event, some));
        ordered.add(Map.entry(process, some));
      }
      return ordered;
    }

    private static void mark(
        Collection<Descendant> some, Mark mark, Map<Descendant, EnumSet<Mark>> marks) {
      some.forEach(one -> marks.computeIfAbsent(one, key -> EnumSet.noneOf(Mark.class)).add(mark));
    }

    private static void mark(ProcessEvent event, EnumSet<Mark> marks) {
      if (event.source() == ProcessEvent.Source.TRACE) {
        marks.add(Mark.TRACED);
      }
      if (event instanceof ProcessEvent.Launched) {
        marks.add(Mark.LAUNCHED);
      } else if (event instanceof ProcessEvent.Adopted) {
        marks.add(Mark.ADOPTED);
      } else if (event instanceof ProcessEvent.Leaked) {
        marks.add(Mark.LEAKED);
      } else if (event instanceof ProcessEvent.Unkillable) {
        marks.add(Mark.SURVIVOR);
      } else if (event instanceof ProcessEvent.Foreign) {
        marks.add(Mark.FOREIGN);
      }
    }

    private Proc process(Descendant process, EnumSet<Mark> marks, Map<Descendant, String> origins) {
      List<ProcessEvent> own = events.getOrDefault(process, List.of());
      Optional<ExitStatus> status = process.exitStatus();
      Long adopted = null;
      Long ended = null;
      for (ProcessEvent event : own) {
        if (event instanceof ProcessEvent.Adopted) {
          adopted = since(event);
        } else if (event instanceof ProcessEvent.Exited) {
          ended = since(event);
        }
      }
      if (ended == null && status.isPresent()) {
        ended = process.endedAt().map(this::since).orElse(null);
      }
      boolean isToldByTrace = births.containsKey(process);
      long born = born(process, own, marks);
      String origin = origin(process, marks, origins);
      if (origin != null) {
        origins.put(process, origin);
      }
      return new Proc(
          numbers.getOrDefault(process, 0),
          process.pid(),
          numberOr0(process.parent()),
          secrets.text(process.name()),
          born,
          isToldByTrace
              ? Source.TRACE
              : marks.contains(Mark.LAUNCHED) ? Source.LIBRARY : Source.SCAN,
          ended,
          commands.getOrDefault(process, List.of()),
          process.uid().isPresent() ? process.uid().getAsInt() : null,
          launchLabel(process),
          adopted,
          status.map(one -> end(process, one)).orElse(null),
          usage(process),
          origin,
          marks);
    }

    /** The kernel's start time is rounded down: nothing of the scope is older than the scope. */
    private long born(Descendant process, List<ProcessEvent> own, EnumSet<Mark> marks) {
      Long told = births.get(process);
      if (told != null) {
        return told;
      }
      long start = since(process.startTime());
      if (!own.isEmpty()) {
        start = Math.min(start, since(own.get(0)));
      }
      return marks.contains(Mark.FOREIGN) ? start : Math.max(0, start);
    }

    /** The line of code of the process itself, or of the one that forked it. */
    private @Nullable String origin(
        Descendant process, EnumSet<Mark> marks, Map<Descendant, String> origins) {
      boolean isKnown = marks.contains(Mark.LAUNCHED);
      boolean isWanted =
          marks.contains(Mark.LEAKED)
              || (process.parent().isEmpty() && !marks.contains(Mark.FOREIGN));
      String inherited = process.parent().map(origins::get).orElse(null);
      if (inherited == null && (isKnown || (isWanted && searches++ < MOST_SEARCHES))) {
        return process.origin().map(StackTraceElement::toString).orElse(null);
      }
      return inherited;
    }

    private @Nullable Usage usage(Descendant process) {
      Optional<Duration> user = process.userTime();
      Optional<Duration> system = process.systemTime();
      if (user.isEmpty() || system.isEmpty()) {
        return null;
      }
      var peak = process.peakMemoryBytes();
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
          process.ending().map(Pass::cause).orElse(null),
          sender.map(one -> secrets.text(one.toString())).orElse(null),
          numberOr0(sender.flatMap(Sender::process)),
          secrets.text(status.toString()));
    }

    private static Cause cause(Ending ending) {
      return switch (ending) {
        case BY_ITSELF -> Cause.BY_ITSELF;
        case STOP_SIGNAL -> Cause.STOP_SIGNAL;
        case KILL -> Cause.KILL;
      };
    }

    // commands

    private List<Command> commands(Descendant process) {
      List<Command> result = new ArrayList<>();
      List<ProcessEvent> own = events.getOrDefault(process, List.of());
      for (ProcessEvent event : own) {
        if (event instanceof ProcessEvent.Launched launched) {
          result.add(command(event, true, null, launched.command()));
        } else if (event instanceof ProcessEvent.Executed executed) {
          String file = executed.executable().map(Object::toString).orElse(null);
          result.add(command(event, true, file, executed.command()));
        } else if (event instanceof ProcessEvent.Renamed renamed) {
          String file = result.isEmpty() ? null : result.get(result.size() - 1).executable();
          result.add(command(event, false, file, renamed.command()));
        }
        if (event instanceof ProcessEvent.Forked forked) {
          births.put(forked.child(), since(event));
        }
      }
      String file = process.executable().map(Object::toString).orElse(null);
      if (result.isEmpty() && !process.commandLine().isEmpty()) {
        long first = own.isEmpty() ? since(process.startTime()) : since(own.get(0));
        return List.of(new Command(first, false, file, secrets.words(process.commandLine())));
      }
      if (result.size() == 1 && result.get(0).executable() == null) {
        Command only = result.get(0);
        return List.of(new Command(only.at(), only.isExec(), file, only.words()));
      }
      return result;
    }

    private Command command(
        ProcessEvent event, boolean isExec, @Nullable String file, List<String> words) {
      return new Command(since(event), isExec, file, secrets.words(words));
    }

    /** Names the launch that a process comes from. */
    private void label(Descendant process) {
      process
          .launch()
          .ifPresent(
              launch -> {
                launchOf.put(process, launch);
                Descendant first = launch.process();
                if (!launches.containsKey(first)) {
                  List<Command> known = commands.getOrDefault(first, List.of());
                  String words =
                      known.isEmpty()
                          ? secrets.text(first.name())
                          : String.join(" ", known.get(0).words());
                  launches.put(first, unique(Bounds.text(words, 200)));
                }
              });
    }

    private String unique(String label) {
      String unique = label;
      for (int i = 2; launches.containsValue(unique); i++) {
        unique = label + " #" + i;
      }
      return unique;
    }

    private @Nullable String launchLabel(Descendant process) {
      Launch launch = launchOf.get(process);
      return launch == null ? null : launches.get(launch.process());
    }

    private List<Output> outputs() {
      List<Output> outputs = new ArrayList<>();
      Map<Descendant, Launch> firsts = new LinkedHashMap<>();
      launches.keySet().forEach(first -> first.launch().ifPresent(one -> firsts.put(first, one)));
      firsts.forEach(
          (first, launch) -> {
            String label = launches.getOrDefault(first, "");
            add(outputs, label, "stdout", launch.stdout());
            add(outputs, label, "stderr", launch.stderr());
          });
      return outputs;
    }

    private void add(List<Output> outputs, String label, String stream, String text) {
      if (!text.isEmpty()) {
        String tail = Bounds.tail(text, Bounds.TAIL);
        outputs.add(new Output(label, stream, secrets.text(tail), tail.length() < text.length()));
      }
    }

    // events

    private List<Event> events() {
      List<Event> result = new ArrayList<>();
      for (JournalEntry entry : entries) {
        if (omitted > 0 && result.size() == mostFirst) {
          result.add(omission(entry));
        }
        long seq = result.size() + 1L;
        result.add(
            entry instanceof ProcessEvent event
                ? event(seq, event)
                : event(seq, (SessionEvent) entry));
      }
      return result;
    }

    private Event omission(JournalEntry next) {
      String text =
          String.format(Locale.ROOT, "%,d events are left out here: there are too many", omitted);
      return new Event(
          mostFirst + 1L, since(next), Kind.EVENTS_LOST, Source.LIBRARY, 0, text, 0, null, null);
    }

    private Event event(long seq, SessionEvent event) {
      Kind kind =
          switch (event.kind()) {
            case SCOPE_OPENED -> Kind.SCOPE_OPENED;
            case SCOPE_ENDED -> Kind.SCOPE_ENDED;
            case GUARDIAN_REPLACED -> Kind.GUARDIAN_REPLACED;
            case SCAN_INCOMPLETE -> Kind.SCAN_INCOMPLETE;
            case EVENTS_LOST -> Kind.EVENTS_LOST;
          };
      String text = secrets.text(event.toString());
      return new Event(seq, since(event), kind, source(event), 0, text, 0, null, null);
    }

    private static Source source(JournalEntry entry) {
      return switch (entry.source()) {
        case TRACE -> Source.TRACE;
        case SCAN -> Source.SCAN;
        case WAIT -> Source.WAIT;
        case LIBRARY -> Source.LIBRARY;
      };
    }

    private Event event(long seq, ProcessEvent event) {
      return new Event(
          seq,
          since(event),
          Telling.kind(event),
          source(event),
          numbers.getOrDefault(event.process(), 0),
          Telling.of(event, secrets),
          numberOr0(related(event)),
          Telling.signal(event),
          event instanceof ProcessEvent.Signaled signaled
              ? signaled.sender().map(one -> secrets.text(one.toString())).orElse(null)
              : null);
    }

    private Optional<Descendant> related(ProcessEvent event) {
      if (event instanceof ProcessEvent.Forked forked) {
        return Optional.of(forked.child());
      }
      if (event instanceof ProcessEvent.Adopted adopted) {
        return adopted.formerParent();
      }
      return event instanceof ProcessEvent.Signaled signaled
          ? signaled.sender().flatMap(Sender::process)
          : Optional.empty();
    }
  }
}
