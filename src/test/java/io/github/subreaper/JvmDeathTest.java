package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGUSR1;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.DyingJvm;
import io.github.subreaper.testing.Linux;
import io.github.subreaper.testing.UnusedUsers;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** However the JVM dies: when its guardian has ended, nothing of the JVM is left. */
class JvmDeathTest {
  private static final int EXITED_3 = 3 << 8;
  private static final int EXITED_7 = 7 << 8;
  private static final int ABORTED = 6;

  /** From the JVM's death until the guardian kills what it has asked. */
  private static final Duration POLITE = Duration.ofSeconds(2);

  @TempDir private Path directory;
  private String victims = "";

  @BeforeEach
  void build() throws Exception {
    victims = CProgram.build(directory, "victims", "-pthread").toString();
  }

  private Doomed start(List<String> options, String how, String... programs) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(how));
    for (String program : programs) {
      arguments.add("--");
      arguments.addAll(List.of((victims + " " + program).split(" ", -1)));
    }
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("-XX:ErrorFile=" + directory.resolve("hs_err.log"), "-XX:+UseSerialGC"));
    return Doomed.startJvm(directory, all, DyingJvm.class, arguments.toArray(String[]::new));
  }

  /** Kills the JVM, and checks that nothing is left once its guardian has ended. */
  private void killLeavesNothing(Doomed jvm, Pidfd guardian) throws Exception {
    jvm.kill();
    Doomed.awaitEnd(guardian);
    assertNothingIsLeftBy(jvm);
    jvm.awaitNoneLeft();
  }

  private void assertNothingIsLeftBy(Doomed jvm) throws Exception {
    assertThat(Doomed.living(jvm.session())).isEmpty();
    assertThat(Doomed.temporary(directory)).as("private directories").isEmptyDirectory();
  }

  // causes of death -------------------------------------------------------------------------------

  @Test
  void killedJvmLeavesNothing() throws Exception {
    assertNothingIsLeftOf("daemons 100");
  }

  @ParameterizedTest
  @CsvSource({
    "bomb 60 USER40",
    "bomb 150 USER41",
    "groups 60 USER42",
    "chains 8 USER43",
    "sessions 8 USER44",
    "threads",
  })
  @Tag("full")
  void jvmKilledWithManyProcessesLeavesNothing(String what) throws Exception {
    assertNothingIsLeftOf(what);
  }

  private void assertNothingIsLeftOf(String what) throws Exception {
    try (Doomed jvm = start(List.of(), "wait", UnusedUsers.in(what));
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      jvm.value("ready=(\\d+)");
      killLeavesNothing(jvm, guardian);
      assertThat(jvm.awaitEnd()).isEqualTo(SIGKILL);
    }
  }

  @Test
  @Tag("full")
  void killedJvmLeavesNothingAmongTenThousandOtherProcesses(TestReporter reporter)
      throws Exception {
    String crowd = CProgram.build(directory, "strangers").toString();
    Process strangers = new ProcessBuilder(crowd, "10000").start();
    try (BufferedReader output = strangers.inputReader()) {
      int count = Integer.parseInt(output.readLine().replace("strangers=", ""));
      assumeTrue(count == 10_000, "only " + count + " processes could be started");
      try (Doomed jvm = start(ChildJvm.ORIGINS, "wait", "daemons 400");
          Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
        jvm.value("ready=(\\d+)");
        long killed = System.nanoTime();
        killLeavesNothing(jvm, guardian);
        double seconds = (System.nanoTime() - killed) / 1e9;
        reporter.publishEntry(
            "SIGKILL of the JVM until 400 daemons are gone, among 10,000 processes of others, s",
            String.format(Locale.ROOT, "%.1f", seconds));
      }
      assertThat(strangers.isAlive()).isTrue();
      assertThat(strangers.children()).as("none of them was ended").hasSize(count);
    } finally {
      strangers.getOutputStream().close();
      assertThat(strangers.waitFor()).isZero();
    }
  }

  @Test
  void launchIsAskedByItsStopSignalBeforeItIsKilled() throws Exception {
    Path told = directory.resolve("told");
    String daemon =
        "trap 'echo asked >%1$s; exit' USR1; echo >%1$s; sleep 1000 & wait".formatted(told);
    String launcher = "setsid sh -c \"$1\" & while [ ! -e %s ]; do :; done".formatted(told);
    String[] program = {"wait", "--usr1", "sh", "-c", launcher, "sh", daemon};
    try (Doomed jvm = Doomed.startJvm(directory, List.of(), DyingJvm.class, program);
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      jvm.value("ready=(\\d+)");
      Instant death = Instant.now();
      killLeavesNothing(jvm, guardian);
      boolean inTime = Duration.between(death, Instant.now()).compareTo(POLITE) < 0;
      boolean asked = Files.readString(told).equals("asked\n");
      assumeTrue(inTime || asked, "the machine is slow: it was killed before it answered");
      assertThat(told).hasContent("asked");
    }
  }

  @Test
  @Tag("full")
  void controlThatTheSameProcessesLiveWithoutTheGuardian() throws Exception {
    try (Doomed jvm = start(List.of(), "wait", "daemons 20")) {
      jvm.value("ready=(\\d+)");
      int guardian = jvm.guardian();
      Doomed.stop(jvm.pid()); // so that it is not replaced
      try (Pidfd end = KERNEL.pidfd(guardian)) {
        assertThat(end.send(SIGKILL)).isZero();
        Doomed.awaitEnd(end);
      }
      jvm.kill();
      assertThat(Doomed.living(jvm.session())).hasSize(21);
    }
  }

  @Test
  void segfaultInNativeCodeLeavesNothing() throws Exception {
    assertDeath(List.of(), "segv", ABORTED);
  }

  @Test
  @Tag("full")
  void exitOnOutOfMemoryLeavesNothing() throws Exception {
    assertDeath(List.of("-Xmx48m", "-XX:+ExitOnOutOfMemoryError"), "oom", EXITED_3);
  }

  @Test
  @Tag("full")
  void crashOnOutOfMemoryLeavesNothing() throws Exception {
    assertDeath(List.of("-Xmx48m", "-XX:+CrashOnOutOfMemoryError"), "oom", ABORTED);
  }

  @Test
  void haltLeavesNothing() throws Exception {
    assertDeath(List.of(), "halt", EXITED_7);
  }

  /** The JVM dies at once after starting everything, so its guardian is found by its log. */
  private void assertDeath(List<String> options, String how, int status) throws Exception {
    try (Doomed jvm = start(options, how, "mild 20")) {
      assertThat(jvm.awaitEnd()).as(jvm.output()).isEqualTo(status);
      jvm.awaitNoneLeft();
      assertNothingIsLeftBy(jvm);
      assertThat(Doomed.reports(directory).resolve("guardian-" + jvm.pid() + ".new"))
          .content()
          .contains("\ntotal 21\n")
          .endsWith("\ncomplete\n");
    }
  }

  @Test
  @Tag("full")
  void jvmKilledInAStuckShutdownHookLeavesNothing() throws Exception {
    try (Doomed jvm = start(List.of(), "exit", "daemons 20");
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      jvm.value("ready=(\\d+)");
      // the child that does not ignore SIGTERM is gone, so the hook is waiting for the others
      Await.until(() -> Doomed.living(jvm.session()).size() == 21);
      killLeavesNothing(jvm, guardian);
    }
  }

  @Test
  void ctrlCInATerminalLeavesNothing() throws Exception {
    Path pty = CProgram.build(directory, "pty", "-lutil");
    List<String> options =
        List.of(
            "-Djava.io.tmpdir=" + Files.createDirectories(Doomed.temporary(directory)),
            "-Dsubreaper.directory=" + Doomed.reports(directory));
    List<String> command = new ArrayList<>(List.of(pty.toString()));
    command.addAll(ChildJvm.command(options, DyingJvm.class, "wait", "--"));
    command.addAll(List.of("sh", "-c", "setsid sleep 1000 & exit 0"));
    try (Doomed terminal = Doomed.start(directory, command)) {
      int jvm = Integer.parseInt(terminal.value("pid=(\\d+)"));
      long session = Long.parseLong(terminal.value("session=(\\d+)"));
      terminal.value("ready=2");
      try (Pidfd guardian = KERNEL.pidfd(Doomed.guardianOf(jvm))) {
        assertThat(KERNEL.kill.send(terminal.pid(), SIGUSR1))
            .as("errno of the signal that presses Ctrl-C")
            .isZero();
        assertThat(terminal.awaitEnd()).as("exit code 130 of the terminal").isEqualTo(130 << 8);
        Doomed.awaitEnd(guardian);
      }
      assertThat(Doomed.living(session)).isEmpty();
      assertThat(Doomed.temporary(directory)).isEmptyDirectory();
      terminal.awaitNoneLeft();
    }
  }

  // moments of death ------------------------------------------------------------------------------

  @RepeatedTest(6)
  @Tag("full")
  void jvmKilledDuringLaunchesLeavesNothing() throws Exception {
    try (Doomed jvm = start(List.of(), "launch");
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      jvm.value("launched");
      long until = System.nanoTime() + ThreadLocalRandom.current().nextLong(20_000_000);
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      killLeavesNothing(jvm, guardian);
    }
  }

  @Test
  @Tag("full")
  void jvmKilledWithALaunchAtTheGateLeavesNothing() throws Exception {
    try (Doomed jvm = start(List.of(), "launch");
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      jvm.value("launched");
      int atTheGate = Await.until(() -> stopAtTheGate(jvm), pid -> pid > 0);
      try (Pidfd waiting = KERNEL.pidfd(atTheGate)) {
        killLeavesNothing(jvm, guardian);
        assertThat(waiting.hasEnded()).isTrue();
      }
    }
  }

  @RepeatedTest(3)
  @Tag("full")
  void jvmHaltedDuringItsDeactivationLeavesNothing() throws Exception {
    try (Doomed jvm = start(List.of(), "close")) {
      assertThat(jvm.awaitEnd()).as(jvm.output()).isEqualTo(EXITED_7);
      jvm.awaitNoneLeft();
      assertNothingIsLeftBy(jvm);
    }
  }

  /** The recorder has a directory while it starts and while it is read; here nothing removes it. */
  @Test
  void jvmKilledWithAnEmptyRecorderDirectoryLeavesNothing() throws Exception {
    try (Doomed jvm = start(List.of(), "record");
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      jvm.value("recording");
      assertThat(Doomed.temporary(directory))
          .as("control: the recorder has a directory")
          .isDirectoryContaining(file -> file.getFileName().toString().endsWith("_" + jvm.pid()));
      killLeavesNothing(jvm, guardian);
    }
  }

  /** Stops the JVM; continues it if no child waits at the gate at that moment. */
  private static int stopAtTheGate(Doomed jvm) {
    for (int attempt = 0; attempt < 50; attempt++) {
      Doomed.stop(jvm.pid());
      for (int child : Linux.childrenOf(jvm.pid())) {
        ProcessStat stat = KERNEL.procfs.stat(child);
        if (stat != null
            && stat.state() == 'S'
            && String.valueOf(KERNEL.procfs.executable(child)).endsWith("/java")) {
          return child;
        }
      }
      Doomed.resume(jvm.pid());
    }
    return 0;
  }

  // held descriptors ------------------------------------------------------------------------------

  @Test
  @Tag("full")
  void childrenOfNativeCodeDoNotHideTheJvmsDeath() throws Exception {
    Path library = CProgram.build(directory, "nativefork", "-shared", "-fPIC");
    try (Doomed jvm = start(List.of(), "fork:" + library);
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      int forked = Integer.parseInt(jvm.value("forked=(\\d+)"));
      int execed = Integer.parseInt(jvm.value("execed=(\\d+)"));
      Await.until(() -> !String.valueOf(KERNEL.procfs.executable(execed)).endsWith("/java"));
      assertThat(lines(forked))
          .as("control: the child holds the FIFO open, and lives on")
          .isNotEmpty();
      assertThat(lines(execed)).isEmpty();
      killLeavesNothing(jvm, guardian);
    }
  }

  private static List<String> lines(int pid) {
    return KERNEL.descriptors().open(pid).stream()
        .map(fd -> String.valueOf(KERNEL.descriptors().target(pid, fd)))
        .filter(target -> target.contains("/line-"))
        .toList();
  }

  // a JVM that is not dead ------------------------------------------------------------------------

  @Test
  @Tag("full")
  void stoppedJvmIsNotTakenForDead() throws Exception {
    try (Doomed jvm = start(List.of(), "wait", "daemons 3");
        Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
      jvm.value("ready=(\\d+)");
      Doomed.stop(jvm.pid());
      int before = Doomed.rests(jvm.guardian());
      Await.until(() -> Doomed.rests(jvm.guardian()) >= before + 2);
      assertThat(Doomed.living(jvm.session())).hasSize(5);
      Doomed.resume(jvm.pid());
      killLeavesNothing(jvm, guardian);
    }
  }
}
