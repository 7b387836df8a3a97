package io.github.subreaper.internal.linux.proc;

import java.nio.charset.StandardCharsets;

/** The freezer of cgroups(7) version 1. */
final class FreezerGroup {
  private FreezerGroup() {}

  /**
   * Returns whether a freezer holds a process.
   *
   * @param groups its {@code /proc/<pid>/cgroup}
   */
  static boolean isFrozen(byte[] groups) {
    return new String(groups, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains(":freezer:"))
        .map(line -> line.substring(line.lastIndexOf(':') + 1))
        .map(group -> Procfs.read("/sys/fs/cgroup/freezer" + group + "/freezer.state"))
        .anyMatch(state -> state != null && state.length > 0 && state[0] == 'F');
  }
}
