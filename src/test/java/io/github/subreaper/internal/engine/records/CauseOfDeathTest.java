package io.github.subreaper.internal.engine.records;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.lock.Wakeups;
import io.github.subreaper.internal.engine.records.ProcessRecord.End;
import io.github.subreaper.internal.engine.values.OwnSession;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
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

  private final RecordLock lock = new RecordLock(TIME);
  private final Registry registry =
      new Registry(
          KERNEL,
          TIME,
          lock,
          new OwnSession(PARENT, 0),
          new GuardianNews((pid, startTicks) -> false),
          new Facts(TIME, lock, new FactLog(TIME, Path.of("unused"))),
          Wakeups.none(TIME));

  private ProcessRecord process(int pid) {
    long now = TIME.bootTicks();
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
    "been collected by another, BY_ITSELF", // nothing proves the kill
    "gone unseen, BY_ITSELF",
    "alive, KILL", // as far as is known
  })
  void exitAfterTheParentWasSentSigkill(String parentHas, End expected) {
    ProcessStat self = Objects.requireNonNull(KERNEL.procfs.stat(Procfs.SELF));
    ProcessRecord parent =
        parentHas.equals("alive") ? lock.locked(() -> registry.create(self)) : process(PARENT);
    ProcessRecord child = process(CHILD);
    lock.run(() -> child.membership().seenBelow(parent));
    lock.run(() -> parent.ending().killed());
    switch (parentHas) {
      case "exited" -> ended(parent, EXITED_3);
      case "killed" -> ended(parent, SIGKILL);
      case "been collected by another" -> ended(parent, ProcessRecord.UNKNOWN);
      default -> {}
    }
    ended(child, EXITED_3);
    assertThat(Objects.requireNonNull(child.end())).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"kill -9 $$, 9", "exit 3, 768"})
  void zombieShowsHowItEnded(String command, int waitStatus) throws Exception {
    Process parent =
        new ProcessBuilder("sh", "-c", "sh -c '" + command + "' & exec sleep 1000").start();
    try {
      Await.until(
          () -> {
            int pid = (int) parent.pid();
            int[] children = KERNEL.procfs.children(pid, pid);
            return children != null
                && children.length == 1
                && KERNEL.procfs.exitCode(children[0]) == waitStatus;
          });
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }
}
