package io.github.subreaper.internal.engine.records;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGHUP;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGINT;
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
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A death by SIGHUP after the stop for a kill is the kernel's where that is possible, else the
 * process's own. The processes are made up, since the kernel's signal depends on microseconds.
 */
class HungUpTest {
  private static final int JVM_SESSION = 7;
  private static final int PID = 500;

  private final RecordLock lock = new RecordLock(TIME);
  private final Registry registry =
      new Registry(
          KERNEL,
          TIME,
          lock,
          new OwnSession(JVM_SESSION, 0),
          new GuardianNews((pid, startTicks) -> false),
          new Facts(TIME, lock, new FactLog(TIME, Path.of("unused"))),
          Wakeups.none(TIME));

  private End end(int session, int processGroup, boolean stopped, int waitStatus) {
    long now = TIME.bootTicks();
    ProcessStat stat =
        new ProcessStat(PID, "made-up", 'S', 1, processGroup, session, 0, 0, 0, 0, 0, 1, now, 0);
    ProcessRecord process = lock.locked(() -> registry.create(stat));
    if (stopped) {
      process.ending().frozen();
    }
    lock.run(() -> registry.ended(process, waitStatus, null, null, Source.WAIT));
    return Objects.requireNonNull(process.end());
  }

  @ParameterizedTest
  @CsvSource({
    "300, 400, true, KILL", // a group with a parent in another group of its session
    "300, 400, false, BY_ITSELF", // not stopped
    "300, 300, true, BY_ITSELF", // a session's first group, whose leader has no parent in the
    // session
    "500, 500, true, BY_ITSELF", // the group of the process that leads its session
    "7, 400, true, BY_ITSELF", // in the JVM's session: the JVM is the parent in another group
  })
  void sighupAfterTheStopIsTheKernelsIfTheGroupLostItsLastOutsideParent(
      int session, int processGroup, boolean stopped, End expected) {
    assertThat(end(session, processGroup, stopped, SIGHUP)).isEqualTo(expected);
    assertThat(end(session, processGroup, stopped, SIGINT)).isEqualTo(End.BY_ITSELF);
  }
}
