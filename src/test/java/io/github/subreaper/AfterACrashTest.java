package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.guardian.GuardianLog;
import io.github.subreaper.internal.messages.PreviousRun;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.DyingJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The next run reports once what the guardian of the previous run had to end. */
@Tag("slow")
class AfterACrashTest {
  private static final String NEWS = "subreaper: the previous run (pid ";

  @TempDir private Path directory;

  /** Activates, and closes or halts; it starts no process. */
  static final class NextRun {
    private NextRun() {}

    public static void main(String[] arguments) {
      Subreaper subreaper = Subreaper.activate();
      if (arguments.length > 0) {
        Runtime.getRuntime().halt(0);
      }
      Access.get()
          .previousRuns(subreaper)
          .forEach(run -> System.out.println("to a framework: " + run));
      try (Subreaper joined = Subreaper.activate()) {
        assertThat(Access.get().previousRuns(joined)).isEmpty();
      }
      subreaper.close();
    }
  }

  private String nextRun(String... arguments) throws Exception {
    return ChildJvm.run(
            List.of(),
            List.of(
                "-Dsubreaper.directory=" + Doomed.reports(directory),
                "-Djava.io.tmpdir=" + Files.createDirectories(Doomed.temporary(directory))),
            Map.of(),
            NextRun.class,
            arguments)
        .exitedNormally()
        .output();
  }

  @Test
  void nextRunReportsTheCrash() throws Exception {
    int pid;
    try (Doomed jvm = Doomed.startWaiting(directory)) {
      assertThat(nextRun()).as("a run that is alive is no previous run").doesNotContain(NEWS);
      pid = jvm.pid();
      jvm.kill();
      jvm.awaitNoneLeft();
    }
    Path log = Doomed.reports(directory).resolve("guardian-" + pid + ".log");
    String next = nextRun();
    assertThat(next).containsPattern("to a framework: " + Pattern.quote(NEWS + pid));
    assertThat(next)
        .containsPattern(
            Pattern.quote(NEWS + pid + ") ended ")
                + "(by SIGKILL|without closing its scopes)"
                + "; its guardian ended 1 process it had left: sleep \\(\\d+\\) — details in "
                + Pattern.quote(log.toString()));
    assertThat(log).content().startsWith("jvm " + pid + "\nstatus ").contains("total 1\nended ");
    assertThat(nextRun()).as("reported only once").doesNotContain(NEWS);
  }

