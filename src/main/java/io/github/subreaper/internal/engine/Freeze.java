package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.SignalNumber.SIGCONT;
import static io.github.subreaper.internal.linux.SignalNumber.SIGSTOP;

import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process and its tree, stopped: from above, so that nobody is born unseen for long, until two
 * looks agree that all of it stands. It lets go of what it has stopped, from below, and of nobody
 * else; a process that several have frozen goes on when the last one lets go.
 */
public final class Freeze {

  private final Registry registry;
  private final Queries queries;
  private final Signals signals;
  private final Waiting waiting;
  private final ProcessRecord top;
  private final long startNanos = System.nanoTime();
  private final Set<ProcessRecord> frozen = new LinkedHashSet<>();
  private final Set<ProcessRecord> stoppedByOthers = new LinkedHashSet<>();
  private int quietLooks;
  private @Nullable ProcessRecord refusing;
  private @Nullable ProcessRecord running;
  private int errno;
  private boolean ended;
  private volatile boolean over;

  Freeze(Registry registry, Queries queries, Signals signals, Waiting waiting, ProcessRecord top) {
    this.registry = registry;
    this.queries = queries;
    this.signals = signals;
    this.waiting = waiting;
    this.top = top;
  }

  /**
   * Stops all of it.
   *
   * @return false if the time ran out first, or somebody may not be stopped: nobody is then
   */
  public boolean stop(long timeoutNanos) throws InterruptedException {
    boolean done = false;
    try {
      done =
          waiting.until(timeoutNanos, this::look, () -> refusing != null || ended || over) != null;
      return done;
    } finally {
      if (!done) {
        running = frozen.stream().filter(process -> !stands(process)).findFirst().orElse(null);
        thaw();
      }
    }
  }

  /** Null: look again. */
  private @Nullable Boolean look() {
    boolean news = false;
    for (ProcessRecord process : members()) {
      if (!frozen.contains(process) && !stoppedByOthers.contains(process)) {
        news = true;
        freeze(process);
      }
    }
    for (ProcessRecord process : frozen) {
      if (process.isAlive() && process.freezes == 0) {
        ended = true; // by an end, which has let it go on to ask it
        return null;
      }
      if (process.isAlive() && !stands(process) && !waitsForFrozenChild(process)) {
        news = true;
        signals.send(process, SIGSTOP); // not there yet, or somebody has let it go on
      }
    }
    quietLooks = news ? 0 : quietLooks + 1;
    return quietLooks >= 2 ? Boolean.TRUE : null;
  }

  /** Its tree, and whoever was born of it meanwhile and has lost its parent since. */
  private List<ProcessRecord> members() {
    List<ProcessRecord> members = new ArrayList<>(queries.tree(top));
    Set<ProcessRecord> known = new LinkedHashSet<>(members);
    for (ProcessRecord process : registry.lock.locked(() -> List.copyOf(registry.live()))) {
      ProcessRecord parent = process.parent;
      boolean born = process.firstSeenNanos - startNanos >= 0;
      if (born && parent != null && frozen.contains(parent) && process.isAlive()) {
        queries.tree(process).stream().filter(known::add).forEach(members::add);
      }
    }
    return members;
  }

  private void freeze(ProcessRecord process) {
    registry.lock.lock();
    try {
      if (over) {
        return;
      }
      if (process.freezes == 0 && stands(process)) {
        stoppedByOthers.add(process);
        return;
      }
      int result = signals.send(process, SIGSTOP);
      if (result == 0) {
        process.freezes++;
        frozen.add(process);
      } else if (result != Errno.ESRCH) {
        refusing = process;
        errno = result;
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** Whether no thread of it runs, and none can. */
  private static boolean stands(ProcessRecord process) {
    return hasOnly("Tt", process);
  }

  /**
   * Whether it waits, vfork(2), until a child execs that stands: it can neither run nor stop
   * before, and stops as soon as it could run.
   */
  private boolean waitsForFrozenChild(ProcessRecord process) {
    return hasOnly("TtD", process)
        && frozen.stream()
            .anyMatch(child -> child.parentPid == process.pid && child.isAlive() && stands(child));
  }

  private static boolean hasOnly(String states, ProcessRecord process) {
    ProcessStat stat = Procfs.stat(process.pid);
    if (stat == null || !process.is(stat)) {
      return false;
    }
    if (stat.threads() <= 1) {
      return states.indexOf(stat.state()) >= 0;
    }
    for (int tid : Procfs.threads(process.pid)) {
      char state = Procfs.threadState(process.pid, tid);
      if (states.indexOf(state) < 0 && state != 'Z' && state != 'X' && state != '?') {
        return false;
      }
    }
    return true;
  }

  /**
   * Lets all go on that this has stopped and that nobody else has; the second time does nothing.
   */
  public void thaw() {
    registry.lock.lock();
    try {
      if (!over) {
        over = true;
        List<ProcessRecord> bottomUp = new ArrayList<>(frozen);
        Collections.reverse(bottomUp);
        for (ProcessRecord process : bottomUp) {
          boolean last = process.freezes == 1;
          process.freezes = Math.max(0, process.freezes - 1);
          if (last && !process.frozen) { // by an end, which is about to kill it
            signals.send(process, SIGCONT);
          }
        }
      }
    } finally {
      registry.lock.unlock();
    }
  }

  /** What it has stopped, from above. */
  public List<ProcessRecord> processes() {
    return List.copyOf(frozen);
  }

  /** Who may not be stopped, and has kept all from it; null if nobody. */
  public @Nullable ProcessRecord refusing() {
    return refusing;
  }

  public int errno() {
    return errno;
  }

  /** Who did not stand in time; null if nobody. */
  public @Nullable ProcessRecord running() {
    return running;
  }
}
