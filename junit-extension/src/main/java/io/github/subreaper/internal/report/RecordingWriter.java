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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes a recording as JSON lines, as {@code REPORTS.md} describes them: a header, which is the
 * summary, then the failure, phases, processes, events, trees and outputs. Lines with a key {@code
 * event} are what happened, those with {@code record} are the rest. Keys that start with {@code
 * process.} are those of OpenTelemetry where it has one. A line rests only on lines before it, so
 * that a file whose end is missing can still be read.
 */
public final class RecordingWriter {
  private static final int VERDICT = 600;

  private final Recording recording;

  /** What the process of each event executes at that time, by the number of the process. */
  private final Map<Integer, Integer> commandsSoFar = new HashMap<>();

  private RecordingWriter(Recording recording) {
    this.recording = recording;
  }

  /**
   * Returns the file as a text.
   *
   * @param recording what to write
   * @return lines, each with its end
   */
  public static String write(Recording recording) {
    return new RecordingWriter(recording).lines();
  }

  private String lines() {
    StringBuilder out = new StringBuilder();
    JsonLines.appendFirst(header(recording.header()), out);
    if (recording.header().failure() != null) {
      Map<String, Object> failure = JsonLines.record("failure");
      failure.put("text", recording.header().failure());
      JsonLines.append(failure, out);
    }
    recording.phases().forEach(phase -> JsonLines.append(phase(phase), out));
    recording.processes().forEach(process -> JsonLines.append(process(process), out));
    recording.events().forEach(event -> JsonLines.append(event(event), out));
    JsonLines.append(tree("before", recording.treeBefore()), out);
    JsonLines.append(tree("after", recording.treeAfter()), out);
    recording.outputs().forEach(output -> JsonLines.append(output(output), out));
    return out.append(JsonLines.END).toString();
  }

  private Map<String, Object> header(Header header) {
    Map<String, Object> line = JsonLines.record("header");
    line.put("format", JsonLines.FORMAT);
    line.put("result", key(header.result()));
    JsonLines.put(line, "verdict", header.failure() == null ? null : verdict(header.failure()));
    line.put("scope", header.scope());
    line.put("display_name", header.displayName());
    line.put("class", header.className());
    line.put("method", header.method());
    line.put("invocation", header.invocation());
    line.put("test", header.test());
    line.put("host", header.host());
    line.put("module", header.module());
    line.put("run", header.run());
    line.put("began", header.wallOrigin().toEpochMilli());
    line.put("wall_origin", header.wallOrigin().toString());
    line.put("monotonic_origin", header.monotonicOrigin());
    line.put("version", header.version());
    line.put("kernel", header.kernel());
    line.put("jvm", header.jvm());
    line.put("processes", recording.processes().size());
    JsonLines.putUnless0(line, "adopted", count(Mark.ADOPTED));
    JsonLines.putUnless0(line, "leaked", count(Mark.LEAKED));
    JsonLines.putUnless0(line, "survivors", count(Mark.SURVIVOR));
    JsonLines.putUnless0(line, "foreign", count(Mark.FOREIGN));
    line.put("complete", header.complete());
    line.put("lost", header.lost());
    line.put("exact", header.exact());
    JsonLines.put(line, "may_miss", header.mayMiss() ? true : null);
    return line;
  }

  private long count(Mark mark) {
    return recording.processes().stream().filter(process -> process.is(mark)).count();
  }

  /** Returns both ends of what a test failed with: the last line may say what is wrong. */
  static String verdict(String failure) {
    return failure.length() <= VERDICT ? failure : Bounds.middle(failure, VERDICT, " … ");
  }

  private static Map<String, Object> phase(Phase phase) {
    Map<String, Object> line = JsonLines.record("phase");
    line.put("name", phase.name());
    line.put("from", phase.from());
    line.put("to", phase.to());
    return line;
  }

  private static Map<String, Object> tree(String when, List<String> lines) {
    Map<String, Object> line = JsonLines.record("tree");
    line.put("when", when);
    line.put("lines", lines);
    return line;
  }

  private static Map<String, Object> output(Output output) {
    Map<String, Object> line = JsonLines.record("output");
    line.put("launch", output.launch());
    line.put("stream", output.stream());
    line.put("cut", output.cut());
    line.put("tail", output.tail());
    return line;
  }

  private Map<String, Object> process(Proc process) {
    Map<String, Object> line = JsonLines.record("process");
    line.put("number", process.number());
    JsonLines.putUnless0(line, "parent", process.parent());
    putPids(process, line);
    line.put("name", process.name());
    line.put("born", process.bornAt());
    line.put("born_by", key(process.bornBy()));
    JsonLines.put(line, "last_alive", process.aliveAt());
    JsonLines.put(line, "ended", process.endedAt());
    line.put("commands", process.commands().stream().map(RecordingWriter::command).toList());
    JsonLines.put(line, "process.real_user.id", process.uid());
    JsonLines.put(line, "process.real_user.name", process.user());
    JsonLines.put(line, "scope", process.scope());
    JsonLines.put(line, "launch", process.launch());
    JsonLines.put(line, "adopted", process.adoptedAt());
    if (process.end() != null) {
      putEnd(process.end(), line);
      JsonLines.put(
          line, "cause", process.end().cause() == null ? null : key(process.end().cause()));
      JsonLines.put(line, "sender", process.end().sender());
      JsonLines.putUnless0(line, "sender_process", process.end().senderProcess());
      line.put("ending", process.end().text());
    }
    Usage usage = process.usage();
    if (usage != null) {
      line.put("user_micros", usage.userMicros());
      line.put("system_micros", usage.systemMicros());
      JsonLines.put(line, "peak_bytes", usage.peakBytes());
    }
    JsonLines.put(line, "origin", process.origin());
    line.put("marks", process.marks().stream().map(RecordingWriter::key).toList());
    return line;
  }

  private static Map<String, Object> command(Command command) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("at", command.at());
    map.put("exec", command.isExec());
    JsonLines.put(map, "process.executable.path", command.executable());
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
    JsonLines.put(line, "process.exit.code", end.code());
    JsonLines.put(line, "process.exit.signal", end.signal());
    JsonLines.put(line, "process.exit.core_dumped", end.coreDumped() ? true : null);
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
    JsonLines.put(line, "signal", event.signal());
    JsonLines.put(line, "sender", event.sender());
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
      JsonLines.put(line, "process.executable.path", file);
      line.put("process.command_args", command.words());
    }
  }

  /** Returns a constant as files have it. */
  static String key(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
