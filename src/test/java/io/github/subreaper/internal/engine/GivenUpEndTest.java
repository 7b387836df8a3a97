package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.testing.LibraryLog;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * If each scan sees a death, nothing proves that no process is left: the end says so, in bounded
 * time.
 */
class GivenUpEndTest {
  private static final Policy AT_ONCE =
      new Policy(
          Duration.ZERO, Duration.ZERO, Duration.ofMinutes(1), Duration.ZERO, false, List.of());

  @AutoClose private final Subreaper subreaper = Subreaper.activate();

  @AutoClose("release")
  private final Engine engine = Engine.acquire();

  @AutoClose private final LibraryLog log = new LibraryLog();

  @Test
  @Tag("full")
  void endWithoutProofWarns() {
    Launch other = subreaper.open("other").launch("sleep", "1000"); // else no scan is needed
    Scope scope = engine.scopes().open(engine.scopes().openSession(), "restless", AT_ONCE);
    long late = System.nanoTime() + Duration.ofHours(1).toNanos();
    engine.registry.lock.run(() -> scope.noteDeath(late, false));

    engine.scopes().end(scope);

    assertThat(log.messages())
        .singleElement()
        .asString()
        .contains("no process of restless was found alive", "one may be left");
    assertThat(other.isAlive()).isTrue();
  }

  @Test
  void endWithProofDoesNotWarn() {
    engine.scopes().end(engine.scopes().open(engine.scopes().openSession(), "calm", AT_ONCE));
    assertThat(log.messages()).isEmpty();
  }
}
