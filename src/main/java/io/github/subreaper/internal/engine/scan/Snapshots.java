package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.engine.jvm.BuildStreams;
import io.github.subreaper.internal.engine.output.OutputFile;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads living processes as they are at this moment: trees of them, or one property. */
public final class Snapshots {
  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ProcessObserver observer;

  public Snapshots(Kernel kernel, Time time, Registry registry, ProcessObserver observer) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.observer = observer;
  }

  /** Returns the living processes of a selection as trees, by pid; zombies are not alive. */
  public List<TreeNode> snapshot(Predicate<ProcessRecord> selection, boolean detailed) {
    return snapshot(selection, time.nanos(), detailed);
  }

  /**
   * Returns the living processes of a selection as trees, by pid.
   *
   * @param sinceNanos a process that a scan has read since then is asked only whether it still runs
   */
  public List<TreeNode> snapshot(
      Predicate<ProcessRecord> selection, long sinceNanos, boolean detailed) {
    Map<Integer, Seen> seen = new HashMap<>();
    List<ProcessRecord> dead = new ArrayList<>();
    registry.lock.lock();
    try {
      List<ProcessRecord> selected = new ArrayList<>();
      for (ProcessRecord process : registry.live()) {
        if (!process.exitSeen() && selection.test(process)) {
          selected.add(process);
        }
      }
      Set<ProcessRecord> running = runningSince(sinceNanos, selected);
      for (ProcessRecord process : selected) {
        ProcessStat last = running.contains(process) ? process.observed().lastAlive() : null;
        ProcessStat stat = last != null ? last : kernel.procfs.stat(process.pid());
        if (stat != null && process.is(stat) && !stat.hasEnded()) {
          seen.put(process.pid(), new Seen(process, untraced(process, stat), new ArrayList<>()));
        } else if (stat == null || !process.observed().isZombie()) {
          dead.add(process);
        }
      }
      dead.forEach(observer::observe);
    } finally {
      registry.lock.unlock();
    }
    List<Seen> roots = new ArrayList<>();
    for (Seen one : seen.values()) {
      Seen parent = seen.get(one.stat.parent());
      (parent == null ? roots : parent.children).add(one);
    }
    return nodes(roots, detailed);
  }

  /**
   * Returns which of these a scan has read since then and still run; one call asks about all that
   * have a descriptor.
   */
  private Set<ProcessRecord> runningSince(long nanos, List<ProcessRecord> processes) {
    Set<ProcessRecord> running = new HashSet<>();
    List<ProcessRecord> watched = new ArrayList<>();
    List<Pidfd> descriptors = new ArrayList<>();
    for (ProcessRecord process : processes) {
      ProcessStat last = process.observed().lastAlive();
      if (last != null && last.readNanos() - nanos >= 0) {
        Pidfd pidfd = process.pidfd();
        if (pidfd != null) {
          watched.add(process);
          descriptors.add(pidfd);
        }
        if (pidfd != null || ProcessObserver.runs(kernel, process)) {
          running.add(process);
        }
      }
    }
    if (!watched.isEmpty()) {
      kernel.ended(descriptors).stream().forEach(ended -> running.remove(watched.get(ended)));
    }
    return running;
  }

  /** Returns the real uid that a process has now; the last one seen, if it has ended. */
  public OptionalInt uid(ProcessRecord process) {
    registry.lock.lock();
    try {
      Pidfd pidfd = process.pidfd();
      OptionalInt current = pidfd == null ? OptionalInt.empty() : pidfd.realUid();
      if (current.isPresent()) {
        process.observed().ownedBy(current.getAsInt());
      } else if (!process.exitSeen()) {
        int uid = kernel.procfs.statusNumber(process.pid(), "Uid");
        if (uid >= 0 && isThere(process)) {
          process.observed().ownedBy(uid);
        }
      }
      return process.uid();
    } finally {
      registry.lock.unlock();
    }
  }

  /** Returns the directory in which a process works now; the last one seen, if it has ended. */
  public @Nullable String workingDirectory(ProcessRecord process) {
    registry.lock.lock();
    try {
      String directory = kernel.procfs.workingDirectory(process.pid());
      return directory != null && isThere(process) ? directory : process.workingDirectory();
    } finally {
      registry.lock.unlock();
    }
  }

  /** Returns what a process would show without its trace: it has no stops but those by signals. */
  public ProcessStat asUntraced(ProcessRecord process, ProcessStat stat) {
    return registry.lock.locked(() -> untraced(process, stat));
  }

  private static ProcessStat untraced(ProcessRecord process, ProcessStat stat) {
    if (stat.state() != 't' || !process.isTraced()) {
      return stat;
    }
    return stat.withState(process.observed().isStopReported() ? 'T' : 'R');
  }

  /** Returns whether what was just read by its pid was its own. The lock is held. */
  private boolean isThere(ProcessRecord process) {
    if (!process.exitSeen() && ProcessObserver.runs(kernel, process)) {
      return true;
    }
    ProcessStat now = kernel.procfs.stat(process.pid());
    return now != null && process.is(now);
  }

  private record Seen(ProcessRecord process, ProcessStat stat, List<Seen> children) {}

  private List<TreeNode> nodes(List<Seen> siblings, boolean detailed) {
    siblings.sort(Comparator.comparingInt(one -> one.stat.pid()));
    List<TreeNode> nodes = new ArrayList<>();
    for (Seen one : siblings) {
      ProcessRecord process = one.process;
      nodes.add(
          new TreeNode(
              process,
              one.stat,
              process.name(),
              process.commandLine(),
              process.adoptedAt(),
              detailed ? details(process) : null,
              nodes(one.children, detailed)));
    }
    return List.copyOf(nodes);
  }

  private TreeNode.Details details(ProcessRecord process) {
    String file = null;
    String line = null;
    for (int fd : new int[] {2, 1}) {
      String target = kernel.descriptors().target(process.pid(), fd);
      if (line == null && target != null && target.startsWith("/") && !target.startsWith("/dev/")) {
        file = target;
        line = OutputFile.lastLine(target);
      }
    }
    return new TreeNode.Details(
        kernel.sockets().listening(process.pid()),
        file,
        line,
        BuildStreams.heldBy(kernel, process.pid()));
  }
}
