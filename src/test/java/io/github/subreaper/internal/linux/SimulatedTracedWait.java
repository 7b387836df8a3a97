package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.Tracing.Tracee;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.ptrace.TracedWait;

/** The waits of a tracing thread on a {@link Machine}. None blocks: a signal interrupts each. */
final class SimulatedTracedWait extends TracedWait {
  private static final int CLD_EXITED = 1;
  private static final int CLD_KILLED = 2;
  private static final int CLD_TRAPPED = 4;

  private final Machine machine;

  SimulatedTracedWait(Machine machine) {
    this.machine = machine;
  }

  @Override
  public Found wait(int type, int id, int options) {
    machine.tracing.sleeps(false);
    machine.call("waitid(__WALL)", id);
    boolean ends = (options & Wait.WEXITED) != 0;
    SimulatedWait.Event event = SimulatedWait.search(machine, id, machine.caller, ends);
    Tracee traced = event.tracee;
    Proc process = event.ended;
    siginfo.setInt(Wait.SI_PID, 0);
    if (process != null) {
      int status = Math.max(process.status, process.exiting);
      int signal = WaitStatus.signal(status);
      siginfo.setInt(Wait.SI_PID, traced == null ? process.pid : traced.tid);
      siginfo.setInt(Wait.SI_CODE, signal == 0 ? CLD_EXITED : CLD_KILLED);
      siginfo.setInt(Wait.SI_STATUS, signal == 0 ? status >> 8 : signal);
    } else if (traced != null) {
      siginfo.setInt(Wait.SI_PID, traced.tid);
      siginfo.setInt(Wait.SI_CODE, CLD_TRAPPED);
      siginfo.setInt(Wait.SI_STATUS, traced.stop);
    } else if (event.any) {
      machine.tracing.sleeps((options & Wait.WNOHANG) == 0);
      return Found.NOTHING;
    } else {
      return Found.OVER;
    }
    if ((options & Wait.WNOWAIT) == 0) {
      take(event);
    }
    return Found.SOMETHING;
  }

  private void take(SimulatedWait.Event event) {
    Tracee traced = event.tracee;
    Proc process = event.ended;
    if (traced != null && process == null) {
      traced.taken = true;
    } else if (traced != null) {
      machine.says("the tracing thread collects ", traced.tid);
      if (traced.isFirst() && traced.process.parent == machine.jvm) {
        machine.violated(
            traced.process + " is the reaper's, and the tracing thread has collected it");
      }
      machine.tracing.collected(traced);
    } else if (process != null) {
      machine.collect(process);
    }
  }
}
