package io.github.subreaper.internal.linux;

import com.sun.jna.Pointer;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import org.jspecify.annotations.Nullable;

/** ptrace(2) on a {@link Machine}; what it reads of a stop is read from there. */
final class SimulatedPtrace extends Ptrace {
  private final Machine machine;

  SimulatedPtrace(Machine machine) {
    this.machine = machine;
  }

  @Override
  public int probe() {
    return 0;
  }

  @Override
  public int ask(int request, int tid, @Nullable Pointer data) {
    machine.call("ptrace " + request, tid);
    boolean reads = request == GETEVENTMSG || request == GETSIGINFO;
    int number = reads || data == null ? 0 : (int) Pointer.nativeValue(data);
    int errno = machine.tracing.request(machine.caller, request, tid, number);
    if (errno == 0 && data != null && reads) {
      if (request == GETEVENTMSG) {
        data.setLong(0, machine.tracing.message(tid));
      } else {
        int[] info = machine.tracing.info(tid);
        data.setInt(SI_SIGNO, info[0]);
        data.setInt(Wait.SI_CODE, info[1]);
        data.setInt(Wait.SI_PID, info[2]);
        data.setInt(Wait.SI_UID, Machine.OWN_USER);
      }
    }
    return errno;
  }
}
