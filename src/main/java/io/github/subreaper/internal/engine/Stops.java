package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.SignalNumber.SIGSTOP;

import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Wait;

/** Adds to the journal that a process was seen stopped, or running again. The lock is held. */
final class Stops {
  private final Facts facts;

  Stops(Facts facts) {
    this.facts = facts;
  }

  /** Compares what was observed just now with what the journal has. */
  void observe(ProcessRecord process, ProcessStat stat) {
    Observed observed = process.observed();
    boolean stopped = stat.state() == 'T'; // a tracer's stop is no signal's
    if (stopped && !observed.isStopTold()) {
      int signal = stopSignal(process);
      if (signal != 0) {
        facts.stopped(process, signal, Source.SCAN);
        observed.stopTold(true);
      }
    } else if (!stopped && observed.isStopTold() && !stat.hasEnded() && goesOn(process)) {
      facts.continued(process, Source.SCAN);
      observed.stopTold(false);
    }
  }

  /**
   * Returns whether it goes on after a stop. One that was killed then runs too, but only to die.
   */
  private static boolean goesOn(ProcessRecord process) {
    return !process.ending().isKillSent() && !Procfs.isDying(process.pid());
  }

  /** Returns the signal that has stopped it; 0 if that is not known. */
  private static int stopSignal(ProcessRecord process) {
    int signal = process.isOwnChild() ? Wait.ofThisThread().stopSignal(process.pid()) : 0;
    // A freeze makes sure that it was not stopped before.
    return signal == 0 && process.ending().isStoppedOnPurpose() ? SIGSTOP : signal;
  }
}
