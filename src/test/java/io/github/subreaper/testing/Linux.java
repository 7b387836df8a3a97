package io.github.subreaper.testing;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.LastPid;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel and the time of the machine that the tests run on. */
public final class Linux {
  public static final Kernel KERNEL = new Kernel();
  public static final Time TIME = new Time();

  /** With fewer, nothing in proc(5) stays open. */
  public static final long MANY_DESCRIPTORS = 4200;

  private Linux() {}

  /** Returns how many descriptors of this JVM refer to a process, or to a file of it in proc(5). */
  public static long descriptorsOf(int pid) {
    Path own = Path.of("/proc/self");
    return KERNEL.descriptors().open(Procfs.SELF).stream()
        .filter(
            fd -> {
              try {
                return Files.readSymbolicLink(own.resolve("fd/" + fd)).startsWith("/proc/" + pid)
                    || Files.readString(own.resolve("fdinfo/" + fd))
                        .contains("Pid:\t" + pid + "\n");
              } catch (IOException e) {
                return false; // that with which the list was read
              }
            })
        .count();
  }

  /** Returns the children of all threads of a process, zombies included. */
  public static List<Integer> childrenOf(int pid) {
    List<Integer> all = new ArrayList<>();
    for (int tid : KERNEL.procfs.threads(pid)) {
      int[] children = KERNEL.procfs.children(pid, tid);
      for (int child : children == null ? new int[0] : children) {
        all.add(child);
      }
    }
    return all;
  }

  /** Returns the latest pid that was given out. */
  public static int lastPid() {
    try (LastPid latest = KERNEL.lastPid()) {
      return latest.read();
    }
  }
}
