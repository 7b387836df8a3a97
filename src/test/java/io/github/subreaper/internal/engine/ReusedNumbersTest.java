package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.origin.CallSites;
import io.github.subreaper.internal.engine.origin.MethodBindings;
import io.github.subreaper.internal.engine.records.LatelyEnded;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.scan.Delivery;
import io.github.subreaper.internal.engine.values.JvmChild;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The kernel reuses the numbers of processes, sessions and groups: evidence of an earlier use does
 * not count. The processes are made up, since the kernel can't be asked for a number.
 */
class ReusedNumbersTest extends MadeUpFixture {
  private static final int SESSION = MADE_UP;

  /** The made-up processes are born this much later than the scopes. */
  private static final double LATER_SECONDS = 200;

  private static final long NOW_NANOS = System.nanoTime();
  private static final long BOOT_AHEAD_NANOS = TIME.bootAhead();

  private final Scope one = open(session, "one");
  private final Scope other = open(session, "other");

  private static long ticks(double secondsAgo) {
    return (nanos(secondsAgo) + BOOT_AHEAD_NANOS) / (1_000_000_000 / Procfs.TICKS_PER_SECOND);
  }

  private static long nanos(double secondsAgo) {
    return NOW_NANOS + (long) ((LATER_SECONDS - secondsAgo) * 1e9);
  }

  private ProcessRecord record(int pid, double secondsAgo) {
    return engine.registry.lock.locked(() -> engine.registry.create(stat(pid, secondsAgo)));
  }

  private static ProcessStat stat(int pid, double secondsAgo) {
    return stat(pid, 1, SESSION, ticks(secondsAgo));
  }

  private @Nullable Scope scopeOf(int pid, double secondsAgo) {
    ProcessRecord process = record(pid, secondsAgo);
    boolean ours =
        engine.registry.lock.locked(
            () ->
                engine.attribution.attribute(
                    process, stat(pid, secondsAgo), engine.tags.own(), null, 0));
    assertThat(ours).isTrue();
    return process.scope();
  }

  /** Makes a member of the session that belonged to scope one and ended some time ago. */
  private void memberThatEnded(double secondsAgo) {
    ProcessRecord member = record(SESSION + 1, 100);
    Scope unknown = attribute(member);
    assertThat(unknown).isEqualTo(session);
    engine.registry.lock.run(() -> member.membership().movedTo(one));
    ended(member, secondsAgo);
  }

  private void ended(ProcessRecord process, double secondsAgo) {
    engine.registry.lock.run(
        () -> process.ended(0, null, ProcessRecord.End.BY_ITSELF, nanos(secondsAgo)));
  }

  private @Nullable Scope attribute(ProcessRecord process) {
    ProcessStat stat = stat(process.pid(), 100);
    engine.registry.lock.locked(
        () -> engine.attribution.attribute(process, stat, engine.tags.own(), null, 0));
    return process.scope();
  }

  @Test
  void processBornBeforeTheLastMemberEndedBelongsToTheSession() {
    memberThatEnded(10);
    assertThat(scopeOf(SESSION + 2, 20)).isEqualTo(one);
  }

  @Test
  void processBornAfterTheLastMemberEndedBelongsToAnotherSessionOfThatNumber() {
    memberThatEnded(20);
    assertThat(scopeOf(SESSION + 2, 10)).isEqualTo(session).isNotEqualTo(one);
    assertThat(other.isOpen()).isTrue(); // keeps a second scope open
  }

  /** The record of a member is older than its setsid(2) or its end, so the kernel is asked. */
  @Test
  void untaggedProcessIsNotProvenByAMemberThatIsNoLongerInTheSession() {
    ProcessRecord member = record(SESSION + 1, 100);
    attribute(member);
    assertThat(member.isAlive()).as("by its record").isTrue();
    ProcessRecord untagged = record(SESSION + 2, 50);
    engine.registry.lock.locked(
        () -> engine.attribution.attribute(untagged, stat(SESSION + 2, 50), 0, null, 0));
    assertThat(untagged.membership().kin()).isNull();
  }

  /**
   * A process that carries the session's tag is ours in any case: only its scope is in question.
   */
  @Test
  void taggedProcessGetsTheScopeOfAMemberThatHasLeftTheSessionSince() {
    ProcessRecord member = record(SESSION + 1, 100);
    attribute(member); // it is a member now
    engine.registry.lock.run(() -> member.membership().movedTo(one));
    assertThat(scopeOf(SESSION + 2, LATER_SECONDS + 60)).isEqualTo(one);
    assertThat(scopeOf(SESSION + 3, LATER_SECONDS - 150)).isEqualTo(session).isNotEqualTo(one);
  }

  // a trace reports it at the same time ----------------------------------------------------------

  private ProcessRecord add(ProcessStat stat) {
    ProcessRecord process = engine.registry.create(stat);
    process.membership().belongsTo(one, null);
    engine.registry.add(process);
    return process;
  }

