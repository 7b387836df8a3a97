package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.Tracing.Tracee;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Wait;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The waits of this JVM on a {@link Machine}. One for any child does not block: a signal interrupts
 * it when there is no zombie. As on Linux, each finds what any thread of the JVM traces, too, and
 * also its stops.
 */
final class SimulatedWait extends Wait {
  /** In a wait status. */
  private static final int STOPPED = 0x7f;

  private final Machine machine;
  private boolean hidden;

  SimulatedWait(Machine machine) {
    this.machine = machine;
  }

  /** What a wait finds. */
  static final class Event {
    /** A thread that is traced; null for a child that is not. */
    @Nullable Tracee tracee;

    /** That has ended; null if it is a stop, or nothing. */
    @Nullable Proc ended;

    /** There is something to wait for. */
    boolean any;

    boolean isStop() {
      return ended == null && tracee != null;
    }

    boolean isSomething() {
      return ended != null || tracee != null;
    }
  }

  /**
   * Looks for something to wait for: the kernel goes through the children of a thread, then through
   * what it traces, then to the next thread.
   *
   * @param pid of one thread or process; 0 for any
   * @param thread whose children these are; 0 for those of all threads
   */
  static Event search(Machine machine, int pid, int thread, boolean ends) {
    Event event = new Event();
    for (int tid : thread == 0 ? machine.threads : List.of(thread)) {
      for (Proc child : machine.jvm.children) {
        if (child.listedBy == tid && (pid == 0 || child.pid == pid)) {
          consider(event, child, machine.tracing.of(child.pid), ends);
        }
        if (event.isSomething()) {
          return event;
        }
      }
      for (Tracee one : machine.tracing.tracees()) {
        if (one.tracer == tid && (pid == 0 || one.tid == pid)) {
          consider(event, one.process, one, ends);
        }
        if (event.isSomething()) {
          return event;
        }
      }
    }
    return event;
  }

  private static void consider(Event event, Proc process, @Nullable Tracee one, boolean ends) {
    Tracee traced = one != null && one.tracer != 0 ? one : null;
    boolean ended = Machine.isCollectable(process);
    if (traced != null && !traced.isFirst()) {
      ended = traced.zombie;
    }
    if (ended) {
      event.any |= ends;
      event.ended = ends ? process : null;
      event.tracee = ends ? traced : null;
    } else if (traced != null && traced.zombie) {
      event.any |= ends; // a first thread behind which another one lives
    } else {
      event.any = true;
      event.tracee = traced != null && traced.showsStop() ? traced : null;
    }
  }

  private Event look(int pid, boolean ends) {
    Event event = search(machine, pid, 0, ends);
    hidden = event.isStop();
    return event;
  }

  private static @Nullable Zombie zombie(Event event) {
    Proc process = event.ended;
    Tracee traced = event.tracee;
    return process == null
        ? null
        : new Zombie(
            traced == null ? process.pid : traced.tid,
            process.uid,
            Math.max(process.status, process.exiting));
  }

  @Override
  public void probe() {}

  @Override
  public @Nullable Zombie anyZombie(boolean block) throws NoChildren {
    machine.call("waitid(P_ALL)", 0);
    Event event = look(0, true);
    if (!event.any) {
      throw new NoChildren();
    }
    return zombie(event);
  }

  @Override
  public @Nullable Zombie zombie(int pid) {
    machine.call("waitid", pid);
    return zombie(look(pid, true));
  }

  @Override
  public Child child(int pid) {
    machine.call("waitid", pid);
    Event event = look(pid, true);
    return event.ended != null ? Child.ENDED : event.any ? Child.RUNS : Child.NONE;
  }

  @Override
  public int stopSignal(int pid) {
    machine.call("waitid", pid);
    Proc process = machine.processes.get(pid);
    boolean stopped =
        process != null
            && process.parent == machine.jvm
            && process.stopped
            && machine.tracing.of(pid) == null;
    return stopped ? SignalNumber.SIGSTOP : 0;
  }

  @Override
  public boolean mayHideZombie() {
    return hidden;
  }

  @Override
  public @Nullable Collected collect(int pid) {
    machine.call("wait4", pid);
    Event event = search(machine, pid, 0, true);
    Tracee traced = event.tracee;
    if (traced != null && event.isStop()) {
      traced.taken = true;
      machine.violated("the engine took a stop of " + traced.process);
      return new Collected((traced.stop << 8) | STOPPED, 0, 0, 0);
    }
    Proc process = event.ended;
    if (process == null) {
      return null;
    }
    int status = process.status;
    machine.says("the engine collects ", process);
    if (process.awaitedByJvm) {
      machine.violated(process + " is awaited by other code, and the engine took its status");
    }
    if (traced == null) {
      machine.collect(process);
    } else {
      machine.tracing.collected(traced);
    }
    return new Collected(status, 0, 0, 0);
  }
}
