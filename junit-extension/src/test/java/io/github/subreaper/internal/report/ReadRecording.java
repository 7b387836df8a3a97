package io.github.subreaper.internal.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.subreaper.ProcessEvent.Source;
import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Event;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.Recording.Cause;
import io.github.subreaper.internal.report.recording.Recording.Command;
import io.github.subreaper.internal.report.recording.Recording.End;
import io.github.subreaper.internal.report.recording.Recording.Header;
import io.github.subreaper.internal.report.recording.Recording.Mark;
import io.github.subreaper.internal.report.recording.Recording.Output;
import io.github.subreaper.internal.report.recording.Recording.Phase;
import io.github.subreaper.internal.report.recording.Recording.Proc;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.Recording.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RecordingWriter} writes, with a reader of JSON that knows nothing of it. */
public final class ReadRecording {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private ReadRecording() {}

  /** Reads a file. */
  public static Recording of(Path file) throws IOException {
    return parse(Files.readString(file));
  }

  /** Returns its last command line, or its name. */
  public static String title(Proc process) {
    List<Command> all = process.commands();
    return all.isEmpty() ? process.name() : String.join(" ", all.get(all.size() - 1).words());
  }

  /** Returns the object on each line. */
  public static List<JsonNode> lines(String text) {
    return text.lines().map(ReadRecording::line).toList();
  }

  public static JsonNode line(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(line, e);
    }
  }

  public static Recording parse(String text) {
    List<Phase> phases = new ArrayList<>();
    List<Proc> processes = new ArrayList<>();
    List<Event> events = new ArrayList<>();
    List<Output> outputs = new ArrayList<>();
    List<List<String>> trees = new ArrayList<>();
    String failure = null;
    List<JsonNode> lines = lines(text);
    for (JsonNode line : lines) {
      switch (line.path("record").asText("event")) {
        case "failure" -> failure = line.get("text").asText();
        case "phase" ->
            phases.add(new Phase(text(line, "name"), number(line, "from"), number(line, "to")));
        case "process" -> processes.add(process(line));
        case "event" -> events.add(event(line));
        case "tree" -> trees.add(texts(line.get("lines")));
        case "output" ->
            outputs.add(
                new Output(
                    text(line, "launch"),
                    text(line, "stream"),
                    text(line, "tail"),
                    line.get("cut").asBoolean()));
        default -> {
          // header and end
        }
      }
    }
    Header header = header(lines.get(0), failure);
    return new Recording(header, processes, events, phases, trees.get(0), trees.get(1), outputs);
  }

  private static Header header(JsonNode line, @Nullable String failure) {
    return new Header(
        new About(
            text(line, "version"),
            text(line, "host"),
            text(line, "kernel"),
            text(line, "jvm"),
            text(line, "run"),
            text(line, "module")),
        new Recorder.Test(
            text(line, "test"),
            text(line, "display_name"),
            text(line, "class"),
            text(line, "method"),
            line.get("invocation").asInt(),
            text(line, "scope")),
        Instant.parse(text(line, "wall_origin")),
        number(line, "monotonic_origin"),
        line.get("complete").asBoolean(),
        number(line, "lost"),
        line.get("exact").asBoolean(),
        line.path("may_miss").asBoolean(),
        constant(Result.class, text(line, "result")),
        failure);
  }

  private static Proc process(JsonNode line) {
    Set<Mark> marks = EnumSet.noneOf(Mark.class);
    texts(line.get("marks")).forEach(mark -> marks.add(constant(Mark.class, mark)));
    List<Command> commands = new ArrayList<>();
    for (JsonNode command : line.get("commands")) {
      commands.add(
          new Command(
              number(command, "at"),
              command.get("exec").asBoolean(),
              textOrNull(command, "process.executable.path"),
              texts(command.get("process.command_args"))));
    }
    return new Proc(
        line.get("number").asInt(),
        number(line, "process.pid"),
        line.path("parent").asInt(),
        text(line, "name"),
        number(line, "born"),
        constant(Source.class, text(line, "born_by")),
        numberOrNull(line, "ended"),
        numberOrNull(line, "last_alive"),
        commands,
        line.has("process.real_user.id") ? line.get("process.real_user.id").asInt() : null,
        textOrNull(line, "process.real_user.name"),
        textOrNull(line, "scope"),
        textOrNull(line, "launch"),
        numberOrNull(line, "adopted"),
        line.has("ending") ? end(line) : null,
        line.has("user_micros")
            ? new Usage(
                number(line, "user_micros"),
                number(line, "system_micros"),
                numberOrNull(line, "peak_bytes"))
            : null,
        textOrNull(line, "origin"),
        marks);
  }

  private static End end(JsonNode line) {
    return new End(
        line.has("process.exit.code") ? line.get("process.exit.code").asInt() : null,
        textOrNull(line, "process.exit.signal"),
        line.path("process.exit.core_dumped").asBoolean(),
        line.has("cause") ? constant(Cause.class, text(line, "cause")) : null,
        textOrNull(line, "sender"),
        line.path("sender_process").asInt(),
        text(line, "ending"));
  }

  private static Event event(JsonNode line) {
    return new Event(
        number(line, "seq"),
        number(line, "t"),
        text(line, "event"),
        constant(Source.class, text(line, "source")),
        line.path("number").asInt(),
        text(line, "text"),
        line.path("other").asInt(),
        textOrNull(line, "signal"),
        textOrNull(line, "sender"));
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String key) {
    return Enum.valueOf(type, key.toUpperCase(Locale.ROOT));
  }

  private static String text(JsonNode line, String key) {
    return line.get(key).textValue();
  }

  private static @Nullable String textOrNull(JsonNode line, String key) {
    return line.has(key) ? text(line, key) : null;
  }

  private static long number(JsonNode line, String key) {
    return line.get(key).longValue();
  }

  private static @Nullable Long numberOrNull(JsonNode line, String key) {
    return line.has(key) ? (Long) number(line, key) : null;
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(one -> texts.add(one.textValue()));
    return texts;
  }
}
