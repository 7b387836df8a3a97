package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Event.Kind;
import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.End;
import io.github.subreaper.internal.report.Recording.Header;
import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Output;
import io.github.subreaper.internal.report.Recording.Phase;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Usage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recording of which only that is left which is the same in each run and on each machine. Pids
 * and times become round numbers, in an order that neither the scheduler nor a scan decides.
 *
 * <p>It depends on when a scan came whether it saw a daemon as a child of its launcher, which
 * command lines it saw, and when.
 */
final class Normalized {
  private static final long MILLI = 1_000_000;

  /** What a scan tells, or what is sent to a process only if it is still alive by then. */
  private static final Set<Kind> BY_CHANCE =
      EnumSet.of(Kind.SEEN, Kind.EXECUTED, Kind.RENAMED, Kind.FORKED, Kind.SCAN_INCOMPLETE);

  private static final List<String> SIGNALS_BY_CHANCE = List.of("SIGCONT", "SIGSTOP", "SIGCHLD");

  private final Recording recording;
  private final List<Proc> ordered;
  private final Map<Integer, Integer> numbers = new HashMap<>();
  private final Map<String, String> pids = new HashMap<>();

  private Normalized(Recording recording) {
    this.recording = recording;
    this.ordered =
        recording.processes().stream()
            .sorted(
                Comparator.comparing((Proc process) -> !process.is(Mark.LAUNCHED))
                    .thenComparing(Normalized::isAdopted, Comparator.reverseOrder())
                    .thenComparing(process -> withoutPlaces(process.title()))
                    .thenComparing(Fate::brief)
                    .thenComparing(Proc::number))
            .toList();
    for (Proc process : ordered) {
      int number = numbers.size() + 1;
      numbers.put(process.number(), number);
      pids.put(Long.toString(process.pid()), Long.toString(pid(number)));
    }
  }

  static Recording of(Recording recording) {
    return new Normalized(recording).normal();
  }

  private static boolean isAdopted(Proc process) {
    return process.adoptedAt() != null;
  }

  private static long pid(int number) {
    return 1_000L + number;
  }

  private static long born(int number) {
    return 100 * MILLI * number;
  }

  private int number(int old) {
    return numbers.getOrDefault(old, 0);
  }

  private Recording normal() {
    List<Event> events = events();
    List<Proc> processes = ordered.stream().map(process -> process(process, events)).toList();
    List<Phase> phases = new ArrayList<>();
    for (Phase phase : recording.phases()) {
      long from = phases.size() * 1_000L * MILLI;
      phases.add(new Phase(phase.name(), from, from + 1_000L * MILLI));
    }
    return new Recording(
        header(recording.header()),
        processes,
        events,
        phases,
        recording.treeBefore().stream().map(this::line).toList(),
        recording.treeAfter().stream().map(this::line).toList(),
        recording.outputs().stream().map(this::output).toList());
  }

  private Header header(Header header) {
    return new Header(
        "<version>",
        "<host>",
        "<kernel>",
        "<jvm>",
        "<run>",
        "<module>",
        text(header.test()),
        text(header.displayName()),
        header.className(),
        header.method(),
        header.invocation(),
        header.scope(),
        Instant.EPOCH,
        0,
        header.complete(),
        header.lost(),
        header.exact(),
        false, // true on a busy machine
        header.result(),
        header.failure() == null ? null : text(header.failure()));
  }

  private Proc process(Proc process, List<Event> events) {
    int number = number(process.number());
    List<Command> commands = process.commands();
    if (!commands.isEmpty()) {
      List<String> words = commands.get(commands.size() - 1).words();
      long at = born(number) + MILLI;
      commands = List.of(new Command(at, true, null, words.stream().map(this::text).toList()));
    }
    Long ended = process.endedAt() == null ? null : (Long) (born(number) + 99 * MILLI);
    long adopted = adoptedAt(number, events);
    return new Proc(
        number,
        pid(number),
        isAdopted(process) ? 0 : number(process.parent()),
        process.name(),
        born(number),
        process.bornBy(),
        ended,
        null,
        commands,
        null,
        null,
        process.scope(),
        process.launch() == null ? null : text(process.launch()),
        isAdopted(process) ? (Long) adopted : null,
        process.end() == null ? null : end(process.end()),
        process.usage() == null ? null : new Usage(2_000, 1_000, 3L << 20),
        process.origin() == null ? null : text(process.origin()),
        process.marks());
  }

  private static long adoptedAt(int number, List<Event> events) {
    return events.stream()
        .filter(event -> event.process() == number && event.kind() == Kind.ADOPTED)
        .mapToLong(Event::at)
        .findFirst()
        .orElse(born(number));
  }

  private End end(End end) {
    return new End(
        end.code(),
        end.signal(),
        false,
        end.cause(),
        end.sender() == null ? null : text(end.sender()),
        number(end.senderProcess()),
        end.text().replace(" (core dumped)", ""));
  }

  /** Returns the events of one process after the other, of each in their order. */
  private List<Event> events() {
    List<Event> kept = new ArrayList<>();
    for (int number = 0; number <= ordered.size(); number++) {
      int count = 0;
      for (Event event : recording.events()) {
        if (number(event.process()) == number && !isByChance(event)) {
          kept.add(event(event, kept.size() + 1, born(number) + ++count * 10L * MILLI));
        }
      }
    }
    return kept;
  }

  private static boolean isByChance(Event event) {
    return BY_CHANCE.contains(event.kind())
        || (event.signal() != null && SIGNALS_BY_CHANCE.contains(event.signal()));
  }

  private Event event(Event event, int seq, long at) {
    boolean isAdoption = event.kind() == Kind.ADOPTED;
    return new Event(
        seq,
        at,
        event.kind(),
        event.source(),
        number(event.process()),
        isAdoption ? "adopted" : text(event.text()),
        isAdoption ? 0 : number(event.other()),
        event.signal(),
        event.sender() == null ? null : text(event.sender()));
  }

  private Output output(Output output) {
    return new Output(text(output.launch()), output.stream(), text(output.tail()), output.cut());
  }

  // texts

  private String line(String text) {
    return text(text)
        .replaceFirst("^ *([0-9]+) \\?  ", "$1 ?  ")
        .replaceFirst("( \\? +)R", "$1S") // it may be about to sleep
        .replaceFirst(" [0-9]+:[0-9]{2} ", " 0:00 ")
        .replaceFirst("adopted .* after launch.*", "adopted");
  }

  private String text(String text) {
    String placed =
        withoutPlaces(text)
            .replaceFirst(" between [0-9.]+ and ([0-9.]+ s) after its start", " after $1")
            .replaceAll("[0-9.]+ m?s\\b", "<time>");
    Matcher number = Pattern.compile("\\b[0-9]+\\b").matcher(placed);
    return number.replaceAll(one -> pids.getOrDefault(one.group(), one.group()));
  }

  private static String withoutPlaces(String text) {
    return text.replaceAll("/[^ ]*?/junit-?[0-9]+", "/<dir>")
        .replaceAll("(\\.java):[0-9]+", "$1")
        .replace("(pid " + ProcessHandle.current().pid() + ")", "(pid <JVM>)");
  }

  /** Returns a page without its style sheet, which says nothing of the recording. */
  static String page(Recording recording) {
    return ProcessPage.of(recording)
        .replaceFirst("(?s)<style>.*</style>", "<style/>")
        .replaceFirst("sha256-[^&]*", "sha256");
  }
}
