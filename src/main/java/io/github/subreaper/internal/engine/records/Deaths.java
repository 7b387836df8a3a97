package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.time.Ticks;

/** Notes the death of each process, once. The lock over all records guards it. */
final class Deaths {
  private final RecordLock lock;

  /** When any process was last known to be dead. */
  private volatile long lastNanos;

  /** The same of ambient processes. */
  private long lastAmbientNanos;

  Deaths(RecordLock lock, long longAgo) {
    this.lock = lock;
    this.lastNanos = longAgo;
    this.lastAmbientNanos = longAgo;
  }

  long lastNanos() {
    return lastNanos;
  }

  long lastAmbientNanos() {
    lock.requireHeld();
    return lastAmbientNanos;
  }

  void noted(long nanos) {
    lock.requireHeld();
    lastNanos = nanos;
  }

  /** The kernel reports a death at once: if a scan was just faster, the scan's time is right. */
  void reported(ProcessRecord process, int scan) {
    if (process.ending().isSeenDead()) {
      process.ending().deathReportedAfterAScan();
    } else {
      long now = lock.time.nanos();
      died(process, scan, now, now);
    }
  }

  /** Two looks are all that is known: at the one before it was alive, or not yet born. */
  void found(ProcessRecord process, int scan) {
    if (!process.ending().isSeenDead()) {
      long alive =
          process.observed().aliveNanos(() -> Ticks.nanos(lock.time, process.startTicks()));
      died(process, scan, alive, lock.time.nanos());
    }
  }

  private void died(ProcessRecord process, int scan, long alive, long now) {
    process.ending().died(scan, alive, now, !CauseOfDeath.wasSignalled(process));
    noted(now);
    LaunchRecord launch = process.launch();
    if (launch != null) {
      launch.noteDeath(now);
    } else if (!process.isForeign()) {
      lastAmbientNanos = now;
    }
    note(process);
  }

  /** Notes it in its scope. */
  static void note(ProcessRecord process) {
    Scope scope = process.scope();
    if (scope != null) {
      scope.noteDeath(process.ending().diedNanos(), scope.isLeak(process));
    }
  }
}
