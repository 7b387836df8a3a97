package io.github.subreaper.internal.engine.scan;

import io.github.subreaper.internal.linux.Kernel;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/**
 * The pids that the namespace has given out since the last question, by its counter ({@link
 * Births}). A counter that stands still is believed only if it has moved with a start of this
 * library: some kernels have none, and some show that of another namespace.
 */
public final class NewPids {
  public static final int UNKNOWN = -1;

  private final int numbers;
  private final IntSupplier counter;
  private int last;
  private int from;

  /** Where the present question begins, and how many pids were given out since. */
  private int begin;

  private long given;
  private boolean moves;

  public NewPids(Kernel kernel, IntSupplier counter) {
    this(Births.areManyPids(kernel) ? counter : () -> UNKNOWN, kernel.procfs.largestPid());
  }

  NewPids(IntSupplier counter, int numbers) {
    this.counter = counter;
    this.numbers = numbers;
    last = counter.getAsInt();
    begin = last;
  }

  /** A process has been started since this was made. */
  public void started() {
    moves = last > 0 && counter.getAsInt() != last;
  }

  /** Reads the counter between two questions: it must not go round unseen. */
  public void note() {
    if (moves && last > 0) {
      int now = counter.getAsInt();
      given += Math.floorMod(now - last, numbers);
      last = now;
    }
  }

  /**
   * Asks the counter.
   *
   * @return how many pids it has given out since the last call; {@link #UNKNOWN} if that is not
   *     known
   */
  public int count() {
    note();
    long count = given;
    from = begin;
    begin = last;
    given = 0;
    return !moves || last <= 0 || count >= numbers ? UNKNOWN : (int) count;
  }

  /** Goes through the pids that the latest call of {@link #count} has counted. */
  public void each(IntConsumer action) {
    int pid = from;
    while (pid != begin) {
      pid = pid + 1 >= numbers ? 1 : pid + 1;
      action.accept(pid);
    }
  }
}
