package io.github.subreaper.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import io.github.subreaper.chaos.Fault.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The comparison fails for everything that differs from the ledger. */
class ComparisonTest {
  private static final Identity LAUNCHER = new Identity(10, 100);
  private static final Identity MIDDLE = new Identity(11, 100);
  private static final Identity DAEMON = new Identity(12, 101);
  private static final Identity WORKER = new Identity(13, 101);
  private static final Identity STRANGER = new Identity(12, 999);
  private static final TreePlan PLAN = TreePlan.of("((p(k11))e2)w0e5");
  private static final Ledger LEDGER =
      new Ledger(
          List.of(
              "b 0 10 100",
              "b 0.0 11 100",
              "b 0.0.0 12 101",
              "e 0.0 E 2",
              "w 0.0",
              "r 0.0 512",
              "p 0.0.0",
              "b 0.0.0.0 13 101",
              "e 0.0.0.0 S 11",
              "e 0 E 5"));

  private final Map<Identity, Observed> observed = new HashMap<>();

  ComparisonTest() {
    see(LAUNCHER, null, ExitStatus.exited(5), Ending.BY_ITSELF, false, "test");
    see(MIDDLE, LAUNCHER, ExitStatus.exited(2), Ending.BY_ITSELF, false, "test");
    see(DAEMON, MIDDLE, ExitStatus.signaled(Signal.TERM), Ending.STOP_SIGNAL, true, "test");
    see(WORKER, DAEMON, ExitStatus.signaled(Signal.SEGV, true), Ending.BY_ITSELF, true, "test");
  }

  private void see(
      Identity identity,
      @Nullable Identity parent,
      @Nullable ExitStatus status,
      @Nullable Ending ending,
      boolean orphan,
      String scope) {
    observed.put(identity, new Observed(identity, parent, status, ending, orphan, scope));
  }

  private List<Kind> faults() {
    return faults(PLAN);
  }

  private List<Kind> faults(TreePlan plan) {
    return new Comparison(plan, LEDGER, false, true, Set.of("test"))
        .with(observed).stream().map(Fault::kind).toList();
  }

  @Test
  void observationsThatMatchTheLedgerAreNoFault() {
    assertThat(faults()).isEmpty();
  }

  @Test
  void orphanOrLaunchedProcessWithoutARecordIsLost() {
    observed.remove(DAEMON);
    observed.remove(LAUNCHER);
    assertThat(faults()).containsExactly(Kind.LOST, Kind.LOST);
  }

  @Test
  void statusOfAProcessReapedByItsParentMayBeUnknownButNotWrong() {
    observed.remove(MIDDLE);
    assertThat(faults()).isEmpty();
    see(MIDDLE, LAUNCHER, new ExitStatus.Unknown("reaped"), Ending.BY_ITSELF, false, "test");
    assertThat(faults()).isEmpty();
    see(MIDDLE, LAUNCHER, ExitStatus.exited(3), Ending.BY_ITSELF, false, "test");
    assertThat(faults()).contains(Kind.WRONG);
  }

  @Test
  void processReapedByItsParentMayHaveTheCodeOfItsEndedFirstThread() {
    TreePlan itsFirstThreadEnds = TreePlan.of("(q(p(k11))e2)w0e5");
    see(MIDDLE, LAUNCHER, ExitStatus.exited(0), Ending.BY_ITSELF, false, "test");
    assertThat(faults(itsFirstThreadEnds)).isEmpty();
    assertThat(faults()).as("control: a fault for the usual tree").contains(Kind.WRONG);
    see(MIDDLE, LAUNCHER, ExitStatus.exited(3), Ending.BY_ITSELF, false, "test");
    assertThat(faults(itsFirstThreadEnds)).contains(Kind.WRONG);
  }

  @Test
  void sighupAfterTheStopForTheKillIsTheKernelsAndNotItsOwn() {
    see(DAEMON, MIDDLE, ExitStatus.signaled(Signal.HUP), Ending.KILL, true, "test");
    assertThat(faults()).isEmpty();
    see(DAEMON, MIDDLE, ExitStatus.signaled(Signal.HUP), Ending.BY_ITSELF, true, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
  }

  @Test
  void ownSighupMayBeTakenForTheKernelsOnlyInAGroupOfItsOwn() {
    see(WORKER, DAEMON, ExitStatus.signaled(Signal.HUP), Ending.KILL, true, "test");
    assertThat(faults(TreePlan.of("((sp(gk1))e2)w0e5"))).isEmpty();
    assertThat(faults(TreePlan.of("((gp(sk1))e2)w0e5"))).containsExactly(Kind.WRONG);
    assertThat(faults()).as("control: a fault for the usual tree").containsExactly(Kind.WRONG);
  }

  @Test
  void orphanWithoutAStatusIsLost() {
    see(WORKER, DAEMON, null, null, true, "test");
    assertThat(faults()).containsExactly(Kind.LOST);
    see(WORKER, DAEMON, new ExitStatus.Unknown("stolen"), Ending.BY_ITSELF, true, "test");
    assertThat(faults()).containsExactly(Kind.LOST);
  }

  @Test
  void anotherStatusIsWrong() {
    see(WORKER, DAEMON, ExitStatus.exited(11), Ending.BY_ITSELF, true, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
    see(WORKER, DAEMON, ExitStatus.exited(139), Ending.BY_ITSELF, true, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
  }

  @Test
  void anotherCauseOfDeathIsWrong() {
    see(WORKER, DAEMON, ExitStatus.signaled(Signal.SEGV), Ending.STOP_SIGNAL, true, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
    see(WORKER, DAEMON, ExitStatus.signaled(Signal.SEGV), Ending.BY_ITSELF, true, "test");
    see(DAEMON, MIDDLE, ExitStatus.signaled(Signal.TERM), Ending.BY_ITSELF, true, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
  }

  @Test
  void anotherParentIsWrong() {
    see(WORKER, LAUNCHER, ExitStatus.signaled(Signal.SEGV), Ending.BY_ITSELF, true, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
    see(WORKER, STRANGER, ExitStatus.signaled(Signal.SEGV), Ending.BY_ITSELF, true, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
  }

  @Test
  void adoptedProcessThatIsNotCalledAnOrphanIsWrong() {
    see(WORKER, DAEMON, ExitStatus.signaled(Signal.SEGV), Ending.BY_ITSELF, false, "test");
    assertThat(faults()).containsExactly(Kind.WRONG);
  }

  @Test
  void anotherScopeIsMisplaced() {
    see(WORKER, DAEMON, ExitStatus.signaled(Signal.SEGV), Ending.BY_ITSELF, true, "other");
    assertThat(faults()).containsExactly(Kind.MISPLACED);
  }

  @Test
  void recordOfALaterProcessWithThatPidDoesNotCount() {
    observed.remove(DAEMON);
    see(STRANGER, MIDDLE, ExitStatus.signaled(Signal.TERM), Ending.STOP_SIGNAL, true, "test");
    assertThat(faults()).contains(Kind.LOST);
  }

  @Test
  void exitCodeOfAProcessThatWasStolenIsWrong() {
    Comparison comparison = new Comparison(PLAN, LEDGER, false, false, Set.of("test"));
    assertThat(comparison.withProcess(5)).isEmpty();
    assertThat(comparison.withProcess(0)).extracting(Fault::kind).containsExactly(Kind.WRONG);
  }
}
