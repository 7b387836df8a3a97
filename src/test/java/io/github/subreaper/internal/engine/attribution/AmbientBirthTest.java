package io.github.subreaper.internal.engine.attribution;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static io.github.subreaper.testing.Linux.lastPid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.records.EndedProcesses;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.engine.time.PidOrder;
import io.github.subreaper.internal.engine.values.PastScope;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A process that nothing links to a scope was born while two scopes were open, and is seen when one
 * of them has ended. Chaos found such a process in the scope that was still open.
 */
class AmbientBirthTest {
  private static final int UNKNOWN = 0;

  private final RecordLock lock = new RecordLock(TIME);
  private final PidOrder order = new PidOrder(KERNEL);
  private final ScopeTree tree = new ScopeTree(lock, order);
  private final Scope session =
      tree.root().open("session", ScopeTree.SESSION_POLICY, KERNEL.procfs.ownTid());
  private final Scope beside =
      session.open("beside", ScopeTree.SESSION_POLICY, KERNEL.procfs.ownTid());
  private final Scope mine = session.open("mine", ScopeTree.SESSION_POLICY, KERNEL.procfs.ownTid());

  private static long nextTick() {
    long before = TIME.bootTicks();
    while (TIME.bootTicks() < before + 2) {
      Thread.onSpinWait();
    }
    return TIME.bootTicks();
  }

  private void endMine(long lastScan) {
    ScopeEnd end =
        new ScopeEnd(
            "mine",
            false,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            new EndedProcesses(lock, List.of()),
            List.of(),
            List.of(),
            Instant.now(),
            0,
            0);
    mine.ended(end, Moment.at(TIME, lastScan), lastPid());
  }

  private Scope scopeOf(Birth birth) {
    return lock.locked(() -> tree.ambientScope(birth));
  }

  @Test
  void processBornAfterTheLastScanOfAnEndedScopeMayBeThatScopes() {
    nextTick();
    long lastScan = System.nanoTime();
    long born = nextTick();
    nextTick();
    endMine(lastScan);
    assertThat(scopeOf(Birth.ofRecord(UNKNOWN, born, true))).isSameAs(session);
    assertThat(scopeOf(Birth.ofRecord(UNKNOWN, born, false))).isSameAs(session);
  }

  @Test
  void processBornBeforeThatScanIsNotSinceTheScanWouldHaveShownIt() {
    long born = nextTick();
    nextTick();
    nextTick();
    long lastScan = System.nanoTime();
    endMine(lastScan);
    assertThat(scopeOf(Birth.ofRecord(UNKNOWN, born, true))).isSameAs(beside);
    assertThat(scopeOf(Birth.ofRecord(UNKNOWN, born, false))).isSameAs(session);
  }

  /** As in a test that ends a scope and then starts a process. */
  @Test
  void processBornInTheTickOfTheEndIsTheOpenScopes() {
    endMine(System.nanoTime());
    assertThat(scopeOf(Birth.ofRecord(UNKNOWN, TIME.bootTicks(), true))).isSameAs(beside);
  }

  @Test
  void processBornAfterTheEndIsNot() {
    endMine(System.nanoTime());
    nextTick();
    assertThat(scopeOf(Birth.ofRecord(UNKNOWN, nextTick(), true))).isSameAs(beside);
  }

  /** Chaos found processes of a scope that had ended in the tick of their births in another one. */
  @Test
  void inTheTickOfTheEndTheOrderOfThePidsTells() {
    assumeThat(order.isKnown()).isTrue();
    int lastPid = 5_000;
    PastScope past =
        new PastScope(new Moment(0, 90), new Moment(1, 100), new Moment(2, 102), lastPid);
    assertThat(past.mayHaveHad(Birth.ofRecord(lastPid, 102, true), order)).isTrue();
    assertThat(past.mayHaveHad(Birth.ofRecord(lastPid + 1, 102, true), order)).isFalse();
    assertThat(past.mayHaveHad(Birth.ofRecord(UNKNOWN, 102, true), order)).isFalse();
    assertThat(past.mayHaveHad(Birth.ofRecord(lastPid + 1, 101, true), order)).isTrue();
    assertThat(past.mayHaveHad(Birth.ofRecord(lastPid, 103, true), order)).isFalse();
    PastScope unknown =
        new PastScope(new Moment(0, 90), new Moment(1, 100), new Moment(2, 102), UNKNOWN);
    assertThat(unknown.mayHaveHad(Birth.ofRecord(lastPid, 102, true), order)).isFalse();
  }
}
