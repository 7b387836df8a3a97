package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Event.Kind;
import io.github.subreaper.internal.report.Recording.Cause;
import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.End;
import io.github.subreaper.internal.report.Recording.Header;
import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Output;
import io.github.subreaper.internal.report.Recording.Phase;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.Recording.Source;
import io.github.subreaper.internal.report.Recording.Usage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link RecordingWriter} has written, perhaps on another machine. Where the end of a
 * file is missing, as of a JVM that died while it wrote, the recording has what is there, and its
 * header says that it is not complete. Unknown keys are ignored: a later version may have more.
 */
public final class RecordingReader {
  private final List<Proc> processes = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private final List<Phase> phases = new ArrayList<>();
  private final List<Output> outputs = new ArrayList<>();
  private final Set<Integer> numbers = new HashSet<>();
  private List<String> treeBefore = List.of();
  private List<String> treeAfter = List.of();
  private @Nullable Header header;
  private boolean ended;

  private RecordingReader() {}

  /**
   * Reads a file.
   *
   * @param file in UTF-8; malformed input is replaced
   * @return what is in it
   * @throws IOException if it cannot be read, or is not a recording: the message says in which line
   */
  public static Recording read(Path file) throws IOException {
    try (BufferedReader in = JsonLines.open(file)) {
      return new RecordingReader().read(in, file.toString());
    }
  }

  /**
   * Reads a text.
   *
   * @param text the content of a file
   * @return what is in it
   * @throws IOException if it is not a recording: the message says in which line
   */
  public static Recording parse(String text) throws IOException {
    return new RecordingReader().read(new BufferedReader(new StringReader(text)), "the text");
  }

  /**
   * Reads the header of a file, and nothing else of it.
   *
   * @return a header that may say that the file is complete although its end is missing
   */
  static Header header(Path file) throws IOException {
    return JsonLines.first(file, RecordingReader::header);
  }

  private Recording read(BufferedReader in, String name) throws IOException {
    JsonLines.read(in, name, this::read);
    if (header == null) {
      throw new IOException(Bounds.text(name) + ": it is not a recording, but empty");
    }
    return new Recording(
        ended ? header : header.with(false, header.lost(), header.exact(), header.mayMiss()),
        processes,
        events,
        phases,
        treeBefore,
        treeAfter,
        outputs);
  }

  private void read(Fields line) {
    if (header == null) {
      header = header(line);
    } else if (line.has("event")) {
      events.add(event(line));
    } else {
      record(line);
    }
  }

  private void record(Fields line) {
    switch (line.text("record")) {
      case "phase" ->
          phases.add(new Phase(line.text("name"), line.number("from"), line.number("to")));
      case "process" -> processes.add(process(line));
      case "tree" -> {
        if (line.text("when").equals("before")) {
          treeBefore = line.texts("lines");
        } else {
          treeAfter = line.texts("lines");
        }
      }
      case "output" ->
          outputs.add(
              new Output(
                  line.text("launch"), line.text("stream"), line.text("tail"), line.isTrue("cut")));
      case "end" -> ended = true;
      default -> {
        // of a later version
      }
    }
  }

  private static Header header(Fields line) {
    if (!line.text("record").equals("header")) {
      throw new IllegalArgumentException("it is not a recording: the first line is not a header");
    }
    if (line.number("format") != RecordingWriter.FORMAT) {
      throw new IllegalArgumentException(
          "a recording in the format "
              + line.number("format")
              + "; this version reads the format "
              + RecordingWriter.FORMAT);
    }
    return new Header(
        line.text("version"),
        line.text("host"),
        line.text("kernel"),
        line.text("jvm"),
        line.text("run"),
        line.text("module"),
        line.text("test"),
        line.text("display_name"),
        line.text("class"),
        line.text("method"),
        line.small("invocation"),
        line.text("scope"),
        line.instant("wall_origin"),
        line.number("monotonic_origin"),
        line.isTrue("complete"),
        line.number("lost"),
        line.isTrue("exact"),
        line.has("may_miss") && line.isTrue("may_miss"),
        RecordingWriter.constant(Result.class, line.text("result")),
        line.textOrNull("failure"));
  }

  private Proc process(Fields line) {
    int number = line.small("number");
    if (number <= 0 || numbers.contains(number)) {
      throw new IllegalArgumentException("a process has the number " + number);
    }
    int parent = known(line.smallOr0("parent"));
    EnumSet<Mark> marks = EnumSet.noneOf(Mark.class);
    marks.addAll(RecordingWriter.marks(line.texts("marks")));
    numbers.add(number);
    return new Proc(
        number,
        line.number("process.pid"),
        parent,
        line.text("name"),
        line.number("born"),
        RecordingWriter.constant(Source.class, line.text("born_by")),
        line.numberOrNull("ended"),
        line.numberOrNull("last_alive"),
        line.objects("commands").stream().map(RecordingReader::command).toList(),
        line.has("process.real_user.id") ? line.small("process.real_user.id") : null,
        line.textOrNull("process.real_user.name"),
        line.textOrNull("scope"),
        line.textOrNull("launch"),
        line.numberOrNull("adopted"),
        line.has("ending") ? end(line) : null,
        line.has("user_micros")
            ? new Usage(
                line.number("user_micros"),
                line.number("system_micros"),
                line.numberOrNull("peak_bytes"))
            : null,
        line.textOrNull("origin"),
        marks);
  }

  /** A process comes after its parent, so that no chain of parents is a ring. */
  private int known(int number) {
    if (number != 0 && !numbers.contains(number)) {
      throw new IllegalArgumentException("there is no process " + number + " before this line");
    }
    return number;
  }

  private static Command command(Fields command) {
    return new Command(
        command.number("at"),
        command.isTrue("exec"),
        command.textOrNull("process.executable.path"),
        command.texts("process.command_args"));
  }

  private static End end(Fields line) {
    return new End(
        line.has("process.exit.code") ? line.small("process.exit.code") : null,
        line.textOrNull("process.exit.signal"),
        line.has("process.exit.core_dumped") && line.isTrue("process.exit.core_dumped"),
        line.has("cause") ? RecordingWriter.constant(Cause.class, line.text("cause")) : null,
        line.textOrNull("sender"),
        line.smallOr0("sender_process"), // may come later
        line.text("ending"));
  }

  private Event event(Fields line) {
    return new Event(
        line.number("seq"),
        line.number("t"),
        RecordingWriter.constant(Kind.class, line.text("event")),
        RecordingWriter.constant(Source.class, line.text("source")),
        known(line.smallOr0("number")),
        line.text("text"),
        known(line.smallOr0("other")),
        line.textOrNull("signal"),
        line.textOrNull("sender"));
  }
}
