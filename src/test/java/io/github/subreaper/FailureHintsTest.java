package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class FailureHintsTest {
  private final Subreaper library = Subreaper.activate();
  private final Supervisor scope = library.open("hints");

  @AfterEach
  void close() {
    library.close();
  }

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