  /** Up to version 0.1 it named the directory. */
  @Test
  void formerPropertyForTheDirectoryIsRejectedWithTheNewName() {
    String before = System.setProperty("subreaper.reports", "target/logs");
    try {
      assertThatThrownBy(Subreaper::activate)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "System property subreaper.reports is \"target/logs\". It says when reports are"
                  + " made: FAILURES, ALWAYS or NEVER. To fix: if it names a directory, write"
                  + " subreaper.directory=target/logs instead");
      System.setProperty("subreaper.reports", "never");
      Subreaper.activate().close();
    } finally {
      if (before == null) {
        System.clearProperty("subreaper.reports");
      } else {
        System.setProperty("subreaper.reports", before);
      }
    }
  }

  /** It is nobody's but that of the program which made it. */
  @Test
  void nextRunNamesTheSharedMemoryThatNoProcessUsesAnyMore() throws Exception {
    String victims = CProgram.build(directory, "victims", "-pthread").toString();
    try (Doomed jvm = Doomed.startWaiting(directory, "--", victims, "memory")) {
      jvm.kill();
      jvm.awaitNoneLeft();
    }
    String news = nextRun();
    Matcher named = Pattern.compile("removed by: ipcrm -m (\\d+) ").matcher(news);
    assertThat(named.find()).as(news).isTrue();
    assertThat(news).contains(named.group(1) + " ("); // the daemon has that name
    assertThat(new ProcessBuilder("ipcrm", "-m", named.group(1)).start().waitFor()).isZero();
  }

  private static final String[] TRACED = {"--traced", "sh", "-c", "sleep 1000.1 & exit 0"};

  /** Returns the files that stand as long as something is traced. */
  private List<Path> marks() throws Exception {
    try (Stream<Path> files = Files.walk(Doomed.temporary(directory))) {
      return files.filter(file -> file.getFileName().toString().startsWith("traced-")).toList();
    }
  }

  /** Kills what neither the kernel nor a guardian has ended. */
  private static void endUntraced(Doomed jvm, int count) throws Exception {
    Await.until(() -> Doomed.living(jvm.session()).size() <= count);
    List<String> living = Doomed.living(jvm.session());
    assertThat(living).as("control: what is not traced lives").hasSize(count);
    for (String process : living) {
      assertThat(KERNEL.kill.send(Integer.parseInt(process.split(" ", -1)[0]), SIGKILL)).isZero();
    }
    jvm.awaitNoneLeft();
  }

  @Test
  void nextRunReportsWhatTheKernelEndedWhereTheGuardianWasKilledToo() throws Exception {
    int pid;
    try (Doomed jvm = Doomed.startWaiting(directory, TRACED)) {
      jvm.killWithGuardian();
      pid = jvm.pid();
      endUntraced(jvm, 1);
    }
    assertThat(nextRun())
        .containsPattern(
            Pattern.quote(NEWS + pid + ") ended without closing its scopes, and its guardian was")
                + " killed; the kernel ended what was left of 1 traced launch:"
                + " sh \\(\\d+\\)\\. No log names these processes, and"
                + " what was not traced may still run");
    assertThat(Doomed.temporary(directory)).isEmptyDirectory();
    assertThat(nextRun()).as("reported only once").doesNotContain(NEWS);
  }

  @Test
  void nothingIsReportedOfATraceThatWasOverAndOfUntracedLaunches() throws Exception {
    try (Doomed jvm =
        Doomed.startWaiting(
            directory, "--traced", "true", "--", "sh", "-c", "sleep 1000.2 & exit 0")) {
      Await.until(() -> marks().isEmpty()); // the trace is over
      jvm.killWithGuardian();
      endUntraced(jvm, 2);
    }
    assertThat(Doomed.temporary(directory)).as("control: it is read").isNotEmptyDirectory();
    assertThat(nextRun()).doesNotContain(NEWS);
    assertThat(Doomed.temporary(directory)).isEmptyDirectory();
  }

  @Test
  void nextRunReportsWhatTheKernelEndedBesideTheGuardian() throws Exception {
    int pid;
    try (Doomed jvm = Doomed.startWaiting(directory, TRACED)) {
      assertThat(marks()).as("control").hasSize(1);
      pid = jvm.pid();
      jvm.kill();
      jvm.awaitNoneLeft();
    }
    assertThat(nextRun())
        .containsPattern(
            Pattern.quote(NEWS + pid + ") ended ")
                + ".*; its guardian ended .* it had left: .*sleep \\(\\d+\\).*; the kernel ended what"
                + " was left of 1 traced launch: sh \\(\\d+\\) — details");
  }

  @Test
  @Tag("full")
  void onlyOneOfTheRunsThatStartTogetherReportsIt() throws Exception {
    try (Doomed jvm = Doomed.startWaiting(directory)) {
      jvm.kill();
      jvm.awaitNoneLeft();
    }
    ExecutorService runs = Executors.newFixedThreadPool(3);
    try {
      Callable<String> run = this::nextRun;
      List<String> outputs = new ArrayList<>();
      for (Future<String> output : runs.invokeAll(List.of(run, run, run))) {
        outputs.add(output.get());
      }
      assertThat(outputs).filteredOn(output -> output.contains(NEWS)).hasSize(1);
    } finally {
      runs.shutdown();
    }
  }

  @Test
  @Tag("full")
  void nothingIsReportedIfNothingWasLeft() throws Exception {
    try (Doomed jvm = Doomed.startJvm(directory, List.of(), NextRun.class, "halt")) {
      jvm.awaitNoneLeft();
    }
    assertThat(Doomed.temporary(directory)).isEmptyDirectory();
    assertThat(Doomed.reports(directory)).doesNotExist();
    assertThat(nextRun()).doesNotContain(NEWS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"target", "build", ""})
  @Tag("full")
  void logGoesToTheBuildDirectoryUnlessNamed(String build) throws Exception {
    Path project = Files.createDirectories(directory.resolve("project"));
    Files.createDirectories(project.resolve(build));
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "cd \"$0\" && exec \"$@\"", project.toString()));
    List<String> options =
        List.of(
            "-Dsubreaper.directory=",
            "-Djava.io.tmpdir=" + Files.createDirectories(Doomed.temporary(directory)));
    command.addAll(ChildJvm.command(options, DyingJvm.class, "halt"));
    int pid;
    try (Doomed jvm = Doomed.start(directory, command)) {
      jvm.awaitNoneLeft();
      pid = jvm.pid();
    }
    String name = "guardian-" + pid + ".new";
    if (build.isEmpty()) {
      try (Stream<Path> files = Files.walk(Doomed.temporary(directory))) {
        assertThat(files.filter(Files::isRegularFile))
            .singleElement()
            .matches(file -> file.endsWith(name));
      }
    } else {
      assertThat(project.resolve(build).resolve("subreaper").resolve(name)).exists();
      assertThat(Doomed.temporary(directory)).isEmptyDirectory();
    }
  }

  @Test
  @Tag("full")
  void unfinishedLogIsLeftForLater() throws Exception {
    Path log = Files.createDirectories(Doomed.reports(directory)).resolve("guardian-5.new");
    Files.writeString(log, "jvm 5\nstatus 9\nuptime 1 2\ntotal 1\nended 6 complete");
    assertThat(nextRun()).doesNotContain(NEWS);
    Files.writeString(log, "jvm 5\nstatus 9\nuptime 1 2\ntotal 1\nended 6 complete\ncomplete\n");
    assertThat(nextRun()).contains(NEWS + "5) ended by SIGKILL; its guardian ended 1 process");
  }

  @Test
  void messageNamesTheFirstProcessesAndThoseThatCouldNotBeEnded() {
    Path file = Path.of("").toAbsolutePath().resolve("target/subreaper/guardian-40880.log");
    List<GuardianLog.Entry> ended =
        IntStream.range(0, 14)
            .mapToObj(i -> new GuardianLog.Entry(41002 + i, "redis-server"))
            .toList();
    GuardianLog log =
        new GuardianLog(40880, OptionalInt.of(9), 14, ended, List.of(), List.of(), List.of(), file);
    assertThat(PreviousRun.of(log))
        .isEqualTo(
            "subreaper: the previous run (pid 40880) ended by SIGKILL; its guardian ended 14"
                + " processes it had left: redis-server (41002), redis-server (41003),"
                + " redis-server (41004), redis-server (41005), redis-server (41006), …"
                + " — details in target/subreaper/guardian-40880.log");
    GuardianLog deaf =
        new GuardianLog(
            7,
            OptionalInt.empty(),
            0,
            List.of(),
            List.of(new GuardianLog.Entry(8, "D lpd")),
            List.of(),
            List.of(),
            Path.of("/x/guardian-7.log"));
    assertThat(PreviousRun.of(deaf))
        .isEqualTo(
            "subreaper: the previous run (pid 7) ended without closing its scopes; its guardian"
                + " ended 0 processes it had left; could not end 1 process: D lpd (8)"
                + " — details in /x/guardian-7.log");
    GuardianLog traced =
        new GuardianLog(
            7,
            OptionalInt.of(9),
            0,
            List.of(),
            List.of(),
            List.of(new GuardianLog.Entry(8, "nginx"), new GuardianLog.Entry(9, "redis")),
            List.of(),
            Path.of("/x/guardian-7.log"));
    assertThat(PreviousRun.of(traced))
        .isEqualTo(
            "subreaper: the previous run (pid 7) ended by SIGKILL; the kernel ended what was left"
                + " of 2 traced launches: nginx (8), redis (9)"
                + " — details in /x/guardian-7.log");
  }
}
