package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shutdown hook: what a JVM leaves in open scopes ends with it. */
class JvmExitTest extends EndFixture {
  /** Leaves a launched daemon, a foreground program and an ambient child behind. */
  static final class Leaving {
    private Leaving() {}

    /** Takes how to end (exit, return, throw or wait) and how long the processes sleep. */
    public static void main(String[] arguments) throws Exception {
      Subreaper subreaper = Subreaper.activate();
      Supervisor outer = subreaper.open("outer", ScopeOptions.defaults().withSettle(Duration.ZERO));
      Supervisor inner = outer.open("inner");
      Launch launch = inner.launch("sh", "-c", "(sleep " + arguments[1] + " &); exit 0");
      launch.awaitOrphan();
      outer.launch("sleep", arguments[1]);
      new ProcessBuilder("sleep", arguments[1]).start();
      inner.awaitDescendant("sleep " + arguments[1]);
      System.out.println(
          "left " + subreaper.descendants().stream().filter(Descendant::isAlive).count());
      switch (arguments[0]) {
        case "exit" -> System.exit(3);
        case "throw" -> throw new IllegalStateException("main fails");
        case "wait" -> outer.launch("sleep", arguments[1]).awaitExit(LONG);
        default -> System.out.println("returns");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "throw", "return"})
  @Tag("full")
  void jvmExitEndsTheProcessesOfOpenScopes(String how) throws Exception {
    ChildJvm.Result jvm =
        ChildJvm.run(
            List.of(),
            List.of("-Djava.io.tmpdir=" + directory),
            Map.of(),
            Leaving.class,
            how,
            mark);
    assertThat(jvm.output()).startsWith("left 3\n");
    assertThat(jvm.exitCode()).isEqualTo(how.equals("exit") ? 3 : how.equals("throw") ? 1 : 0);
    assertThat(marked()).isEmpty();
    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void sigtermToTheJvmEndsTheProcessesOfOpenScopes() throws Exception {
    List<String> command = ChildJvm.command(List.of(), Leaving.class);
    command.addAll(List.of("wait", mark));
    Launch jvm = scope.launch(command.toArray(String[]::new));
    jvm.awaitOutput("left 3");
    jvm.signal(Signal.TERM);
    assertThat(jvm.awaitExit()).isEqualTo(ExitStatus.exited(143));
    assertThat(marked()).isEmpty();
    assertThat(jvm.orphans()).isEmpty();
  }

  /** Activates again and again in shutdown hooks, until that is refused. */
  static final class ActivatingTooLate {
    private static final int HOOKS = 8;

    private ActivatingTooLate() {}

    /** Takes whether it was active before. */
    public static void main(String[] arguments) {
      if (arguments[0].equals("true")) {
        Subreaper.activate();
      }
      for (int i = 0; i < HOOKS; i++) {
        Runtime.getRuntime().addShutdownHook(new Thread(ActivatingTooLate::activate));
      }
    }

    private static void activate() {
      try {
        while (true) {
          Subreaper.activate();
          Thread.onSpinWait();
        }
      } catch (IllegalStateException e) {
        System.out.println("refused=" + e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void activationIsRefusedWhenTheJvmIsShuttingDown(boolean active) throws Exception {
    ChildJvm.Result jvm =
        ChildJvm.run(ActivatingTooLate.class, Boolean.toString(active)).exitedNormally();
    assertThat(jvm.output().lines().filter(line -> line.startsWith("refused=")))
        .as(jvm.output())
        .hasSize(ActivatingTooLate.HOOKS)
        .allMatch(line -> line.startsWith("refused=cannot activate: this JVM is shutting down"));
  }

  /** Leaves a daemon behind without this library. */
  static final class Careless {
    private Careless() {}

    /** Takes how long the daemon sleeps. */
    public static void main(String[] arguments) throws Exception {
      new ProcessBuilder("sh", "-c", "(sleep " + arguments[0] + " >/dev/null 2>&1 &)")
          .start()
          .waitFor();
      System.exit(3);
    }
  }

  @Test
  void controlThatADaemonOutlivesAJvmWithoutThisLibrary() throws Exception {
    ChildJvm.Result jvm = ChildJvm.run(Careless.class, mark);
    assertThat(jvm.exitCode()).as(jvm.output()).isEqualTo(3);
    assertThat(marked()).hasSize(1);
    scope.awaitOrphan("sleep " + mark).signal(Signal.KILL);
    Await.until(() -> marked().isEmpty());
  }
}
