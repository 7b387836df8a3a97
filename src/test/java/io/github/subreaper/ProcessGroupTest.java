package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A launch leads a process group, so that no signal to its group ends the test run. */
@Timeout(600)
class ProcessGroupTest extends ScopeFixture {
  private static int groupOfJvm() {
    return Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF)).processGroup();
  }

  @Test
  void launchLeadsAProcessGroupOfItsOwnInTheSessionOfTheJvm() {
    Descendant process = scope.launch("sleep", "1000").process();
    assertThat(process.processGroupId()).hasValue((int) process.pid());
    assertThat(process.sessionId())
        .hasValue(Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF)).session());
  }

  @Test
  void launchIsInTheGroupOfTheJvmIfItAsksForThat() {
    Launch launch = scope.launch(Program.of("sleep", "1000").withProcessGroupOfJvm());
    assertThat(launch.process().processGroupId()).hasValue(groupOfJvm());
  }

  @Test
  void daemonOfADoubleForkHasASessionOfItsOwn() {
    Launch launch = scope.launch("sh", "-c", "(setsid sleep 1000 &)");
    Descendant daemon = launch.awaitOrphan();
    assertThat(daemon.sessionId()).hasValue((int) daemon.pid());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  // a program that signals its group
  // ---------------------------------------------------------------

  /** Launches a program that signals its group when it gets its stop signal, or by itself. */
  static final class Signals {
    public static void main(String[] arguments) {
      Program program = Program.of("sh", "-c", arguments[0]);
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("signals")) {
        Launch launch =
            scope.launch(arguments.length > 1 ? program.withProcessGroupOfJvm() : program);
        launch.awaitOutput("ready");
        if (arguments[0].startsWith("trap")) {
          launch.stop();
        }
        System.out.println("status=" + launch.awaitExit());
      }
    }
  }

  private static final String BY_ITSELF = "echo ready; kill -TERM 0; sleep 1000";
  private static final String AT_ITS_END =
      "trap 'kill 0' EXIT; trap 'exit 143' TERM; echo ready; sleep 1000 & wait";

  private static ChildJvm.Result signals(String... arguments) throws Exception {
    // In a session of its own: the control would end this JVM, Maven and its shell.
    return ChildJvm.run(List.of("setsid", "--wait"), List.of(), Map.of(), Signals.class, arguments);
  }

  @ParameterizedTest
  @ValueSource(strings = {BY_ITSELF, AT_ITS_END})
  void programThatSignalsItsGroupDoesNotEndTheJvm(String script) throws Exception {
    assertThat(signals(script).exitedNormally().value("status"))
        .isIn("killed by SIGTERM", "exited 143");
  }

  @ParameterizedTest
  @Tag("full")
  @ValueSource(strings = {BY_ITSELF, AT_ITS_END})
  void controlInTheGroupOfTheJvmEndsIt(String script) throws Exception {
    assertThat(signals(script, "group of the JVM").exitCode()).isEqualTo(128 + 15);
  }

  // the terminal of the build
  // ----------------------------------------------------------------------

  /** Launches a program that notes its signals, and stays until it is interrupted. */
  static final class Interrupted {
    public static void main(String[] arguments) throws Exception {
      String script =
          "trap 'echo INT >>$0' INT; trap 'echo TERM >>$0; exit' TERM; echo ready;"
              + " while :; do sleep 1; done";
      Subreaper subreaper = Subreaper.activate();
      Launch launch = subreaper.open("interrupted").launch("sh", "-c", script, arguments[0]);
      launch.awaitOutput("ready");
      System.out.println("launched");
      new CountDownLatch(1).await();
    }
  }

  @Test
  void interruptFromTheTerminalReachesTheJvmOnlyWhichEndsItsLaunches() throws Exception {
    Path signals = Files.createFile(directory.resolve("signals"));
    List<String> jvm = ChildJvm.command(Interrupted.class, signals.toString());
    Launch build = scope.launch(Program.of(jvm).withTerminal());
    build.awaitOutput("launched", LONG);
    Descendant launched = scope.awaitDescendant("sh -c *" + signals);
    build.terminal().write("\u0003");
    assertThat(build.awaitExit(LONG)).isEqualTo(ExitStatus.exited(128 + 2));
    launched.awaitExit(LONG);
    assertThat(signals).hasContent("TERM\n");
  }

  /** Launches a program that reads the terminal of the build. */
  static final class Reads {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("reads")) {
        Launch launch = scope.launch("sh", "-c", "read line </dev/tty");
        Await.until(
            () -> KERNEL.procfs.stat((int) launch.pid()),
            stat -> stat == null || stat.state() == 'T');
        System.out.println(catchThrowable(() -> launch.awaitExit(Duration.ZERO)).getMessage());
        System.out.println("end of the message");
      }
    }
  }

  @Test
  void failureSaysThatAProgramWantsTheTerminalOfTheBuild() {
    Launch build = scope.launch(Program.of(ChildJvm.command(Reads.class)).withTerminal());
    assertThat(build.awaitExit(LONG)).as(build::stdout).isEqualTo(ExitStatus.exited(0));
    assertThat(build.stdout())
        .containsPattern(
            "stopped +sh -c read line </dev/tty \\(pid \\d+\\) is in the background of /dev/pts/\\d+,"
                + " where a program stops when it reads the terminal or changes its settings"
                + " \\(SIGTTIN, SIGTTOU\\)\\. To fix: withStandardInput\\(…\\), or a terminal of its"
                + " own by withTerminal\\(\\)");
  }

  @Test
  void backgroundIsNotSaidOfAProcessThatWasStoppedOtherwise() {
    Launch launch = scope.launch("sleep", "1000");
    launch.signal(Signal.STOP);
    Await.until(
        () -> Objects.requireNonNull(KERNEL.procfs.stat((int) launch.pid())),
        stat -> stat.state() == 'T');
    ProcessStat stat = Objects.requireNonNull(KERNEL.procfs.stat((int) launch.pid()));
    if (stat.terminal() == null) { // else this build has a terminal
      assertThat(catchThrowable(() -> launch.awaitExit(Duration.ZERO)))
          .hasMessageNotContaining("SIGTTIN");
    }
  }
}
