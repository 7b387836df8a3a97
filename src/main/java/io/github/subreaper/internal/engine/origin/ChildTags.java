package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.guardian.GuardianLine;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.values.JvmChild;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives children of this JVM that no launch has started a tag of their own, which their descendants
 * inherit. It takes no lock, so any thread may ask for it at any time.
 *
 * <p>The JDK collects such a child when it ends, so its pid may be another process's at any moment.
 * Only a child of this JVM that carries the tag of this JVM is changed, and its start time is read
 * before and after.
 */
public final class ChildTags {
  /** The tags of earlier children prove nothing any more. */
  private static final int MOST = 10_000;

  private final Kernel kernel;
  private final Tags tags;
  private final Spawner spawner;
  private final GuardianLine guardian;
  private final int self = (int) ProcessHandle.current().pid();

  private final Map<Integer, JvmChild> byNumber = new ConcurrentHashMap<>();
  private final Map<Integer, JvmChild> byPid = new ConcurrentHashMap<>();

  /** What the JDK has logged with the pid of each. */
  private final Map<JvmChild, Start> starts = new ConcurrentHashMap<>();

  /** The start with their pid may be that of another child. */
  private final Set<JvmChild> unsure = ConcurrentHashMap.newKeySet();

  public ChildTags(Kernel kernel, Tags tags, Spawner spawner, GuardianLine guardian) {
    this.kernel = kernel;
    this.tags = tags;
    this.spawner = spawner;
    this.guardian = guardian;
  }

  /** Returns the child whose tag a process carries; null if it carries none. */
  @Nullable JvmChild of(long tag) {
    return byNumber.get(tags.childOf(tag));
  }

  /**
   * Tags the process that has a pid now. It has its tag when this returns: another thread that is
   * about to tag it is not waited for.
   *
   * @return null if it can have no tag of its own
   */
  @Nullable JvmChild put(int pid) {
    ProcessStat stat = tags.inLimit() ? kernel.procfs.stat(pid) : null;
    if (stat == null || stat.parent() != self || stat.isHidden()) {
      return null;
    }
    JvmChild before = byPid.get(pid);
    if (before != null && before.is(stat)) {
      return tagged(before);
    }
    if (kernel.fileLocks.peek(pid) != tags.own() || isLaunched(pid)) {
      JvmChild meanwhile = byPid.get(pid); // by another thread
      return meanwhile != null && meanwhile.is(stat) ? meanwhile : null;
    }
    if (stat.threads() != 1 && kernel.procfs.isSecondThread(pid)) {
      return null; // its process would carry the tag of another pid
    }
    int number = tags.nextChild();
    if (number == 0) {
      return null;
    }
    JvmChild made = new JvmChild(stat, number);
    JvmChild child =
        byPid.compute(pid, (key, known) -> known != null && known.is(stat) ? known : made);
    if (tagged(child) == null) {
      return null;
    }
    if (child == made) {
      mayHaveAnEarlierStart(made, before);
      forget(byNumber.remove(number - MOST));
    }
    return child;
  }

  private void mayHaveAnEarlierStart(JvmChild child, @Nullable JvmChild before) {
    if (before != null && !starts.containsKey(before)) {
      unsure.add(before); // its start may be logged yet
      unsure.add(child);
    }
  }

  private void forget(@Nullable JvmChild oldest) {
    if (oldest != null) {
      byPid.remove(oldest.pid, oldest);
      starts.remove(oldest);
      unsure.remove(oldest);
    }
  }

  /** Returns the child if it has its tag now, and else forgets it. */
  private @Nullable JvmChild tagged(JvmChild child) {
    if (!child.isTagged() && !tag(child)) {
      byNumber.remove(child.number);
      byPid.remove(child.pid, child);
      return null;
    }
    return child;
  }

  private boolean tag(JvmChild child) {
    byNumber.put(child.number, child); // its descendants may be seen at once
    guardian.report(child.pid, child.startTicks); // it may shed the tag before any scan
    long tag = tags.ofChild(child.number);
    boolean carries =
        kernel.fileLocks.replace(child.pid, tags.own(), tag)
            || kernel.fileLocks.peek(child.pid) == tag; // by another thread
    ProcessStat after = carries ? kernel.procfs.stat(child.pid) : null;
    if (after == null || !child.is(after)) {
      kernel.fileLocks.replace(child.pid, tag, tags.own()); // another's pid now
      return false;
    }
    child.tagged();
    return true;
  }

  /** Notes the start that the JDK has logged with the pid of a child. Of two none is certain. */
  void startedBy(JvmChild child, Start logged) {
    if (starts.putIfAbsent(child, logged) != null) {
      unsure.add(child);
    }
  }

  /** Returns the start of a child as the JDK has logged it; null if that is not certain. */
  @Nullable Start start(JvmChild child) {
    return unsure.contains(child) ? null : starts.get(child);
  }

  /** Returns whether a launch has just forked it: that gives it the tag of the launch. */
  private boolean isLaunched(int pid) {
    for (int tid : spawner.tids()) {
      int[] children = kernel.procfs.children(Procfs.SELF, tid);
      for (int i = 0; children != null && i < children.length; i++) {
        if (children[i] == pid) {
          return true;
        }
      }
    }
    return false;
  }
}
