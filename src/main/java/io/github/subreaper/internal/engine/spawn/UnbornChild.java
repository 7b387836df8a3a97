package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the child of a lane between clone and exec. */
final class UnbornChild {
  private final Kernel kernel;
  private final Tags tags;

  UnbornChild(Kernel kernel, Tags tags) {
    this.kernel = kernel;
    this.tags = tags;
  }

  /** Returns what has to be known of a lane's children before it starts the next one. */
  Set<Integer> before(Lane lane) {
    return tags.inLimit() ? Set.of() : children(lane);
  }

  private Set<Integer> children(Lane lane) {
    int[] children = kernel.procfs.children(Procfs.SELF, lane.tid());
    return children == null
        ? Set.of()
        : Arrays.stream(children).boxed().collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Returns the child of a lane that has not exec'd yet; 0 if there is none.
   *
   * @param older what {@link #before} returned
   */
  int find(Lane lane, Set<Integer> older) {
    int born = lane.beingBorn();
    if (born > 0) {
      return born;
    }
    return tags.inLimit() ? findChild(lane) : findUntagged(lane, older);
  }

  /** Finds the child that is new and still runs this JVM's program. The tag is not in the limit. */
  private int findUntagged(Lane lane, Set<Integer> older) {
    String own = kernel.procfs.executable(Procfs.SELF);
    for (int pid : children(lane)) {
      if (!older.contains(pid) && Objects.equals(own, kernel.procfs.executable(pid))) {
        return pid;
      }
    }
    return 0;
  }

  private int findChild(Lane lane) {
    int[] children = kernel.procfs.children(Procfs.SELF, lane.tid());
    if (children != null) {
      for (int i = children.length - 1; i >= 0; i--) {
        long tag = tags.read(children[i]);
        if (tag == tags.own() || tags.childOf(tag) != 0) { // ChildTags may have missed the launch
          return children[i];
        }
      }
    }
    return 0;
  }
}
