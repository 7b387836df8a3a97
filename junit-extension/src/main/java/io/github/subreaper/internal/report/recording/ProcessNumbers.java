package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Descendant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Numbers the processes of a recording from 1 on, each after its parent. */
final class ProcessNumbers {
  private final Map<Descendant, Integer> numbers = new LinkedHashMap<>();

  /**
   * As they were when the process got its number: a parent may be reported later than its child.
   */
  private final Map<Descendant, Descendant> parents = new HashMap<>();

  /** Numbers a process after those that it descends from. */
  void add(Descendant process) {
    Deque<Descendant> line = new ArrayDeque<>();
    Descendant next = process;
    while (next != null && !numbers.containsKey(next)) {
      line.push(next);
      Descendant parent = next.parent().orElse(null);
      if (parent != null) {
        parents.put(next, parent);
      }
      next = parent;
    }
    line.forEach(one -> numbers.put(one, numbers.size() + 1));
  }

  /** Returns all in the order of their numbers. */
  Set<Descendant> all() {
    return Collections.unmodifiableSet(numbers.keySet());
  }

  /** Returns the number of a process; 0 if it has none. */
  int of(Descendant process) {
    return numbers.getOrDefault(process, 0);
  }

  /** Returns the number of a process; 0 if there is none. */
  int of(Optional<Descendant> process) {
    return process.map(this::of).orElse(0);
  }

  /** Returns the parent of a process, whose number is lower. */
  Optional<Descendant> parent(Descendant process) {
    return Optional.ofNullable(parents.get(process));
  }
}
