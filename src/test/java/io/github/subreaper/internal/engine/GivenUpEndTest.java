package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.engine.records.Policy;
import io.github.subreaper.internal.engine.records.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
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

  private final Subreaper subreaper = Subreaper.activate();
  private final Engine engine = Engine.acquire();
  private final Logger logger = Logger.getLogger("io.github.subreaper");
  private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          warnings.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  GivenUpEndTest() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void close() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    engine.release();
    subreaper.close();
  }

  @Test
  @Tag("full")
  void endWithoutProofWarns() {
    Launch other = subreaper.open("other").launch("sleep", "1000"); // else no scan is needed
    Scope scope = engine.scopes().open(engine.scopes().openSession(), "restless", AT_ONCE);
    long late = System.nanoTime() + Duration.ofHours(1).toNanos();
    engine.registry.lock.run(() -> scope.noteDeath(late, false));

    engine.scopes().end(scope);

    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("no process of restless was found alive", "one may be left");
    assertThat(other.isAlive()).isTrue();
  }

  @Test
  void endWithProofDoesNotWarn() {
    engine.scopes().end(engine.scopes().open(engine.scopes().openSession(), "calm", AT_ONCE));
    assertThat(warnings).isEmpty();
  }
}
