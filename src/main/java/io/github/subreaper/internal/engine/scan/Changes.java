package io.github.subreaper.internal.engine.scan;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;

import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.records.Facts;
import io.github.subreaper.internal.engine.records.Observed;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import org.jspecify.annotations.Nullable;

/**
 * Adds to the journal what two observations of a process show: that it was stopped, runs again, has
 * exec'd, or has another command line. The lock is held.
 */
final class Changes {
  private static final String DELETED = " (deleted)";

  private final Kernel kernel;
  private final Facts facts;

  Changes(Kernel kernel, Facts facts) {
    this.kernel = kernel;
    this.facts = facts;
  }

  /** Compares whether it is stopped with what the journal has. */
  void observe(ProcessRecord process, ProcessStat stat) {
    Observed observed = process.observed();
    boolean stopped = stat.state() == 'T'; // 't' is a tracer's stop
    if (stopped && !observed.isStopReported()) {
      int signal = stopSignal(process);
      if (signal != 0) {
        facts.stopped(process, signal, Source.SCAN);
        observed.stopReported(true);
      }
    } else if (!stopped && observed.isStopReported() && !stat.hasEnded() && goesOn(process)) {
      facts.continued(process, Source.SCAN);
      observed.stopReported(false);
    }
  }

  /**
   * Returns whether it goes on after a stop. One that was killed then runs too, but only to die.
   */
  private boolean goesOn(ProcessRecord process) {
    return !process.ending().isKillSent() && !kernel.procfs.isDying(process.pid());
  }

  /** Returns the signal that has stopped it; 0 if that is not known. */
  private int stopSignal(ProcessRecord process) {
    int signal = process.isOwnChild() ? kernel.waits().stopSignal(process.pid()) : 0;
    // A freeze makes sure that it was not stopped before.
    return signal == 0 && process.ending().isStoppedOnPurpose() ? SIGSTOP : signal;
  }

  /**
   * Reads what a dead process no longer shows, and finds an exec in it.
   *
   * @return whether the command line has changed
   */
  boolean readPerishables(ProcessRecord process) {
    boolean first = process.commandLine().isEmpty();
    // Read amid an exec, the files are already those of the new program.
    String before = process.observed().executableThen();
    boolean changed = process.observed().readPerishables(kernel.procfs, process.pidfd());
    if (changed && !first && !process.isTraced()) {
      if (before != null && !isSameFile(before, process.executable())) {
        facts.executed(process);
      } else {
        facts.renamed(process);
      }
    }
    return changed;
  }

  /** A file that is removed meanwhile has a mark behind its name, proc_pid_exe(5). */
  private static boolean isSameFile(String before, @Nullable String now) {
    return now != null && before.replace(DELETED, "").equals(now.replace(DELETED, ""));
  }
}
