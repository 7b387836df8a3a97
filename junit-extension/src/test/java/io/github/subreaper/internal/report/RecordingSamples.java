package io.github.subreaper.internal.report;

import io.github.subreaper.ProcessEvent.Source;
import io.github.subreaper.internal.engine.journal.Fact;
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
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Recordings that no process has to run for. */
public final class RecordingSamples {
  /** What a process may put into its command line, title, name or output to harm its reader. */
  public static final List<String> HOSTILE =
      List.of(
          "</script><script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "\u001b[2J\u001b]0;title\u0007\u009b31m",
          "\n::error::x",
          "\r\n\t\0\u0001\u007f",
          "half \ud800 a \udc00 pair",
          "turned \u202e around \u2028 and \u2066",
          "\ufffd\ufffe\uffff",
          "{\"record\":\"end\"}\n{\"record\":\"end\"}",
          "😀".repeat(300_000),
          "x".repeat(1_000_000));

  private static final List<String> KINDS =
      Stream.of(Fact.Kind.values()).map(kind -> kind.name().toLowerCase(Locale.ROOT)).toList();

  private RecordingSamples() {}

  static Header header() {
    return new Header(
        new About("1.0", "host", "Linux 6.1", "JVM 17", "host-12-1767323045678", "/build/module"),
        new Recorder.Test("[class:T]/[method:t()]", "t()", "T", "t", 2, "T.t()[2]"),
        Instant.parse("2026-01-02T03:04:05.678Z"),
        1_000,
        true,
        0,
        false,
        true,
        Result.FAILED,
        "it failed");
  }

  /** A launcher, its daemon, the daemon's worker that a signal killed, and one that lives. */
  public static Recording ofADaemon() {
    List<Proc> processes =
        List.of(
            new Proc(
                1,
                100,
                0,
                "sh",
                1_000_000,
                Source.LIBRARY,
                9_000_000L,
                null,
                List.of(command(1_200_000, true, "/bin/sh", "sh", "start.sh")),
                0,
                null,
                "T",
                "sh start.sh",
                null,
                new End(0, null, false, Cause.BY_ITSELF, null, 0, "exited 0"),
                new Usage(1_000, 2_000, 3_000_000L),
                "T.t(T.java:12)",
                Set.of(Mark.LAUNCHED)),
            new Proc(
                2,
                101,
                1,
                "daemon",
                5_000_000,
                Source.SCAN,
                50_000_000L,
                46_000_000L,
                List.of(
                    command(5_500_000, false, null, "sh", "start.sh"),
                    command(6_000_000, true, "/usr/bin/daemon", "daemon", "-d"),
                    command(7_000_000, false, "/usr/bin/daemon", "daemon: starting"),
                    command(8_000_000, false, "/usr/bin/daemon", "daemon: ready"),
                    command(30_000_000, true, "/usr/bin/daemon2", "daemon2")),
                null,
                null,
                null,
                "sh start.sh",
                9_100_000L,
                new End(null, "SIGTERM", true, Cause.STOP_SIGNAL, "this JVM", 0, "killed by"),
                null,
                null,
                EnumSet.of(Mark.ADOPTED, Mark.TRACED)),
            new Proc(
                3,
                100,
                2,
                "worker",
                11_000_000,
                Source.TRACE,
                12_000_000L,
                null,
                List.of(),
                1000,
                "me",
                "T.t()[2]",
                "sh start.sh",
                null,
                new End(null, "SIGKILL", false, null, "101 (daemon)", 2, "killed by SIGKILL"),
                new Usage(0, 0, null),
                null,
                Set.of(Mark.TRACED)),
            new Proc(
                4,
                99,
                0,
                "other",
                -5_000_000,
                Source.SCAN,
                null,
                null,
                List.of(command(2_000_000, false, null, "other")),
                null,
                null,
                null,
                null,
                2_000_000L,
                null,
                null,
                null,
                Set.of(Mark.FOREIGN, Mark.SURVIVOR, Mark.LEAKED)));
    List<Event> events =
        List.of(
            event(1, 0, "scope_opened", Source.LIBRARY, 0, 0, null, null),
            event(2, 1_200_000, "launched", Source.LIBRARY, 1, 0, null, null),
            event(3, 2_000_000, "foreign", Source.SCAN, 4, 0, null, null),
            event(4, 5_500_000, "seen", Source.SCAN, 2, 0, null, null),
            event(5, 6_000_000, "executed", Source.TRACE, 2, 0, null, null),
            event(6, 7_000_000, "renamed", Source.SCAN, 2, 0, null, null),
            event(7, 8_000_000, "renamed", Source.SCAN, 2, 0, null, null),
            event(8, 8_100_000, "ready", Source.LIBRARY, 1, 0, null, null),
            event(9, 9_100_000, "adopted", Source.SCAN, 2, 1, null, null),
            event(10, 9_000_000, "exited", Source.WAIT, 1, 0, null, null),
            event(11, 11_000_000, "forked", Source.TRACE, 2, 3, null, null),
            event(12, 11_900_000, "signaled", Source.TRACE, 3, 2, "SIGKILL", "101 (daemon)"),
            event(13, 12_000_000, "exited", Source.WAIT, 3, 0, null, null),
            event(14, 13_000_000, "stopped", Source.SCAN, 2, 0, "SIGSTOP", null),
            event(15, 14_000_000, "continued", Source.SCAN, 2, 0, null, null),
            event(16, 30_000_000, "executed", Source.TRACE, 2, 0, null, null),
            event(17, 40_000_000, "leaked", Source.LIBRARY, 4, 0, null, null),
            event(18, 45_000_000, "signaled", Source.LIBRARY, 2, 0, "SIGTERM", "this JVM"),
            event(19, 50_000_000, "exited", Source.WAIT, 2, 0, null, null),
            event(20, 55_000_000, "unkillable", Source.LIBRARY, 4, 0, null, null),
            event(21, 60_000_000, "events_lost", Source.LIBRARY, 0, 0, null, null),
            event(22, 60_000_000, "scope_ended", Source.LIBRARY, 0, 0, null, null));
    return new Recording(
        header(),
        processes,
        events,
        List.of(
            new Phase("before", 100_000, 900_000),
            new Phase("test", 900_000, 44_000_000),
            new Phase("end", 44_000_000, 61_000_000)),
        List.of("    101 ?        Ss     0:00 daemon2"),
        List.of(),
        List.of(
            new Output("sh start.sh", "stdout", "started\n", false),
            new Output("sh start.sh", "stderr", "… and so on\n", true)));
  }