  @Test
  void processThatATraceReportsWhileAScanSeesItIsRecordedOnce() {
    int pid = SESSION + 10;
    int self = (int) ProcessHandle.current().pid();
    ProcessStat stat = stat(pid, self, SESSION, ticks(10));
    List<ProcessRecord> told = new ArrayList<>();
    ProcessRecord seen =
        engine.registry.lock.locked(
            () -> {
              add(stat(pid, 50)); // nobody has noticed its end yet
              engine.registry.lock.later(() -> told.add(add(stat)));
              return engine.observer.observe(stat, null, 0);
            });
    assertThat(told).containsExactly(seen);
  }

  // senders of signals that have ended ------------------------------------------------------------

  @Test
  void senderThatEndedBeforeTheSignalWasThereIsAnotherProcessWithThatPid() {
    ProcessRecord sender = record(SESSION + 9, 60);
    ended(sender, 40);
    LatelyEnded lately = new LatelyEnded();
    lately.add(sender);
    assertThat(lately.find(sender.pid(), nanos(45))).isSameAs(sender);
    assertThat(lately.find(sender.pid(), nanos(35))).isNull();
    assertThat(lately.find(sender.pid() + 1, nanos(45))).isNull();
  }

  // hidden processes, which have no start time ----------------------------------------------------

  private static ProcessStat hidden(int pid, int parent) {
    return new ProcessStat(
        pid, "?", '?', parent, SESSION, SESSION, 0, -1, 0, 0, 0, 1, -1, System.nanoTime());
  }

  @Test
  void hiddenProcessIsTheOneSeenBeforeOnlyIfItIsAChild() {
    int self = (int) ProcessHandle.current().pid();
    ProcessRecord seen = record(SESSION + 7, 60);
    assertThat(seen.is(hidden(seen.pid(), 0))).isFalse();
    assertThat(seen.is(hidden(seen.pid(), self))).isTrue();
  }

  @Test
  void processThatBecomesHiddenWithoutAPidfdGetsNoSignal() {
    ProcessRecord seen = record(SESSION + 8, 60);
    assertThat(Delivery.send(KERNEL, seen, 0)).isEqualTo(Errno.ESRCH);
    engine.registry.lock.run(() -> seen.observed().update(hidden(seen.pid(), 0)));
    assertThat(Delivery.send(KERNEL, seen, 0)).isEqualTo(Errno.EPERM);
  }

  // tags of children of this JVM ------------------------------------------------------------------

  /** Else a child of the JDK that got the tag of its pid's former owner would be collected. */
  @Test
  void tagOfTheFormerProcessWithAPidDoesNotProveAnAdoption() throws Exception {
    Process process = new ProcessBuilder("sleep", "1000").start();
    try {
      int pid = (int) process.pid();
      JvmChild child = Objects.requireNonNull(engine.origin.tag(pid));
      long tag = engine.tags.read(pid);
      assertThat(engine.origin.child(tag)).isSameAs(child);
      ProcessStat successor = stat(pid, 60);
      assertThat(engine.attribution.isBelowAChild(successor, tag)).isFalse();

      // control
      ProcessStat descendant = stat(pid + 1, 60);
      assertThat(engine.attribution.isBelowAChild(descendant, tag)).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  // start events of the flight recorder -----------------------------------------------------------

  private Start start(int pid, double secondsAgo) {
    Start start =
        new Start(
            pid,
            nanos(secondsAgo),
            "made-up",
            1,
            "thread",
            new CallSites(new MethodBindings()).of(List.of()),
            null);
    engine.origin.add(start);
    return start;
  }

  private @Nullable Start startOf(ProcessRecord process) {
    return engine.origin.of(process);
  }

  @Test
  void startEventOfAProcessIsTheFirstAfterItsBirth() {
    int pid = SESSION + 3;
    start(pid, 60);
    Start its = start(pid, 30);
    ProcessRecord process = record(pid, 30.1);
    assertThat(startOf(process)).isEqualTo(its);
  }

  @Test
  void startEventOfAnEarlierProcessWithThatPidDoesNotCount() {
    int pid = SESSION + 4;
    start(pid, 60);
    assertThat(startOf(record(pid, 30))).isNull();
  }

  @Test
  void startEventAfterTheEndBelongsToALaterProcessWithThatPid() {
    int pid = SESSION + 5;
    ProcessRecord ended = record(pid, 60);
    ended(ended, 40);
    start(pid, 20);
    assertThat(startOf(ended)).isNull();
    Start its = start(pid, 59.9);
    assertThat(startOf(ended)).isEqualTo(its);
  }

  @Test
  void sessionLeaderWasStartedBeforeTheEndOfItsMember() {
    ProcessRecord member = record(SESSION + 6, 60);
    ended(member, 40);
    Start leaders = start(SESSION, 61);
    start(SESSION, 20);
    assertThat(startOf(member)).isEqualTo(leaders);
  }
}
