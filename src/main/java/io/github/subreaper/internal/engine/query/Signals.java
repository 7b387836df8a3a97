package io.github.subreaper.internal.engine.query;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.Delivery;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.Wait.Child;

/** Signals processes, each one exactly, or the whole session of one. */
public final class Signals {
  private final Kernel kernel;
  private final Registry registry;
  private final ProcessObserver observer;

  public Signals(Kernel kernel, Registry registry, ProcessObserver observer) {
    this.kernel = kernel;
    this.registry = registry;
    this.observer = observer;
  }

  /**
   * Signals exactly this process.
   *
   * @param why for the journal
   * @return 0 or the errno; ESRCH if it has ended
   */
  public int send(ProcessRecord process, int signal, SignalReason why) {
    return registry.lock.locked(
        () -> {
          observer.observe(process);
          int errno = process.isAlive() ? Delivery.send(kernel, process, signal) : Errno.ESRCH;
          if (errno == Errno.ESRCH && why == SignalReason.TEST && process.ending().unsent(signal)) {
            registry.facts.unsent(process, signal);
          }
          return sent(process, signal, why, errno, true);
        });
  }

  /** Records a signal, unless the process was a zombie, which ignores each. */
  private int sent(ProcessRecord process, int signal, SignalReason why, int errno, boolean ran) {
    if (errno == 0 && ran && !process.exitSeen()) {
      process.ending().sent(signal);
      if (signal == SIGCONT) {
        process.observed().continueSent();
      }
      registry.facts.signaled(process, signal, why);
    }
    return errno;
  }

  /**
   * Signals exactly this process, without observing it first if its identity is certain: a program
   * that forks as fast as it can leaves little time to others. A zombie counts as reached.
   */
  public int sendAtOnce(ProcessRecord process, int signal, SignalReason why) {
    return registry.lock.locked(
        () -> {
          Pidfd known = process.pidfd();
          if (known != null) {
            boolean ran = !known.hasEnded();
            return sent(process, signal, why, known.send(signal), ran);
          }
          Child child = process.isPinned() ? kernel.waits().child(process.pid()) : Child.NONE;
          return child == Child.NONE
              ? send(process, signal, why)
              : sent(
                  process,
                  signal,
                  why,
                  kernel.kill.send(process.pid(), signal),
                  child == Child.RUNS);
        });
  }

  /**
   * Signals the process group of a session's leader. A process gets into a session by birth only,
   * so all of it descend from the leader; as long as the leader is not collected, its number is not
   * reused.
   *
   * @return whether it was sent; not if the process leads none, or might be collected just now
   */
  public boolean sendToSession(ProcessRecord leader, int signal) {
    return registry.lock.locked(
        () ->
            leader.observed().session() == leader.pid()
                && leader.observed().processGroup() == leader.pid()
                && leader.isPinned()
                && kernel.waits().child(leader.pid()) != Child.NONE
                && sent(
                        leader,
                        signal,
                        SignalReason.HOLD,
                        kernel.kill.sendToGroup(leader.pid(), signal),
                        true)
                    == 0);
  }
}
