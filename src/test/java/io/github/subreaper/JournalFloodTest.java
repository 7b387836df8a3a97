package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** 20,000 double forks, with listeners that do what listeners should not. */
@Tag("full")
@Timeout(900)
class JournalFloodTest {
  private static final int ORPHANS = 20_000;
  private static final int MOST_LAUNCHES = 50;

  @Test
  void journalOfAFloodIsCompleteWhateverItsListenersDo(@TempDir Path directory) throws Exception {
    Path flood = CProgram.build(directory, "flood");
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor =
            subreaper.open("flood", ScopeOptions.defaults().withAwait(Duration.ofMinutes(10)));
        Supervisor other = subreaper.open("launched by a listener")) {
      CountDownLatch over = new CountDownLatch(1);
      AtomicInteger slow = new AtomicInteger();
      AtomicInteger all = new AtomicInteger();
      AtomicInteger once = new AtomicInteger();
      AtomicInteger launched = new AtomicInteger();
      AtomicReference<Journal.Registration> self = new AtomicReference<>();
      Journal journal = supervisor.journal();
      Journal.Registration sleeping =
          journal.onEvent(
              event -> {
                slow.incrementAndGet();
                Await.until(() -> over.getCount() == 0);
              });
      Journal.Registration throwing =
          journal.onEvent(
              event -> {
                all.incrementAndGet();
                throw new IllegalStateException("on purpose");
              });
      Journal.Registration launching =
          journal.onEvent(
              event -> {
                if (launched.get() < MOST_LAUNCHES) {
                  launched.incrementAndGet();
                  other.launch("true").awaitExit();
                }
              });
      self.set(
          journal.onEvent(
              event -> {
                once.incrementAndGet();
                Await.until(() -> self.get() != null);
                Objects.requireNonNull(self.get()).close();
              }));

      Launch launch = supervisor.launch(flood.toString(), Integer.toString(ORPHANS));
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
      Await.until(() -> launch.orphans().size(), size -> size == ORPHANS);
      supervisor.end();

      assertThat(slow).hasValue(1);
      assertThat(once).hasValue(1);
      over.countDown();
      JournalComparison comparison = JournalComparison.of(supervisor);
      assertThat(comparison.faults()).isEmpty();
      assertThat(comparison.exits()).isEqualTo(supervisor.descendants().size());
      int events = journal.events().size();
      Await.until(() -> all.get() == events);
      Await.until(() -> launched.get() == MOST_LAUNCHES);
      throwing.close();
      launching.close();
      sleeping.close();
      assertThat(slow).hasValueGreaterThan(1);
    }
  }
}
