package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.subreaper.testing.Hostile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A scope with little grace, and programs that resist their end. */
abstract class HostileFixture {
  static final ScopeOptions OPTIONS =
      ScopeOptions.defaults()
          .withAwait(LONG)
          .withKill(LONG)
          .withSettle(Duration.ZERO)
          .withGrace(Duration.ofMillis(300));

  /** Ways to resist, as hostile.c names them, that a trace does not change. */
  static final List<String> MODES =
      List.of(
          "deaf",
          "respawn",
          "multiply",
          "pair",
          "stopped",
          "vfork",
          "headless",
          "undumpable",
          "subreaper",
          "namespace");

  @AutoClose final Subreaper subreaper = Subreaper.activate();
  final Supervisor scope = subreaper.open("hostile", OPTIONS);

  @TempDir static Path directory;
  static Hostile hostile;

  @BeforeAll
  static void build() throws Exception {
    hostile = Hostile.build(directory);
  }

  Launch start(String... command) {
    return start(Program.of(command));
  }

  /** Starts the program, and returns once it is in its worst state. */
  Launch start(Program program) {
    Launch launch = scope.launch(program);
    String word = launch.awaitOutput(".");
    assumeFalse(word.equals("refused"), "this system refuses what " + program + " needs");
    assertThat(word).isEqualTo("ready");
    return launch;
  }

  /** Ends the scope, and checks that nothing is left and that each process has a cause of death. */
  ScopeReport end() throws Exception {
    assertThat(hostile.isHeld()).as("control: alive, seen without the library").isTrue();
    ScopeReport report = scope.end();
    assertThat(hostile.isHeld()).as("a process of it is alive").isFalse();
    assertThat(hostile.alive()).as("marked processes left on the machine").isEmpty();
    assertThat(report.survivors()).isEmpty();
    assertThat(report.ended()).isNotEmpty().isEqualTo(scope.descendants());
    for (Descendant process : report.ended()) {
      assertThat(process.ending()).as(process.toString()).isPresent();
      if (process.exitStatus().orElseThrow() instanceof ExitStatus.Unknown unknown) {
        assertThat(unknown.reason()).as(process.toString()).isNotEmpty();
      }
    }
    return report;
  }

  static long killed(ScopeReport report) {
    return report.ended().stream()
        .filter(process -> process.ending().orElseThrow() == Ending.KILL)
        .count();
  }
}
