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
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a recording as JSON lines: a header, then phases, processes, events, trees and outputs.
 * Lines with a key {@code event} are what happened, those with {@code record} are the rest. Keys
 * that start with {@code process.} are those of OpenTelemetry where it has one. A line rests only
 * on lines before it, so that a file whose end is missing can still be read.
 */
public final class RecordingWriter {
  /** Goes up if older readers would misunderstand a file. */
  static final int FORMAT = 1;

  private final Recording recording;

  /** What the process of each event executes at that time, by the number of the process. */
  private final Map<Integer, Integer> commandsSoFar = new HashMap<>();

  private RecordingWriter(Recording recording) {
    this.recording = recording;
  }

  /**
   * Writes a file in UTF-8.
   *
   * @param recording what to write
   * @param file which is replaced
   * @throws IOException if it cannot be written; a part of it may be there
   */
  public static void write(Recording recording, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      write(recording, out);
    }
  }

  /**
   * Returns the file as a text.
   *
   * @param recording what to write
   * @return lines, each with its end
   */
  public static String write(Recording recording) {
    StringBuilder text = new StringBuilder();
    try {
      write(recording, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringBuilder takes every text
    }
    return text.toString();
  }

  private static void write(Recording recording, Appendable out) throws IOException {
    new RecordingWriter(recording).writeTo(out);
  }

  private void writeTo(Appendable out) throws IOException {
    writeLine(header(recording.header()), out);
    for (Phase phase : recording.phases()) {
      writeLine(phase(phase), out);
    }
    for (Proc process : recording.processes()) {
      writeLine(process(process), out);
    }
    for (Event event : recording.events()) {
      writeLine(event(event), out);
    }
    writeLine(tree("before", recording.treeBefore()), out);
    writeLine(tree("after", recording.treeAfter()), out);
    for (Output output : recording.outputs()) {
      writeLine(output(output), out);
    }
    writeLine(line("end"), out);
  }

  private static void writeLine(Map<String, Object> line, Appendable out) throws IOException {
    Json.write(line, out);
    out.append('\n');
  }

  private static Map<String, Object> line(String record) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("record", record);
    return line;
  }

  private static void put(Map<String, Object> line, String key, @Nullable Object value) {
    if (value != null) {
      line.put(key, value);
    }
  }

  private static void putIf(Map<String, Object> line, String key, int number) {
    put(line, key, number == 0 ? null : number);
  }

  private static Map<String, Object> header(Header header) {
    Map<String, Object> line = line("header");
    line.put("format", FORMAT);
    line.put("version", header.version());
    line.put("host", header.host());
    line.put("kernel", header.kernel());
    line.put("jvm", header.jvm());
    line.put("run", header.run());
    line.put("module", header.module());
    line.put("test", header.test());
    line.put("display_name", header.displayName());
    line.put("class", header.className());
    line.put("method", header.method());
    line.put("invocation", header.invocation());
    line.put("scope", header.scope());
    line.put("wall_origin", header.wallOrigin().toString());
    line.put("monotonic_origin", header.monotonicOrigin());
    line.put("complete", header.complete());
    line.put("lost", header.lost());
    line.put("exact", header.exact());
    put(line, "may_miss", header.mayMiss() ? true : null);
    line.put("result", key(header.result()));
    put(line, "failure", header.failure());
    return line;
  }

  private static Map<String, Object> phase(Phase phase) {
    Map<String, Object> line = line("phase");
    line.put("name", phase.name());
    line.put("from", phase.from());
    line.put("to", phase.to());
    return line;
  }

  private static Map<String, Object> tree(String when, List<String> lines) {
    Map<String, Object> line = line("tree");
    line.put("when", when);
    line.put("lines", lines);
    return line;
  }

  private static Map<String, Object> output(Output output) {
    Map<String, Object> line = line("output");
    line.put("launch", output.launch());
    line.put("stream", output.stream());
    line.put("cut", output.cut());
    line.put("tail", output.tail());
    return line;
  }

  private Map<String, Object> process(Proc process) {
    Map<String, Object> line = line("process");
    line.put("number", process.number());
    putIf(line, "parent", process.parent());
    putPids(process, line);
    line.put("name", process.name());
    line.put("born", process.bornAt());
    line.put("born_by", key(process.bornBy()));
    put(line, "last_alive", process.aliveAt());
    put(line, "ended", process.endedAt());
    line.put("commands", process.commands().stream().map(RecordingWriter::command).toList());
    put(line, "process.real_user.id", process.uid());
    put(line, "process.real_user.name", process.user());
    put(line, "scope", process.scope());
    put(line, "launch", process.launch());
    put(line, "adopted", process.adoptedAt());
    if (process.end() != null) {
      putEnd(process.end(), line);
      put(line, "cause", process.end().cause() == null ? null : key(process.end().cause()));
      put(line, "sender", process.end().sender());
      putIf(line, "sender_process", process.end().senderProcess());
      line.put("ending", process.end().text());
    }
    Usage usage = process.usage();
    if (usage != null) {
      line.put("user_micros", usage.userMicros());
      line.put("system_micros", usage.systemMicros());
      put(line, "peak_bytes", usage.peakBytes());
    }
    put(line, "origin", process.origin());
    line.put("marks", process.marks().stream().map(RecordingWriter::key).toList());
    return line;
  }

  private static Map<String, Object> command(Command command) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("at", command.at());
    map.put("exec", command.isExec());
    put(map, "process.executable.path", command.executable());
    map.put("process.command_args", command.words());
    return map;
  }

  private void putPids(Proc process, Map<String, Object> line) {
    line.put("process.pid", process.pid());
    recording
        .process(process.parent())
        .ifPresent(parent -> line.put("process.parent_pid", parent.pid()));
    Instant born = recording.header().wallOrigin().plusNanos(process.bornAt());
    line.put("process.creation.time", born.toString());
  }

  /** Writes the exit code, or the signal: never one as the other. */
  private static void putEnd(End end, Map<String, Object> line) {
    put(line, "process.exit.code", end.code());
    put(line, "process.exit.signal", end.signal());
    put(line, "process.exit.core_dumped", end.coreDumped() ? true : null);
  }

  private Map<String, Object> event(Event event) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("seq", event.seq());
    line.put("t", event.at());
    line.put("event", event.kind().key());
    line.put("source", key(event.source()));
    Proc process = recording.process(event.process()).orElse(null);
    if (process != null) {
      line.put("number", process.number());
      putPids(process, line);
      putProgram(event, process, line);
      if (event.kind() == Kind.EXITED && process.end() != null) {
        putEnd(process.end(), line);
      }
    }
    put(line, "signal", event.signal());
    put(line, "sender", event.sender());
    if (event.other() != 0) {
      line.put("other", event.other());
      recording.process(event.other()).ifPresent(other -> line.put("other.pid", other.pid()));
    }
    line.put("text", event.text());
    return line;
  }

  /** Writes what the process executes at the time of an event, and all of it if that is new. */
  private void putProgram(Event event, Proc process, Map<String, Object> line) {
    List<Command> commands = process.commands();
    int before = commandsSoFar.getOrDefault(process.number(), -1);
    int now = before;
    while (now + 1 < commands.size() && commands.get(now + 1).at() <= event.at()) {
      now++;
    }
    commandsSoFar.put(process.number(), now);
    Command command = now < 0 ? null : commands.get(now);
    String file = command == null ? null : command.executable();
    line.put(
        "process.executable.name",
        file == null ? process.name() : file.substring(file.lastIndexOf('/') + 1));
    if (command != null && now != before) {
      put(line, "process.executable.path", file);
      line.put("process.command_args", command.words());
    }
  }

  /** Returns a constant as files have it. */
  static String key(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Returns the mark, source, kind or cause with a key. */
  static <E extends Enum<E>> E constant(Class<E> type, String key) {
    for (E constant : type.getEnumConstants()) {
      if (key(constant).equals(key)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "unknown " + type.getSimpleName().toLowerCase(Locale.ROOT) + ": " + Bounds.text(key, 200));
  }

  /** Names the marks for a reader. */
  static List<Mark> marks(List<String> keys) {
    return keys.stream().map(key -> constant(Mark.class, key)).toList();
  }
}