  /** The same, where each text is hostile. */
  public static Recording hostile(String text) {
    List<Proc> processes = new ArrayList<>();
    for (Proc one : ofADaemon().processes()) {
      List<Command> commands = new ArrayList<>();
      for (Command command : one.commands()) {
        commands.add(
            new Command(command.at(), command.isExec(), text, List.of(text, "-x", text, text)));
      }
      processes.add(
          new Proc(
              one.number(),
              one.pid(),
              one.parent(),
              text,
              one.bornAt(),
              one.bornBy(),
              one.endedAt(),
              one.aliveAt(),
              commands,
              one.uid(),
              text,
              text,
              text,
              one.adoptedAt(),
              new End(1, null, false, null, text, 0, text),
              one.usage(),
              text,
              one.marks()));
    }
    List<Event> events = new ArrayList<>();
    for (Event one : ofADaemon().events()) {
      events.add(
          new Event(
              one.seq(),
              one.at(),
              one.kind(),
              one.source(),
              one.process(),
              text,
              one.other(),
              one.signal(),
              text));
    }
    return new Recording(
        new Header(
            new About(text, text, text, text, text, text),
            new Recorder.Test(text, text, text, text, 1, text),
            Instant.EPOCH,
            0,
            true,
            0,
            true,
            true,
            Result.FAILED,
            text),
        processes,
        events,
        List.of(new Phase(text, 0, 1_000)),
        List.of(text, text),
        List.of(text),
        List.of(new Output(text, "stdout", text, false)));
  }

  /** Times and relations without sense: as rounding, late scans and hostile files have them. */
  public static Recording random(long seed) {
    Random random = new Random(seed);
    List<Proc> processes = new ArrayList<>();
    List<Event> events = new ArrayList<>();
    int count = 1 + random.nextInt(12);
    for (int number = 1; number <= count; number++) {
      List<Command> commands = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        commands.add(command(time(random), random.nextBoolean(), null, "program" + i));
      }
      processes.add(
          new Proc(
              number,
              100 + random.nextInt(3),
              random.nextInt(number),
              "name",
              time(random),
              Source.SCAN,
              random.nextBoolean() ? time(random) : null,
              random.nextBoolean() ? time(random) : null,
              commands,
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              Set.of()));
    }
    for (int seq = 1; seq < random.nextInt(40); seq++) {
      String kind = KINDS.get(random.nextInt(KINDS.size()));
      int process = random.nextInt(count + 1);
      int other = random.nextInt(count + 1);
      events.add(event(seq, time(random), kind, Source.SCAN, process, other, null, null));
    }
    List<Phase> phases = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      phases.add(new Phase("phase", time(random), time(random)));
    }
    return new Recording(header(), processes, events, phases, List.of(), List.of(), List.of());
  }

  private static long time(Random random) {
    return random.nextInt(6) * (random.nextBoolean() ? 1L : 1_000_000L) - 2;
  }

  private static Command command(long at, boolean isExec, @Nullable String file, String... words) {
    return new Command(at, isExec, file, List.of(words));
  }

  private static Event event(
      long seq,
      long at,
      String kind,
      Source source,
      int process,
      int other,
      @Nullable String signal,
      @Nullable String sender) {
    return new Event(seq, at, kind, source, process, kind, other, signal, sender);
  }
}
