package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.End;
import io.github.subreaper.internal.report.Recording.Header;
import io.github.subreaper.internal.report.Recording.Phase;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Usage;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Draws a recording in the Trace Event Format, which Perfetto and Chrome show. The test has number
 * 1, and the first process 2: real pids are reused. A slice is a process's life; in it lies one for
 * each program that it executes, and in that one for each title. Arrows lead from a fork to its
 * child, and from a parent that ended to the process that was adopted.
 *
 * <p>A time that rounding or a late scan puts outside of what it belongs to is moved into that:
 * slices nest, and each end of an arrow lies in a slice.
 */
public final class ChromeTrace {
  /** The track of the test. */
  private static final int TEST = 1;

  /** So short a life still has a place for the end of an arrow. */
  private static final long SHORTEST = 1_000;

  private final Recording recording;
  private final Map<Integer, Span> lives = new HashMap<>();
  private final TraceItems items = new TraceItems();

  private ChromeTrace(Recording recording) {
    this.recording = recording;
  }

  /**
   * Writes a file in UTF-8.
   *
   * @param recording what to draw
   * @param file which is replaced
   * @throws IOException if it cannot be written; a part of it may be there
   */
  public static void write(Recording recording, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      new ChromeTrace(recording).write(out);
    }
  }

  /**
   * Returns the file as a text.
   *
   * @param recording what to draw
   * @return JSON
   */
  public static String write(Recording recording) {
    StringBuilder text = new StringBuilder();
    try {
      new ChromeTrace(recording).write(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringBuilder takes every text
    }
    return text.toString();
  }

  private record Span(long from, long to) {

    long within(long time) {
      return Math.max(from, Math.min(to, time));
    }

    /** Returns the nearest time at which the slice of this span is surely open. */
    long inside(long time) {
      return Math.max(from, Math.min(to - 1, time));
    }
  }

  private void write(Appendable out) throws IOException {
    recording.processes().forEach(process -> lives.put(process.number(), life(process)));
    drawTest();
    recording.processes().forEach(this::draw);
    recording.events().forEach(this::draw);
    items.write(about(recording.header()), out);
  }

  private static Map<String, Object> about(Header header) {
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("version", header.version());
    about.put("host", header.host());
    about.put("kernel", header.kernel());
    about.put("jvm", header.jvm());
    about.put("run", header.run());
    about.put("module", header.module());
    about.put("test", header.test());
    about.put("begin", header.wallOrigin().toString());
    about.put("complete", header.complete());
    about.put("exact", header.exact());
    return about;
  }

  // the test

  private void drawTest() {
    Header header = recording.header();
    items.name(TEST, "test " + header.displayName(), 0, "the JVM");
    long to = SHORTEST;
    for (Span life : lives.values()) {
      to = Math.max(to, life.to);
    }
    Span all = new Span(0, Math.max(to, recording.end()));
    lives.put(0, all);
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("class", header.className());
    arguments.put("method", header.method());
    arguments.put("scope", header.scope());
    arguments.put("result", RecordingWriter.key(header.result()));
    putIfKnown(arguments, "failure", header.failure());
    slice(TEST, header.displayName(), "test", all, arguments);
    long from = 0;
    for (Phase phase : recording.phases()) {
      from = Math.max(from, all.within(phase.from()));
      Span span = new Span(from, Math.max(from, all.within(phase.to())));
      slice(TEST, phase.name(), "phase", span, Map.of());
      from = span.to;
    }
  }

  // processes

  /** Returns the life of a process, with all that was recorded of it. Its parent's is known. */
  private Span life(Proc process) {
    long from = Math.max(0, process.bornAt());
    Span parent = lives.get(process.parent());
    if (parent != null) {
      from = Math.max(from, parent.from);
    }
    long to = process.endedAt() == null ? recording.end() : process.endedAt();
    to = Math.max(to, from + SHORTEST);
    for (Command command : process.commands()) {
      to = Math.max(to, command.at());
    }
    return new Span(from, to);
  }

  private void draw(Proc process) {
    int pid = pid(process.number());
    Span life = span(process.number());
    items.name(pid, process.pid() + " " + process.title(), process.number(), label(process));
    slice(pid, process.pid() + " " + process.name(), "process", life, facts(process));
    drawCommands(process, pid, life);
    if (process.aliveAt() != null) {
      drawOpenEnd(process, pid, life);
    }
    if (process.parent() != 0 && lives.containsKey(process.parent())) {
      long fork = span(process.parent()).inside(life.from);
      Map<String, Object> child = Map.of("child", process.title());
      arrow("fork", process.parent(), fork, process.number(), life.from, child);
    }
  }

  /** Draws, within what it executed last, when it may have ended. */
  private void drawOpenEnd(Proc process, int pid, Span life) {
    long from = life.within(Objects.requireNonNull(process.aliveAt()));
    for (Command command : process.commands()) {
      from = Math.max(from, life.within(command.at()));
    }
    slice(pid, "ended in this time", "end", new Span(from, life.to), Map.of());
  }

  /** Draws what it executes, each until the next one, and its titles in that. */
  private void drawCommands(Proc process, int pid, Span life) {
    List<Command> commands = process.commands();
    long last = life.from;
    for (int i = 0; i < commands.size(); i++) {
      int next = i + 1;
      while (next < commands.size() && !commands.get(next).isExec()) {
        next++;
      }
      Span program = between(commands, i, next, last, life);
      slice(pid, title(commands.get(i)), "exec", program, arguments(commands.get(i)));
      long titled = program.from;
      for (int title = i + 1; title < next; title++) {
        Span span = between(commands, title, title + 1, titled, program);
        titled = span.to;
        slice(pid, title(commands.get(title)), "title", span, arguments(commands.get(title)));
      }
      last = program.to;
      i = next - 1;
    }
  }

  private static Span between(List<Command> commands, int from, int to, long earliest, Span outer) {
    long start = Math.max(earliest, outer.within(commands.get(from).at()));
    long end = to < commands.size() ? outer.within(commands.get(to).at()) : outer.to;
    return new Span(start, Math.max(start, end));
  }

  private static String title(Command command) {
    String words = String.join(" ", command.words());
    String file = command.executable();
    return words.isBlank() ? file == null ? "?" : file : words;
  }

  private static Map<String, Object> arguments(Command command) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    putIfKnown(arguments, "executable", command.executable());
    arguments.put("command", command.words());
    return arguments;
  }

  private static Map<String, Object> facts(Proc process) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("pid", process.pid());
    putIfKnown(facts, "launch", process.launch());
    putIfKnown(facts, "started by", process.origin());
    putIfKnown(facts, "uid", process.uid());
    putIfKnown(facts, "user", process.user());
    putIfKnown(facts, "scope", process.scope());
    facts.put("born by", RecordingWriter.key(process.bornBy()));
    End end = process.end();
    if (end != null) {
      facts.put("ended", end.text());
      putIfKnown(facts, "ended by", end.sender());
      putIfKnown(facts, "cause", end.cause() == null ? null : RecordingWriter.key(end.cause()));
    }
    Usage usage = process.usage();
    if (usage != null) {
      facts.put("user µs", usage.userMicros());
      facts.put("system µs", usage.systemMicros());
      putIfKnown(facts, "peak bytes", usage.peakBytes());
    }
    return facts;
  }

  private static void putIfKnown(Map<String, Object> map, String key, @Nullable Object value) {
    if (value != null) {
      map.put(key, value);
    }
  }

  private static String label(Proc process) {
    List<String> marks = process.marks().stream().map(RecordingWriter::key).toList();
    String end = process.end() == null ? "alive" : process.end().text();
    return String.join(", ", marks) + (marks.isEmpty() ? "" : ", ") + end;
  }

  // events

  private void draw(Event event) {
    switch (event.kind()) {
      case ADOPTED -> drawAdoption(event);
      case READY, SIGNALED, STOPPED, CONTINUED, LEAKED, UNKILLABLE, FOREIGN -> instant(event);
      case GUARDIAN_REPLACED, SCAN_INCOMPLETE, EVENTS_LOST -> instant(event);
      case LAUNCHED, SEEN, FORKED, EXECUTED, RENAMED, EXITED, SCOPE_OPENED, SCOPE_ENDED -> {
        // slices show these
      }
    }
  }

  private void drawAdoption(Event event) {
    instant(event);
    if (lives.containsKey(event.process()) && lives.containsKey(event.other())) {
      long adopted = span(event.process()).inside(event.at());
      long end = Math.min(adopted, span(event.other()).to - 1);
      arrow("adoption", event.other(), end, event.process(), adopted, Map.of());
    }
  }

  private void instant(Event event) {
    if (!lives.containsKey(event.process())) {
      return;
    }
    String name = event.signal() == null ? RecordingWriter.key(event.kind()) : event.signal();
    Map<String, Object> arguments = new LinkedHashMap<>();
    arguments.put("text", event.text());
    arguments.put("source", RecordingWriter.key(event.source()));
    long at = span(event.process()).inside(event.at());
    items.instant(pid(event.process()), name, "event", at, arguments);
  }

  /** Draws nothing where no arrow is possible, as in a recording that contradicts itself. */
  private void arrow(
      String name, int from, long at, int to, long arrival, Map<String, Object> arguments) {
    if (at > arrival || at != span(from).inside(at) || arrival != span(to).inside(arrival)) {
      return;
    }
    String whose = recording.process(to).map(one -> " " + one.pid()).orElse("");
    items.instant(pid(from), name + whose, name, at, arguments);
    items.arrive(items.leave(pid(from), name, at), pid(to), arrival);
  }

  private static int pid(int number) {
    return number + TEST;
  }

  private Span span(int number) {
    Span life = lives.get(number);
    if (life == null) {
      throw new IllegalArgumentException("no process " + number);
    }
    return life;
  }

  private void slice(
      int pid, String name, String category, Span span, Map<String, Object> arguments) {
    items.slice(pid, name, category, span.from, span.to, arguments);
  }
}
