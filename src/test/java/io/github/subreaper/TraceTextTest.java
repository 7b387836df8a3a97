package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.testing.CProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages about a traced process name which process sent the signal that ended it. */
@Timeout(180)
class TraceTextTest extends ScopeFixture {
  /** The process that sends the signal lives on. */
  private static final String KILLED = "(kill -TERM $$; exec sleep 1000) & wait";

  private Launch end(Program program) {
    Launch launch = scope.launch(program);
    launch.awaitExit();
    return launch;
  }

  private Launch endTraced(String... command) {
    return end(Program.of(command).traced());
  }

  /** Returns the sender as the kernel reported it. */
  private static String senderOf(Launch launch) {
    Sender sender = launch.process().endedBy().orElseThrow();
    assertThat(sender.process()).as("a process of its own").isNotEqualTo(launch.process());
    return sender.toString();
  }

  @Test
  void senderIsNamedInTheContextOfAFailure() {
    Launch launch = endTraced("sh", "-c", KILLED);
    assertThat(senderOf(launch)).matches("\\d+ \\(.+\\)");
    assertThat(launch.describe())
        .contains(
            "  launcher  %d killed by SIGTERM from %s after "
                .formatted(launch.pid(), senderOf(launch)));
  }

  @Test
  void senderIsNamedWhereAnEndedProcessIsAskedForMore() {
    Launch launch = endTraced("sh", "-c", KILLED);
    String words = "killed by SIGTERM from " + senderOf(launch);
    assertThatThrownBy(() -> launch.process().details()).hasMessageContaining(words + " after ");
    assertThatThrownBy(() -> launch.process().freeze()).hasMessageContaining("ended: " + words);
    assertThat(Access.get().describeEnd(launch.process())).contains(words);
  }

  @Test
  void senderIsNamedInTheReportOfTheScope() {
    Launch launch = endTraced("sh", "-c", KILLED);
    assertThat(scope.end().toString())
        .containsPattern("ended by itself +" + launch.pid() + " sh \\(killed by SIGTERM from ")
        .contains(launch.pid() + " sh (killed by SIGTERM from " + senderOf(launch) + ")");
  }

  @Test
  void processThatKillsItselfIsNotNamedTwice() {
    assertThat(endTraced("sh", "-c", "kill -TERM $$").describe())
        .contains(" killed by SIGTERM from itself after ");
  }

  @Test
  void kernelIsNamed() throws Exception {
    assertThat(endTraced(CProgram.build(directory, "diebysignal").toString()).describe())
        .contains(" killed by SIGALRM from the kernel after ");
  }

  /** The kernel reports SIGPIPE as if the process had sent it to itself. */
  @Test
  void nothingIsSaidOfAWriteToAClosedPipe() {
    Launch launch = endTraced("sh", "-c", "exec 3>&1; (yes >&4) 4>&1 | true; exit 0");
    assertThat(launch.describe())
        .contains(": killed by SIGPIPE after ")
        .doesNotContain("from itself");
  }

  @Test
  void signalOfThisJvmIsReportedAsWithoutATrace() {
    Launch launch = scope.launch(Program.of("sleep", "1000").traced());
    launch.signal(Signal.TERM);
    launch.awaitExit();
    assertThat(launch.process().endedBy()).as("it is known").isPresent();
    assertThat(launch.describe()).contains(" killed by SIGTERM after ");
    Launch asked = scope.launch(Program.of("sleep", "1000").traced());
    asked.stop();
    assertThat(asked.describe()).contains(" killed by SIGTERM after ");
    assertThat(scope.end().toString())
        .contains(launch.pid() + " sleep (killed by SIGTERM)")
        .contains(asked.pid() + " sleep (killed by SIGTERM)");
  }

  @Test
  void unknownSenderIsNotInvented() {
    Launch untraced = end(Program.of("sh", "-c", "kill -TERM $$"));
    assertThat(untraced.describe()).contains(" killed by SIGTERM after ");
    Launch killed = endTraced("sh", "-c", "(kill -KILL $$) & wait");
    assertThat(killed.describe()).contains(" killed by SIGKILL after ");
    Launch exited = endTraced("sh", "-c", "trap 'exit 3' TERM; kill -TERM $$");
    assertThat(exited.describe()).contains(" exited 3 after ");
  }
}
