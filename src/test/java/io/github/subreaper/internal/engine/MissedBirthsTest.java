package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.testing.Await;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Of which scopes processes may be missing when more were born than could be read. */
@Timeout(180)
class MissedBirthsTest {
  @AutoClose private final Subreaper subreaper = Subreaper.activate();

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  private final Supervisor supervisor = subreaper.open("test");

  private static boolean mayMiss(Supervisor scope) {
    return Access.get().mayMissProcesses(scope);
  }

  @Test
  void scopeThatWasOpenThenMayMissProcesses() {
    var unused = supervisor.launch("true").awaitExit();

    engine.registry.missedBirths();

    assertThat(mayMiss(supervisor)).isTrue();
    Await.until(this::laterScopeMissesNone);
  }

  private boolean laterScopeMissesNone() {
    try (Supervisor later = subreaper.open("later")) {
      var unused = later.launch("true").awaitExit();
      return !mayMiss(later);
    }
  }

  @Test
  void scopeThatIsTracedMissesNone() {
    assumeThat(Subreaper.capabilities().trace()).isTrue();
    var unused = supervisor.launch(Program.of("true").traced()).awaitExit();

    engine.registry.missedBirths();

    assertThat(mayMiss(supervisor)).isFalse();
  }
}
