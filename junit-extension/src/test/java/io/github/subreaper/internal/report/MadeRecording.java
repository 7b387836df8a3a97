package io.github.subreaper.internal.report;

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
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes recordings for tests, without any process. Times are milliseconds. */
public final class MadeRecording {
  private final List<Proc> processes = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private final List<Phase> phases = new ArrayList<>();
  private final List<String> before = new ArrayList<>();
  private final List<String> after = new ArrayList<>();
  private final List<Output> outputs = new ArrayList<>();
  private String scope = "BillingTest.stopsCleanly()";
  private String origin = "com.acme.BillingTest.stopsCleanly(BillingTest.java:41)";
  private Header header =
      header("com.acme.BillingTest", "stopsCleanly", "stopsCleanly()", Result.PASSED, null);

  public static Header header(
      String className,
      String method,
      String displayName,
      Result result,
      @Nullable String failure) {
    return new Header(
        new About(
            "0.1.0",
            "ci-7",
            "Linux 6.12.9-amd64",
            "OpenJDK 17.0.13 (Temurin)",
            "ci-7-40880-1773454665000",
            "/build/billing"),
        new Recorder.Test(
            "[engine:junit-jupiter]/[class:" + className + "]/[method:" + method + "()]",
            displayName,
            className,
            method,
            0,
            className.substring(className.lastIndexOf('.') + 1) + "." + displayName),
        Instant.parse("2026-03-14T02:17:45.123456789Z"),
        123_456_789L,
        true,
        0,
        true,
        false,
        result,
        failure);
  }

  static long ms(double millis) {
    return Math.round(millis * 1_000_000);
  }

  public MadeRecording with(Header changed) {
    header = changed;
    return this;
  }

  /** Names the line of code that starts what has no parent from now on. */
  MadeRecording startedBy(String line) {
    origin = line;
    return this;
  }

  MadeRecording incomplete() {
    header =
        new Header(
            header.about(),
            header.test(),
            header.wallOrigin(),
            header.monotonicOrigin(),
            /* complete= */ false,
            /* lost= */ 12,
            /* exact= */ false,
            /* mayMiss= */ true,
            header.result(),
            header.failure());
    return this;
  }

  /** Lets the next processes belong to another scope. */
  MadeRecording scope(String next) {
    scope = next;
    return this;
  }

  MadeRecording phase(String name, double from, double to) {
    phases.add(new Phase(name, ms(from), ms(to)));
    return this;
  }

  /** A process without an end: alive. */
  int alive(int parent, double born, Set<Mark> marks, String... command) {
    return add(parent, born, Source.TRACE, null, null, null, marks, List.of(command));
  }

  int exited(int parent, double born, double ended, int code, String... command) {
    End end = new End(code, null, false, Cause.BY_ITSELF, null, 0, "exited " + code);
    return add(
        parent, born, Source.TRACE, ended, null, end, EnumSet.of(Mark.TRACED), List.of(command));
  }

  int killed(
      int parent,
      double born,
      double ended,
      String signal,
      @Nullable Cause cause,
      String... command) {
    End end = new End(null, signal, false, cause, null, 0, "killed by " + signal);
    return add(
        parent, born, Source.SCAN, ended, null, end, EnumSet.noneOf(Mark.class), List.of(command));
  }

  int add(
      int parent,
      double born,
      Source by,
      @Nullable Double ended,
      @Nullable Double adopted,
      @Nullable End end,
      Set<Mark> marks,
      List<String> command) {
    int number = processes.size() + 1;
    String name = command.get(0).substring(command.get(0).lastIndexOf('/') + 1);
    long exec = ms(born + 1);
    processes.add(
        new Proc(
            number,
            41_000L + number,
            parent,
            name.substring(0, Math.min(15, name.length())),
            ms(born),
            by,
            ended == null ? null : (Long) ms(ended),
            null,
            List.of(new Command(exec, true, "/usr/bin/" + name, command)),
            1000,
            "builder",
            scope,
            parent == 0 ? String.join(" ", command) : null,
            adopted == null ? null : (Long) ms(adopted),
            end,
            new Usage(2_000, 1_500, 1_800_000L),
            parent == 0 ? origin : null,
            marks));
    event(born + 1, "executed", number, "executed " + String.join(" ", command), 0, null);
    if (end != null && ended != null) {
      event(ended, "exited", number, end.text(), 0, null);
    }
    return number;
  }

  MadeRecording event(
      double at, String kind, int process, String text, int other, @Nullable String signal) {
    events.add(
        new Event(
            events.size() + 1, ms(at), kind, Source.TRACE, process, text, other, signal, null));
    return this;
  }

  MadeRecording before(String... lines) {
    before.addAll(List.of(lines));
    return this;
  }

  MadeRecording after(String... lines) {
    after.addAll(List.of(lines));
    return this;
  }

  MadeRecording output(String launch, String stream, String tail, boolean cut) {
    outputs.add(new Output(launch, stream, tail, cut));
    return this;
  }

  public Recording make() {
    return new Recording(header, processes, events, phases, before, after, outputs);
  }
}
