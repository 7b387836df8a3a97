package io.github.subreaper.internal.engine.end;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;

import io.github.subreaper.internal.engine.query.Signals;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.text.Durations;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Terminates the processes of one end: asks them with their stop signal, waits for the grace, and
 * has what is left killed.
 */
final class Termination {
  private static final int MOST_ROUNDS = 3;
  private static final long PAUSE_NANOS = 5_000_000;
  private static final long SHORTEST_PAUSE_NANOS = 200_000;

  /** How long a thread of the JDK, or native code, has to collect a child of its own. */
  private static final long COLLECTING_NANOS = 2_000_000_000;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final Signals signals;
  private final ProcessObserver observer;
  private final KillTargets targets;
  private final KillPhase kill;
  private final Policy policy;

  Termination(
      Kernel kernel,
      Time time,
      Registry registry,
      Signals signals,
      ProcessObserver observer,
      KillTargets targets,
      KillPhase kill,
      Policy policy) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.signals = signals;
    this.observer = observer;
    this.targets = targets;
    this.kill = kill;
    this.policy = policy;
  }

  /**
   * Terminates them.
   *
   * @param found runs after a scan that may have found more
   * @return what could not be killed
   */
  List<SurvivorRecord> run(Runnable found) {
    long grace = Durations.nanos(policy.grace());
    long began = time.nanos();
    int rounds = 0;
    boolean more;
    do {
      askThenKill(began + grace / 2, began + grace);
      boolean maybe = awaitCollected() || kill.gaveUp() || !targets.fresh().isEmpty();
      more = maybe && ++rounds < MOST_ROUNDS && hasFoundMore(found);
    } while (more);
    return unkillable();
  }

  private void askThenKill(long halfTime, long graceEnd) {
    List<ProcessRecord> alive = targets.fresh();
    while (!targets.areGone(alive) && time.nanos() - graceEnd < 0) {
      List<ProcessRecord> topDown = KillTargets.topDown(alive);
      ask(topDown, time.nanos() - halfTime >= 0);
      thaw(topDown);
      targets.pause(Math.min(PAUSE_NANOS, Math.max(1, graceEnd - time.nanos())));
      targets.scan();
      alive = targets.fresh();
    }
    if (!targets.areGone(alive)) {
      kill.run();
    } else {
      kill.releaseAndAwait();
    }
  }

  /** Returns whether more was found while the dead were waited for. */
  private boolean hasFoundMore(Runnable found) {
    targets.scan();
    found.run();
    return !targets.areGone(targets.fresh());
  }

  /**
   * Returns what is left after all was tried, now or in an earlier end. Each of these gets SIGKILL
   * once more.
   */
  private List<SurvivorRecord> unkillable() {
    List<SurvivorRecord> survivors = new ArrayList<>();
    for (ProcessRecord process : targets.present(process -> process.unkillable() != null)) {
      kill.signal(process);
      survivors.add(Objects.requireNonNull(process.unkillable()));
    }
    return survivors;
  }

  /**
   * Waits for the statuses of zombies that other code of this JVM collects, or the reaping thread
   * when the JDK is done with them. Waits also for zombies that a tracer holds: until the tracer
   * has collected them, or has ended, no other process can. A tracer of ours was killed before, so
   * this one is outside.
   *
   * @return whether there were any
   */
  private boolean awaitCollected() {
    targets.present(process -> process.observed().isZombie()).forEach(observer::refresh);
    List<ProcessRecord> awaited =
        awaited(targets.present(process -> process.observed().isZombie()));
    long began = time.nanos();
    long deadline = began + Durations.nanos(policy.kill());
    List<ProcessRecord> left = awaited;
    while (!left.isEmpty() && time.nanos() - deadline < 0) {
      long waited = time.nanos() - began;
      targets.pause(Math.min(PAUSE_NANOS, SHORTEST_PAUSE_NANOS + waited / 4));
      left.forEach(observer::refresh);
      left = awaited(left);
    }
    targets
        .present(this::isHeldByTracer)
        .forEach(process -> process.unkillable(kill.survivor(process)));
    return !awaited.isEmpty();
  }

  private List<ProcessRecord> awaited(List<ProcessRecord> zombies) {
    return zombies.stream()
        .filter(process -> !process.exitSeen())
        .filter(process -> isHeldByTracer(process) || isToBeCollected(process))
        .toList();
  }

  /**
   * Returns whether a thread of the JDK waits for it, or may not have run yet, and bears no name
   * before. Native code with waits of its own has the same time.
   */
  private boolean isToBeCollected(ProcessRecord process) {
    return process.observed().isZombie()
        && process.unkillable() == null
        && process.isOwnChild()
        && (time.nanos() - process.ending().diedNanos() < COLLECTING_NANOS
            || kernel.jdk.collects(process.pid()));
  }

  private boolean isHeldByTracer(ProcessRecord process) {
    return process.observed().isZombie()
        && process.unkillable() == null
        && kernel.procfs.statusNumber(process.pid(), "TracerPid") > 0;
  }

  /**
   * Sends the stop signal and SIGCONT, once, to each process without a living parent among them: a
   * daemon ends its workers itself. A daemon that has not done so by half-time is deaf, or slow:
   * then all get the signal, so that a worker can still end in its own way. All of a launch gets
   * the same one: the user chose it because SIGTERM is wrong for that program, and workers are
   * forks of it.
   *
   * <p>A process that has exec'd since may have taken the signal with the handler of the program
   * that it was: it gets it again. So does one of which the kernel has refused a signal, perhaps
   * only for now: without SIGCONT a stopped process cannot end in its own way.
   */
  private void ask(List<ProcessRecord> topDown, boolean all) {
    Set<Integer> pids = new HashSet<>();
    topDown.forEach(process -> pids.add(process.pid()));
    for (ProcessRecord process : topDown) {
      boolean isTop = !pids.contains(process.parentPid());
      if ((isTop || all) && !process.isAsked()) {
        ask(process);
      }
    }
  }

  private void ask(ProcessRecord process) {
    LaunchRecord its = process.launch();
    int signal = its == null ? SIGTERM : its.spec().stopSignal();
    registry.lock.run(
        () -> {
          observer.readPerishables(process);
          int errno = signals.send(process, signal, SignalReason.STOP);
          if (errno == 0) {
            process.ending().asked(signal, process.executable());
            errno = signals.send(process, SIGCONT, SignalReason.WAKE);
            if (errno != 0 && errno != Errno.ESRCH) {
              process.ending().askedInVain();
            }
          }
          kill.answered(process, errno);
        });
  }

  /** Continues what is frozen: a frozen process can't answer, nor can one that waits for it. */
  private void thaw(List<ProcessRecord> topDown) {
    List<ProcessRecord> bottomUp = new ArrayList<>(topDown);
    Collections.reverse(bottomUp);
    registry.lock.run(
        () -> {
          for (ProcessRecord process : bottomUp) {
            if (process.ending().isStoppedOnPurpose()) {
              int errno = signals.send(process, SIGCONT, SignalReason.WAKE);
              if (errno == 0 || errno == Errno.ESRCH) {
                process.ending().continuedForAll();
              }
            }
          }
        });
  }
}
