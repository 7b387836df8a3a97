package io.github.subreaper.bench;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What an activation uses while nothing happens to its processes. Each state has a JVM of its own,
 * and those of a group are measured at the same time, one span after the other, beside a JVM that
 * does not know the library.
 */
final class Idle {
  private static final String CONTROL = "control";
  private static final String ACTIVE = "active";
  private static final String UNTRACED = "untraced";
  private static final String TRACED = "traced";
  private static final String OFF = ", origin=off";
  private static final String TRACE = "subreaper trace";
  private static final String CLOCK = "subreaper clock";

  private Idle() {}

  static void run(Setting setting, Report report) throws Exception {
    int many = setting.size(1000, 20);
    String[] sleep = {"sleep", "600"};
    String[] daemons = {setting.program("victims"), "idle", Integer.toString(many)};
    List<List<Span>> quiet =
        spans(
            setting,
            setting.size(10_000, 300),
            List.of(CONTROL),
            state(ACTIVE, "off", 0),
            state(ACTIVE, "", 0),
            state(UNTRACED, "off", 1, sleep),
            state(UNTRACED, "", 1, sleep),
            state(TRACED, "off", 1, sleep),
            state(UNTRACED, "off", many, daemons),
            state(TRACED, "off", many, daemons));
    List<Span> control = quiet.get(0);
    String nothing = "idle: no test runs, nothing of ours alive";
    String meaning =
        "The CPU time of a JVM and its guardian in a minute, less that of a JVM without the"
            + " library. A scope was open before, and has ended.";
    report.add(perMinute(nothing, quiet.get(2), control, 6, meaning));
    report.add(perMinute(nothing + OFF, quiet.get(1), control, 6, meaning));
    String asleep = "idle: one process asleep";
    String inScope = "The same with an open scope, in which `sleep` was launched.";
    report.add(perMinute(asleep, quiet.get(4), control, 100, inScope));
    report.add(perMinute(asleep + OFF, quiet.get(3), control, 100, inScope));
    report.add(awake(many, quiet.get(6)));
    report.add(traced(1, quiet.get(5), quiet.get(3)));
    report.add(traced(many, quiet.get(7), quiet.get(6)));
    report.add(besideCompiler(setting));
  }

  /**
   * A state of a JVM.
   *
   * @param origin the value of {@code subreaper.origin}: off, or empty for the flight recorder
   */
  private static List<String> state(String name, String origin, int processes, String... command) {
    List<String> words = new ArrayList<>(List.of(name, origin, Integer.toString(processes)));
    words.addAll(List.of(command));
    return words;
  }

  private static Row perMinute(
      String what, List<Span> spans, List<Span> control, double goal, String meaning) {
    Spread more = spread(spans, control, span -> span.cpu * 60e3 / span.nanos);
    return Row.absolute(what, more, "ms/min", goal, meaning)
        .withNote(
            String.format(
                "ms/min by thread %s; the control %s",
                byThread(spans, 60e3),
                Row.number(median(control, span -> span.cpu * 60e3 / span.nanos))));
  }

  /** The library's threads and the guardian, bash, in the given parts of the time. */
  private static String byThread(List<Span> spans, double parts) {
    return spans.get(0).threads.keySet().stream()
        .map(
            name ->
                name
                    + " "
                    + Row.number(median(spans, span -> span.of(name).nanos * parts / span.nanos)))
        .collect(Collectors.joining(", "));
  }

  private static List<Row> awake(int daemons, List<Span> spans) {
    String what = String.format("idle with %,d live daemons", daemons);
    List<String> each = new ArrayList<>();
    Span last = spans.get(spans.size() - 1);
    last.threads.forEach((name, use) -> each.add(name + " " + use.turns));
    return List.of(
        Row.absolute(
            what,
            spread(spans, span -> span.ours() * 100 / span.nanos),
            "% of a core",
            0.1,
            "The share of a core that the library's threads and its guardian use while"
                + " nothing happens."),
        Row.absolute(
                what,
                spread(spans, span -> span.turns() * 1e9 / span.nanos),
                "wakeups/s",
                Row.NO_GOAL,
                "How often they get a CPU.")
            .withNote("wakeups by thread " + String.join(", ", each)));
  }

  /** What the trace of daemons that do nothing uses, more than all the rest. */
  private static Row traced(int daemons, List<Span> with, List<Span> without) {
    return Row.absolute(
            String.format("traced: idle with %,d live daemons", daemons),
            spread(with, without, span -> span.ours() * 60e3 / span.nanos),
            "ms/min",
            6,
            "How much more CPU time the library's threads use in a minute in which nothing"
                + " happens, because the daemons are traced. 6 ms are 0.01 % of a core.")
        .withNote(
            String.format(
                "wakeups tracing thread %.0f, clock %.0f (untraced %.0f)",
                median(with, span -> span.of(TRACE).turns),
                median(with, span -> span.of(CLOCK).turns),
                median(without, span -> span.of(CLOCK).turns)));
  }

