package io.github.subreaper.internal.engine.journal;

/**
 * Where in the file some of the facts begin, so that a reader of later ones need not read the file
 * from its start. It never grows: when it is full it forgets every second place. To add one
 * allocates nothing, so it does not fail.
 */
final class FactIndex {
  /** How many places are known at most. */
  static final int MOST = 1024;

  /** How many bytes lie between two places, as long as none was forgotten. */
  static final long STEP = 1 << 16;

  private final long[] numbers = new long[MOST];
  private final long[] offsets = new long[MOST];
  private int size;
  private long step = STEP;

  /** The next fact of the file begins there. */
  synchronized void add(long number, long offset) {
    long last = size == 0 ? 0 : offsets[size - 1];
    if (offset - last < step) {
      return;
    }
    if (size == MOST) {
      thinOut();
    }
    numbers[size] = number;
    offsets[size] = offset;
    size++;
  }

  private void thinOut() {
    for (int i = 1; i < MOST; i += 2) {
      numbers[i / 2] = numbers[i];
      offsets[i / 2] = offsets[i];
    }
    size = MOST / 2;
    step *= 2;
  }

  /**
   * Returns an offset at which a fact begins, with no later number than this; the nearest known.
   */
  synchronized long offsetOf(long number) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (numbers[middle] <= number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : offsets[low - 1];
  }

  synchronized int size() {
    return size;
  }
}
