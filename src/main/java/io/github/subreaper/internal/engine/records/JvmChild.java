package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.linux.ProcessStat;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A child of this JVM, forked or adopted, that no launch has started and that has a tag of its own:
 * all that it forks from then on shows by that tag where it comes from.
 */
public final class JvmChild {
  public final int pid;
  public final long startTicks;
  private final AtomicReference<@Nullable Start> start = new AtomicReference<>();
  private volatile boolean unsure;

  private volatile boolean taggedInTime;

  public JvmChild(ProcessStat stat) {
    this.pid = stat.pid();
    this.startTicks = stat.startTicks();
  }

  /** Returns whether it is that process itself. */
  public boolean is(ProcessStat stat) {
    return stat.pid() == pid && stat.startTicks() == startTicks;
  }

  /** It got its tag before its program ran, so all its descendants carry the tag. */
  public void taggedInTime() {
    taggedInTime = true;
  }

  /** Returns whether each of its descendants carries its tag, or has shed all tags. */
  public boolean isTaggedInTime() {
    return taggedInTime;
  }

  /** Returns whether it is that process itself. */
  public boolean is(ProcessRecord process) {
    return process.pid() == pid && process.startTicks() == startTicks;
  }

  /** Returns its start as the JDK has logged it; null if that is not known for certain. */
  public @Nullable Start start() {
    return unsure ? null : start.get();
  }

  /** Notes the start that the JDK has logged with its pid. Of two none is certain. */
  public void startedBy(Start logged) {
    if (!start.compareAndSet(null, logged)) {
      unsure = true;
    }
  }

  /** Returns whether no start was logged with its pid: that of another child with it may come. */
  public boolean awaitsStart() {
    return start.get() == null;
  }

  /** The start with its pid may be that of another child. */
  public void unsure() {
    unsure = true;
  }
}