  /** The compiler is no descendant of the JVMs that are measured. */
  private static List<Row> besideCompiler(Setting setting) throws Exception {
    int[] sizes = setting.quick() ? new int[] {5, 20} : new int[] {100, 500};
    Process compiler = new ProcessBuilder(setting.program("compile")).start();
    try (BufferedReader output = compiler.inputReader()) {
      Setting.check("compiling".equals(output.readLine()), "no compiler");
      List<List<Span>> spans =
          spans(
              setting,
              setting.size(5000, 300),
              List.of(CONTROL),
              tree(setting, sizes[0]),
              tree(setting, sizes[1]));
      compiler.getOutputStream().close();
      String rate = output.readLine() + " children of the compiler a second";
      Setting.check(compiler.waitFor() == 0, "the compiler failed");
      return List.of(
          beside(sizes[0], 2, spans.get(1), spans.get(0), rate),
          beside(sizes[1], 6, spans.get(2), spans.get(0), rate));
    } finally {
      compiler.destroyForcibly();
    }
  }

  private static List<String> tree(Setting setting, int processes) {
    return state(UNTRACED, "", processes, setting.program("tree"), Integer.toString(processes));
  }

  private static Row beside(
      int processes, double goal, List<Span> spans, List<Span> control, String rate) {
    return Row.absolute(
            String.format("beside a compiler, %,d processes of ours", processes),
            spread(spans, control, span -> span.cpu * 100.0 / span.nanos),
            "% of a core",
            goal,
            "The CPU time of a JVM and its guardian, less that of a JVM without the library, while"
                + " its processes sleep and another program forks as fast as one CPU can.")
        .withNote("% by thread " + byThread(spans, 100) + "; " + rate);
  }

  private static Spread spread(List<Span> spans, ToDoubleFunction<Span> figure) {
    return Spread.of(spans.stream().mapToDouble(figure).toArray());
  }

  /** Of the differences in each span. */
  private static Spread spread(List<Span> spans, List<Span> less, ToDoubleFunction<Span> figure) {
    return Spread.of(
        IntStream.range(0, spans.size())
            .mapToDouble(
                i -> figure.applyAsDouble(spans.get(i)) - figure.applyAsDouble(less.get(i)))
            .toArray());
  }

  private static double median(List<Span> spans, ToDoubleFunction<Span> figure) {
    return spread(spans, figure).median();
  }

  /** Starts a JVM for each state, and measures all of them in each span. */
  @SafeVarargs
  private static List<List<Span>> spans(Setting setting, long millis, List<String>... states)
      throws Exception {
    List<Watched> jvms = new ArrayList<>();
    try {
      for (List<String> state : states) {
        jvms.add(Watched.start(setting, state));
      }
      for (Watched jvm : jvms) {
        jvm.awaitReady();
      }
      Thread.sleep(setting.size(5000, 10)); // compilers end, and the trace looks for stops again
      List<List<Span>> spans = new ArrayList<>();
      jvms.forEach(jvm -> spans.add(new ArrayList<>()));
      for (int round = 0; round < setting.size(3, 1); round++) {
        List<Span> before = now(jvms);
        Thread.sleep(millis);
        List<Span> after = now(jvms);
        for (int jvm = 0; jvm < jvms.size(); jvm++) {
          spans.get(jvm).add(after.get(jvm).since(before.get(jvm)));
        }
      }
      for (Watched jvm : jvms) {
        jvm.end();
      }
      return spans;
    } finally {
      jvms.forEach(jvm -> jvm.process.destroyForcibly());
    }
  }

  private static List<Span> now(List<Watched> jvms) throws IOException {
    List<Span> all = new ArrayList<>();
    for (Watched jvm : jvms) {
      all.add(jvm.now());
    }
    return all;
  }

  /**
   * What a thread has used, proc(5), {@code schedstat}.
   *
   * @param nanos on a CPU
   * @param turns how often it got one
   */
  private record Use(long nanos, long turns) {
    static final Use NONE = new Use(0, 0);

    Use plus(Use other) {
      return new Use(nanos + other.nanos, turns + other.turns);
    }

    Use since(Use before) {
      return new Use(nanos - before.nanos, turns - before.turns);
    }
  }

  /**
   * What a JVM and its guardian have used, up to a moment or in a span. All times in nanoseconds.
   *
   * @param cpu of all threads, also of those that have ended
   * @param threads those of the library, and the guardian, by name
   */
  private record Span(long nanos, long cpu, Map<String, Use> threads) {
    Span since(Span before) {
      Map<String, Use> used = new TreeMap<>();
      threads.forEach(
          (name, use) -> used.put(name, use.since(before.threads.getOrDefault(name, Use.NONE))));
      return new Span(nanos - before.nanos, cpu - before.cpu, used);
    }

