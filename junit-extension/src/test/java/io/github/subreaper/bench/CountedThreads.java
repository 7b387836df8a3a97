package io.github.subreaper.bench;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The threads of the library, with or without the calling thread. The JVM's own are left out, since
 * their work is not the library's; and the watcher, since its work grows with time, not with what
 * is done: {@code Idle} measures it.
 *
 * @param withCaller whether what the calling thread does is counted
 */
record CountedThreads(boolean withCaller) {
  private static final String OURS = "subreaper";
  private static final String WATCHER = "subreaper watcher";
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Returns the bytes that they have allocated so far. */
  long allocated() {
    long bytes = withCaller ? THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) : 0;
    for (ThreadInfo thread : THREADS.dumpAllThreads(false, false)) {
      if (isCounted(thread.getThreadName())) {
        bytes += THREADS.getThreadAllocatedBytes(thread.getThreadId());
      }
    }
    return bytes;
  }

  /** Returns their directories in /proc. */
  List<Path> tasks() throws IOException {
    List<Path> threads = new ArrayList<>();
    if (withCaller) {
      threads.add(Path.of("/proc/thread-self").toRealPath());
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : all) {
        if (isCounted(nameOf(thread))) {
          threads.add(thread);
        }
      }
    }
    return threads;
  }

  private static boolean isCounted(String name) {
    return name.startsWith(OURS) && !WATCHER.startsWith(name); // the kernel cuts names
  }

  private static String nameOf(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (IOException e) {
      return ""; // it has ended
    }
  }
}
