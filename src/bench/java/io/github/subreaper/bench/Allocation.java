package io.github.subreaper.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;

/** What the threads of this JVM allocate; those that start and end meanwhile are not counted. */
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Measures, and adds the bytes of each item of the work to a list. */
  static double beside(Contest.Work work, int items, List<Double> bytes) throws Exception {
    long before = allocated();
    double figure = work.measure();
    bytes.add((double) (allocated() - before) / items);
    return figure;
  }

  static double bytes(Contest.Work work) throws Exception {
    long before = allocated();
    work.measure();
    return allocated() - before;
  }

  private static long allocated() {
    return Arrays.stream(THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds()))
        .filter(bytes -> bytes > 0)
        .sum();
  }
}