    double ours() {
      return threads.values().stream().mapToLong(Use::nanos).sum();
    }

    double turns() {
      return threads.values().stream().mapToLong(Use::turns).sum();
    }

    Use of(String thread) {
      return threads.getOrDefault(thread, Use.NONE);
    }
  }

  /** A JVM that is measured from outside. */
  private record Watched(List<String> state, Process process, BufferedReader output) {
    static Watched start(Setting setting, List<String> state) throws IOException {
      Process process =
          new ProcessBuilder(setting.java(Idle.class, state.toArray(String[]::new)))
              .redirectError(setting.log("idle-" + state.get(0)).toFile())
              .start();
      return new Watched(state, process, process.inputReader());
    }

    void awaitReady() throws IOException {
      String said = output.readLine();
      Setting.check("ready".equals(said), state, "is not ready but", said);
    }

    Span now() throws IOException {
      List<Long> guardians = guardians();
      Setting.check(guardians.size() == (isControl() ? 0 : 1), state, "has guardians", guardians);
      long cpu = Cpu.nanos(process.pid());
      Map<String, Use> threads = new TreeMap<>();
      for (long guardian : guardians) {
        cpu += Cpu.nanos(guardian);
        add(Path.of("/proc/" + guardian), "", threads);
      }
      try (DirectoryStream<Path> all =
          Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
        for (Path thread : all) {
          add(thread, "subreaper", threads);
        }
      }
      Setting.check(
          isControl() || threads.containsKey("subreaper reape"),
          state,
          threads,
          "lacks the reaper");
      return new Span(System.nanoTime(), cpu, threads);
    }

    private boolean isControl() {
      return state.get(0).equals(CONTROL);
    }

    private List<Long> guardians() {
      return process
          .children()
          .filter(child -> child.info().commandLine().orElse("").contains("guardian"))
          .map(ProcessHandle::pid)
          .toList();
    }

    private static void add(Path thread, String prefix, Map<String, Use> threads)
        throws IOException {
      try {
        String name = Files.readString(thread.resolve("comm")).trim();
        if (name.startsWith(prefix)) {
          String[] words = Files.readString(thread.resolve("schedstat")).trim().split(" ", -1);
          Use use = new Use(Long.parseLong(words[0]), Long.parseLong(words[2]));
          threads.merge(name, use, Use::plus);
        }
      } catch (NoSuchFileException e) {
        return; // it has ended meanwhile
      }
    }

    /** Its processes must have stayed. */
    void end() throws Exception {
      output.close();
      process.getOutputStream().close();
      int code = process.waitFor();
      Setting.check(code == 0, state, "ended with", code);
    }
  }

  /** Reads the clock of a process to the nanosecond; {@code /proc/<pid>/stat} counts ticks. */
  private static final class Cpu {
    static {
      Native.register(Cpu.class, NativeLibrary.getInstance(null));
    }

    private Cpu() {}

    private static native int clock_gettime(int clock, long[] time);

    /** The number of the clock is as of clock_getcpuclockid(3). */
    static long nanos(long pid) {
      long[] time = new long[2];
      int failed = clock_gettime(((int) ~pid << 3) | 2, time);
      Setting.check(failed == 0, "no clock of", pid);
      return time[0] * 1_000_000_000L + time[1];
    }
  }

  /** The JVM that is measured. It ends with its input. */
  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals(CONTROL)) {
      awaitEnd();
    } else {
      System.setProperty("subreaper.origin", arguments[1]);
      Library.run(arguments);
    }
  }

  private static void awaitEnd() {
    System.out.println("ready");
    try {
      int none = System.in.read();
      Setting.check(none < 0, "unexpected input");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A separate class, so that the control does not load the library. */
  private static final class Library {
    static void run(String[] arguments) {
      ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMinutes(1));
      try (Subreaper subreaper = Subreaper.activate()) {
        if (arguments[0].equals(ACTIVE)) {
          try (Supervisor supervisor = subreaper.open("before", options)) {
            Setting.check(
                supervisor.launch("true").awaitExit().equals(ExitStatus.exited(0)), "true failed");
          }
          awaitEnd();
          return;
        }
        try (Supervisor supervisor = subreaper.open("idle", options)) {
          int processes = Integer.parseInt(arguments[2]);
          Program program = Program.of(Arrays.asList(arguments).subList(3, arguments.length));
          Launch launch =
              supervisor.launch(arguments[0].equals(TRACED) ? program.traced() : program);
          if (processes > 1) {
            Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), "no processes");
          }
          Setting.check(launch.tree().size() == processes, "not all are there");
          awaitEnd();
          Setting.check(launch.tree().size() == processes, "not all have stayed");
        }
      }
    }
  }
}
