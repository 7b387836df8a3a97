package io.github.subreaper.internal.report.pages;

import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Bounds;
import io.github.subreaper.internal.report.recording.Event;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.Recording.Command;
import io.github.subreaper.internal.report.recording.Recording.End;
import io.github.subreaper.internal.report.recording.Recording.Header;
import io.github.subreaper.internal.report.recording.Recording.Mark;
import io.github.subreaper.internal.report.recording.Recording.Output;
import io.github.subreaper.internal.report.recording.Recording.Phase;
import io.github.subreaper.internal.report.recording.Recording.Proc;
import io.github.subreaper.internal.report.recording.Recording.Usage;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    header(recording.header()).appendFirst(out);
    if (recording.header().failure() != null) {
      JsonLine.record("failure").put("text", recording.header().failure()).append(out);
    }
    recording.phases().forEach(phase -> phase(phase).append(out));
    recording.processes().forEach(process -> process(process).append(out));
    recording.events().forEach(event -> event(event).append(out));
    tree("before", recording.treeBefore()).append(out);
    tree("after", recording.treeAfter()).append(out);
    recording.outputs().forEach(output -> output(output).append(out));
    return out.append(JsonLine.END).toString();
  }

  private JsonLine header(Header header) {
    About about = header.about();
    Recorder.Test test = header.test();
    return JsonLine.record("header")
        .put("format", JsonLine.FORMAT)
        .put("result", key(header.result()))
        .put("verdict", header.failure() == null ? null : verdict(header.failure()))
        .put("scope", test.scope())
        .put("display_name", test.displayName())
        .put("class", test.className())
        .put("method", test.method())
        .put("invocation", test.invocation())
        .put("test", test.uniqueId())
        .put("host", about.host())
        .put("module", about.module())
        .put("run", about.run())
        .put("began", header.wallOrigin().toEpochMilli())
        .put("wall_origin", header.wallOrigin().toString())
        .put("monotonic_origin", header.monotonicOrigin())
        .put("version", about.version())
        .put("kernel", about.kernel())
        .put("jvm", about.jvm())
        .put("processes", recording.processes().size())
        .putUnless0("adopted", count(Mark.ADOPTED))
        .putUnless0("leaked", count(Mark.LEAKED))
        .putUnless0("survivors", count(Mark.SURVIVOR))
        .putUnless0("foreign", count(Mark.FOREIGN))
        .put("complete", header.complete())
        .put("lost", header.lost())
        .put("exact", header.exact())
        .putIf("may_miss", header.mayMiss());
  }

  private long count(Mark mark) {
    return recording.processes().stream().filter(process -> process.is(mark)).count();
  }

  /** Returns both ends of what a test failed with: the last line may say what is wrong. */
  static String verdict(String failure) {
    return failure.length() <= VERDICT ? failure : Bounds.middle(failure, VERDICT, " … ");
  }

  private static JsonLine phase(Phase phase) {
    return JsonLine.record("phase")
        .put("name", phase.name())
        .put("from", phase.from())
        .put("to", phase.to());
  }

  private static JsonLine tree(String when, List<String> lines) {
    return JsonLine.record("tree").put("when", when).put("lines", lines);
  }

  private static JsonLine output(Output output) {
    return JsonLine.record("output")
        .put("launch", output.launch())
        .put("stream", output.stream())
        .put("cut", output.cut())
        .put("tail", output.tail());
  }

  private JsonLine process(Proc process) {
    JsonLine line = JsonLine.record("process").put("number", process.number());
    line.putUnless0("parent", process.parent());
    putPids(process, line);
    line.put("name", process.name())
        .put("born", process.bornAt())
        .put("born_by", key(process.bornBy()))
        .put("last_alive", process.aliveAt())
        .put("ended", process.endedAt())
        .put("commands", process.commands().stream().map(RecordingWriter::command).toList())
        .put("process.real_user.id", process.uid())
        .put("process.real_user.name", process.user())
        .put("scope", process.scope())
        .put("launch", process.launch())
        .put("adopted", process.adoptedAt());
    End end = process.end();
    if (end != null) {
      putEnd(end, line);
      line.put("cause", end.cause() == null ? null : key(end.cause()))
          .put("sender", end.sender())
          .putUnless0("sender_process", end.senderProcess())
          .put("ending", end.text());
    }
    Usage usage = process.usage();
    if (usage != null) {
      line.put("user_micros", usage.userMicros())
          .put("system_micros", usage.systemMicros())
          .put("peak_bytes", usage.peakBytes());
    }
    return line.put("origin", process.origin())
        .put("marks", process.marks().stream().map(RecordingWriter::key).toList());
  }

  private static Map<String, Object> command(Command command) {
    return new JsonLine()
        .put("at", command.at())
        .put("exec", command.isExec())
        .put("process.executable.path", command.executable())
        .put("process.command_args", command.words())
        .keys();
  }

  private void putPids(Proc process, JsonLine line) {
    line.put("process.pid", process.pid())
        .put("process.parent_pid", pid(process.parent()))
        .put(
            "process.creation.time",
            recording.header().wallOrigin().plusNanos(process.bornAt()).toString());
  }

  private @Nullable Long pid(int number) {
    return recording.process(number).map(Proc::pid).orElse(null);
  }

  /** Writes the exit code, or the signal: never one as the other. */
  private static void putEnd(End end, JsonLine line) {
    line.put("process.exit.code", end.code())
        .put("process.exit.signal", end.signal())
        .putIf("process.exit.core_dumped", end.coreDumped());
  }

  private JsonLine event(Event event) {
    JsonLine line =
        new JsonLine()
            .put("seq", event.seq())
            .put("t", event.at())
            .put("event", event.kind())
            .put("source", key(event.source()));
    Proc process = recording.process(event.process()).orElse(null);
    if (process != null) {
      line.put("number", process.number());
      putPids(process, line);
      putProgram(event, process, line);
      if (event.kind().equals("exited") && process.end() != null) {
        putEnd(process.end(), line);
      }
    }
    return line.put("signal", event.signal())
        .put("sender", event.sender())
        .putUnless0("other", event.other())
        .put("other.pid", pid(event.other()))
        .put("text", event.text());
  }

  /** Writes what the process executes at the time of an event, and all of it if that is new. */
  private void putProgram(Event event, Proc process, JsonLine line) {
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
      line.put("process.executable.path", file).put("process.command_args", command.words());
    }
  }

  /** Returns a constant as files have it. */
  public static String key(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
