package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.LastPid;
import io.github.subreaper.internal.linux.Procfs;
import java.util.function.IntConsumer;

/**
 * The pids that the namespace has given out since the last question, by its counter ({@link
 * Births}). A counter that stands still is believed only if it has moved with a start of this
 * library: some kernels have none, and some show that of another namespace.
 */
final class NewPids implements AutoCloseable {
  static final int UNKNOWN = -1;

  private final int numbers = Procfs.largestPid();
  private final LastPid counter = new LastPid();
  private int last = Births.isKnown() ? counter.read() : UNKNOWN;
  private int from;
  private boolean moves;

  /** A process has been started since this was made. */
  void started() {
    moves = last > 0 && counter.read() != last;
  }

  /**
   * Asks the counter.
   *
   * @return how many pids it has given out since the last call; {@link #UNKNOWN} if it can't tell
   */
  int count() {
    if (!moves) {
      return UNKNOWN;
    }
    from = last;
    last = counter.read();
    return last <= 0 ? UNKNOWN : Math.floorMod(last - from, numbers);
  }

  /** Goes through the pids that the latest call of {@link #count} has counted. */
  void each(IntConsumer action) {
    int pid = from;
    while (pid != last) {
      pid = pid + 1 >= numbers ? 1 : pid + 1;
      action.accept(pid);
    }
  }

  @Override
  public void close() {
    counter.close();
  }
}
