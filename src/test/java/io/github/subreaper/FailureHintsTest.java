package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class FailureHintsTest extends ScopeFixture {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "$HOME/none; true",
        "~/none; true",
        "/no/*.txt; true",
        "2>/dev/null; true",
        "'/etc/hostname'; true",
        "|; true",
        "/no/.*; false",
        "/no/file; false",
      })
  void wordForAShellIsNamedIfTheProgramHasPrintedIt(String word, boolean isNamed) {
    for (String program : new String[] {"ls", "true", "sh"}) {
      Launch launch = scope.launch(program, word);
      launch.awaitExit();
      assertThat(launch.describe().contains("no shell has read `" + word + "`"))
          .isEqualTo(isNamed && program.equals("ls"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sh -c,         echo,        true",
    "/bin/sh -ec,   echo,        true",
    "sh -c,         echo \"$0\", false",
    "sh -c,         echo a b,    false",
    "sh -e,         /dev/null,   false",
    "env --,        echo,        false",
  })
  void wordsBehindTheScriptOfAShellAreNoPartOfIt(String shell, String script, boolean isNamed) {
    String[] start = shell.split(" ", -1);
    Launch launch = scope.launch(start[0], start[1], script, "a", "b");
    launch.awaitExit();
    String note =
        String.format(
            "  note      `%s` takes one word as its script, here `%s`: launch(\"%s\", \"%s\","
                + " \"%s a b\")%n",
            shell, script, start[0], start[1], script);
    assertThat(launch.describe().contains(note)).isEqualTo(isNamed);
    assertThat(launch.describe().contains("one word as its script")).isEqualTo(isNamed);
  }

  @Test
  void waitForTheOutputOfASilentProcessNamesItsBuffer() {
    String note =
        "  note      it has printed nothing on stdout, which may be buffered. To fix: stdbuf"
            + " -oL, python3 -u, or withTerminal()\n";
    Launch silent = scope.launch("sleep", "1000");
    assertThatThrownBy(() -> silent.awaitOutput("x", Duration.ZERO)).hasMessageContaining(note);
    for (Ready ready : List.of(Ready.output("x"), Ready.output("x", 2))) {
      assertThatThrownBy(() -> silent.awaitReady(ready, Duration.ZERO)).hasMessageContaining(note);
    }
    assertThat(silent.describe()).doesNotContain("buffered");
    Launch onStderr = scope.launch("sh", "-c", "echo starting >&2; exec sleep 1000");
    onStderr.awaitOutput("starting");
    assertThatThrownBy(() -> onStderr.awaitOutput("x", Duration.ZERO)).hasMessageContaining(note);

    Launch loud = scope.launch("sh", "-c", "echo a; exec sleep 1000");
    loud.awaitOutput("a");
    Launch ended = scope.launch("true");
    ended.awaitExit();
    Launch terminal = scope.launch(Program.of("sleep", "1000").withTerminal());
    for (Launch other : List.of(loud, ended, terminal)) {
      assertThatThrownBy(() -> other.awaitOutput("x", Duration.ZERO))
          .hasMessageNotContaining("buffered");
    }
  }

  @Test
  void signalToALauncherThatHasEndedIsAnEventAndANoteOfLaterFailures() {
    Launch launch = scope.launch("sh", "-c", "sleep 1000 &");
    launch.awaitExit();
    assertThat(launch.describe()).doesNotContain("was not sent");
    assertThat(launch.signal(Signal.HUP)).isFalse();
    assertThat(launch.signal(Signal.HUP)).isFalse();
    assertThat(launch.journal().events())
        .extracting(ProcessEvent::toString)
        .filteredOn(text -> text.contains("SIGHUP"))
        .containsExactly(launch.pid() + " sh: SIGHUP was not sent: it had ended");
    String note =
        "  note      SIGHUP was not sent: the launcher has ended; signal the daemon"
            + " (awaitOrphan())\n";
    Descendant daemon = launch.awaitOrphan();
    assertThat(launch.describe()).contains(note);
    assertThat(scope.describe()).contains(note);

    assertThat(daemon.signal(Signal.KILL)).isTrue();
    daemon.awaitExit();
    assertThat(daemon.signal(Signal.HUP)).isFalse();
    assertThat(launch.describe())
        .contains(note, "  note      SIGHUP was not sent: " + daemon + " had ended\n");
  }

  @Test
  void signalToALauncherWithoutADaemonIsNotMeantForOne() {
    Launch launch = scope.launch("true");
    launch.awaitExit();
    assertThat(launch.signal(Signal.TERM)).isFalse();
    assertThat(launch.describe())
        .contains("  note      SIGTERM was not sent: " + launch.process() + " had ended\n");
  }

  @Test
  void variableBeforeTheProgramIsNoProgram() {
    assertThatThrownBy(() -> scope.launch("MODE=test", "my-daemon"))
        .isInstanceOf(LaunchException.class)
        .hasMessageEndingWith("). To fix: set a variable by withEnvironment");
  }

  @Test
  void waitNamesAPipedInputAndAFreeze() {
    Launch cat = scope.launch(Program.of("cat").withPipedInput());
    assertThatThrownBy(() -> cat.awaitExit(Duration.ZERO))
        .hasMessageContaining("\n  If it waits for the end of its input, close launch.stdin()");
    try (Frozen frozen = cat.process().freeze()) {
      assertThatThrownBy(() -> cat.awaitOutput("x", Duration.ZERO))
          .hasMessageContaining("  frozen    cat (pid " + cat.pid() + ") at ")
          .hasMessageContaining("(FailureHintsTest.java:")
          .hasMessageContaining("To fix: close that Frozen before");
      assertThat(frozen.processes()).hasSize(1);
    }
    assertThat(cat.describe()).doesNotContain("frozen");
  }
}
