package io.github.subreaper.internal.engine.jvm;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a process holds a stream of the build. A build that reads the output of this
 * JVM to the end then waits for the process too, and input for this JVM may reach it. Only pipes
 * and sockets count: nothing waits for the end of a file.
 */
public final class BuildStreams {
  private static final List<String> NAMES = List.of("stdin", "stdout", "stderr");

  /** A process with more descriptors than this is not read to the last. */
  private static final int MOST_DESCRIPTORS = 1_000;

  private BuildStreams() {}

  /** Returns the streams that it holds, such as {@code stdout and stderr}; null for none. */
  public static @Nullable String heldBy(Kernel kernel, int pid) {
    List<String> held = new ArrayList<>();
    Set<String> its = null;
    for (int fd = 0; fd < NAMES.size(); fd++) {
      String own = kernel.descriptors().target(Procfs.SELF, fd);
      if (own != null && (own.startsWith("pipe:") || own.startsWith("socket:"))) {
        its = its == null ? targets(kernel, pid) : its;
        if (its.contains(own)) {
          held.add(NAMES.get(fd));
        }
      }
    }
    return held.isEmpty() ? null : String.join(", ", held).replaceFirst(", (\\w+)$", " and $1");
  }

  private static Set<String> targets(Kernel kernel, int pid) {
    Set<String> targets = new HashSet<>();
    kernel.descriptors().open(pid).stream()
        .limit(MOST_DESCRIPTORS)
        .map(fd -> kernel.descriptors().target(pid, fd))
        .forEach(targets::add);
    return targets;
  }
}
