package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SupervisorAssertTest {
  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor =
      subreaper.open("the scope", ScopeOptions.defaults().withSettle(Duration.ZERO));

  @AfterEach
  void endAll() {
    supervisor.close();
    subreaper.close();
  }

  @Test
  void hasNoProcessesPassesWithoutProcesses() {
    assertThat(supervisor).hasNoProcesses();
    assertThat(supervisor.launch("true")).exitsWith(0);
    assertThat(supervisor).hasNoProcesses();
  }

  @Test
  void hasNoProcessesFailsWithAProcess() {
    Descendant sleep = supervisor.launch("sleep", "1000").process();

    assertThatThrownBy(() -> assertThat(supervisor).hasNoProcesses())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expecting scope `the scope`\nto have no living processes\nbut it has 1 process\n\n")
        .hasMessageContaining(String.valueOf(sleep.pid()));
  }

  @Test
  void hasNoLeaksPassesForALaunchedProcess() {
    supervisor.launch("sleep", "1000");
    supervisor.launch("sh", "-c", "sleep 1000 &").awaitOrphan();

    assertThat(supervisor).hasNoLeaks();
  }

  @Test
  void hasNoLeaksFailsForAProcessOfTheCodeUnderTest() throws IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    Descendant sleep = supervisor.awaitDescendant("sleep*");

    assertThatThrownBy(() -> assertThat(supervisor).hasNoLeaks())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expecting scope `the scope`\nto have no leaks\nbut if it ended now, it would leak 1"
                + " process:\n   %s: alive\n\n",
            Naming.of(sleep));
    assertThat(sleep.pid()).isEqualTo(process.pid());
  }

  @Test
  void hasNoLeaksFailsForALaunchedProcessIfStrict() {
    Supervisor strict = supervisor.open("strict", supervisor.options().withStrict(true));
    Descendant sleep = strict.launch("sleep", "1000").process();

    assertThatThrownBy(() -> assertThat(strict).hasNoLeaks())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(Naming.of(sleep));
  }

  @Test
  void descriptionAndMessageOfTheUserAreKept() {
    supervisor.launch("sleep", "1000");

    assertThatThrownBy(() -> assertThat(supervisor).as("at the end").hasNoProcesses())
        .hasMessageStartingWith("[at the end] Expecting scope");
    assertThatThrownBy(() -> assertThat(supervisor).withFailMessage("no").hasNoProcesses())
        .hasMessage("no");
  }
}
