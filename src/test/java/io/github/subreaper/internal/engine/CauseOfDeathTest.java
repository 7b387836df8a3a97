package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.SignalNumber.SIGKILL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.ProcessRecord.End;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.linux.BootClock;
import io.github.subreaper.internal.linux.ProcessStat;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A process exits after its parent was sent SIGKILL. Chaos found one whose parent had exited before
 * that, and was said to have ended by the kill. The processes are made up.
 */
class CauseOfDeathTest {
  private static final int PARENT = 1 << 23;
  private static final int CHILD = PARENT + 1;
  private static final int EXITED_3 = 3 << 8;

  private final RecordLock lock = new RecordLock();
  private final Registry registry =
      new Registry(
          lock,
          PARENT,
          new GuardianNews((pid, startTicks) -> false),
          new Facts(lock, new FactLog(Path.of("unused"))));

  private ProcessRecord process(int pid) {
    long now = BootClock.ticks();
    return lock.locked(
        () ->
            registry.create(
                new ProcessStat(pid, "made-up", 'S', 1, PARENT, PARENT, 0, 0, 0, 0, 0, 1, now, 0)));
  }

  private void ended(ProcessRecord process, int waitStatus) {
    lock.run(() -> registry.ended(process, waitStatus, null, null, Source.WAIT));
  }

  @ParameterizedTest
  @CsvSource({
    "exited, BY_ITSELF", // the SIGKILL came too late
    "killed, KILL",
    "alive, KILL", // as far as is known
  })
  void exitAfterTheParentWasSentSigkill(String parentHas, End expected) {
    ProcessRecord parent = process(PARENT);
    ProcessRecord child = process(CHILD);
    lock.run(() -> child.membership().seenBelow(parent));
    lock.run(() -> parent.ending().killed());
    if (!parentHas.equals("alive")) {
      ended(parent, parentHas.equals("killed") ? SIGKILL : EXITED_3);
    }
    ended(child, EXITED_3);
    assertThat(Objects.requireNonNull(child.end())).isEqualTo(expected);
  }
}
