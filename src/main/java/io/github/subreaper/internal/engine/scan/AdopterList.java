package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.NewChildren;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's list of the children of the adopting thread. Reading continues where it ended the
 * last time, as long as no child has left the list. The records' lock is held.
 */
public final class AdopterList {
  private final Kernel kernel;
  private final Spawner spawner;
  private final Threads threads;
  private @Nullable NewChildren list;

  public AdopterList(Kernel kernel, Spawner spawner, Threads threads) {
    this.kernel = kernel;
    this.spawner = spawner;
    this.threads = threads;
  }

  /** Returns the list of this thread. */
  NewChildren of(int adopter) {
    NewChildren present = list;
    if (present == null || present.tid() != adopter) {
      present = kernel.newChildren(adopter);
      list = present;
    }
    return present;
  }

  /** A process was collected: it may have been in the list. */
  public void collected(ProcessRecord process) {
    if (!process.isLaunched() || spawner.isSpawner(threads.adopter())) {
      startAgain();
    }
  }

  /** Starts again from the beginning: a child has left the list, or may have. */
  void startAgain() {
    NewChildren present = list;
    if (present != null) {
      present.startAgain();
    }
  }
}
