package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Proc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The lines of the page: the processes below their parents. Beyond a limit like ones fold: those
 * with the same parent, command line and end. If that is not enough, the program's name decides,
 * then the end alone, and at last the rest of the processes becomes one line.
 */
final class Rows {
  private final List<Row> list;
  private final Map<Integer, Row> ofProcess = new HashMap<>();
  private final int processes;
  private final String rule;

  private Rows(List<Row> list, int processes, String rule) {
    this.list = list;
    this.processes = processes;
    this.rule = rule;
    for (Row row : list) {
      row.processes().forEach(process -> ofProcess.put(process.number(), row));
    }
  }

  /** Returns the lines of a recording, not many more than the limit. */
  static Rows of(Recording recording, int limit) {
    List<Proc> ordered = inTreeOrder(recording.processes());
    if (ordered.size() <= limit) {
      return new Rows(grouped(ordered, Proc::number), ordered.size(), "");
    }
    List<Row> rows = grouped(ordered, one -> List.of(one.title(), like(one)));
    if (rows.size() <= limit) {
      return new Rows(rows, ordered.size(), "parent, command line and end");
    }
    rows = grouped(ordered, one -> List.of(program(one), like(one)));
    if (rows.size() <= limit) {
      return new Rows(rows, ordered.size(), "parent, program and end");
    }
    rows = grouped(ordered, Rows::like);
    if (rows.size() <= limit) {
      return new Rows(rows, ordered.size(), "parent and end");
    }
    List<Row> kept = new ArrayList<>(rows.subList(0, limit - 1));
    List<Proc> rest = new ArrayList<>();
    rows.subList(limit - 1, rows.size()).forEach(row -> rest.addAll(row.processes()));
    rest.sort(Comparator.comparingInt(Proc::number));
    kept.add(new Row(rest, 0, 0));
    return new Rows(
        kept, ordered.size(), "parent and end, and all that did not find a place is one line");
  }

  List<Row> list() {
    return list;
  }

  int processes() {
    return processes;
  }

  /** Returns the line that shows a process; null if it is none of the recording. */
  @Nullable Row of(int process) {
    return ofProcess.get(process);
  }

  /** Returns what folds are made of; empty if nothing is folded. */
  String rule() {
    return rule;
  }

  /** What two processes must have in common, however many there are. */
  private static Object like(Proc process) {
    String scope = process.scope();
    return List.of(Fate.brief(process), process.marks(), scope == null ? "" : scope);
  }

  private static String program(Proc process) {
    if (process.commands().isEmpty()) {
      return process.name();
    }
    List<String> words = process.commands().get(process.commands().size() - 1).words();
    return words.isEmpty() ? process.name() : words.get(0);
  }

  /** What becomes a line, and the number of the first process of that above it. */
  private record Group(int above, List<Proc> processes) {}

  /** Makes a line of all that have the same key and whose parents are in the same line. */
  private static List<Row> grouped(List<Proc> ordered, Function<Proc, Object> key) {
    Map<Object, Group> groups = new LinkedHashMap<>();
    Map<Integer, Group> groupOf = new HashMap<>();
    for (Proc process : ordered) {
      Group parent = groupOf.get(process.parent());
      int above = parent == null ? 0 : parent.processes.get(0).number();
      Group group =
          groups.computeIfAbsent(
              List.of(above, key.apply(process)), k -> new Group(above, new ArrayList<>()));
      group.processes.add(process);
      groupOf.put(process.number(), group);
    }
    return below(groups.values());
  }

  private static List<Row> below(Collection<Group> groups) {
    Map<Integer, List<List<Proc>>> children = new HashMap<>();
    for (Group group : groups) {
      children.computeIfAbsent(group.above, k -> new ArrayList<>()).add(group.processes);
    }
    List<Row> rows = new ArrayList<>();
    Deque<Row> next = new ArrayDeque<>();
    push(children.get(0), null, next);
    while (!next.isEmpty()) {
      Row row = next.pop();
      rows.add(row);
      push(children.get(row.id()), row, next);
    }
    return rows;
  }

  private static void push(
      @Nullable List<List<Proc>> groups, @Nullable Row parent, Deque<Row> next) {
    if (groups == null) {
      return;
    }
    for (int i = groups.size() - 1; i >= 0; i--) {
      next.push(
          new Row(
              groups.get(i),
              parent == null ? 0 : parent.id(),
              parent == null ? 0 : parent.depth() + 1));
    }
  }

  /**
   * Puts each process behind its parent, and children in the order of their births. A parent that
   * is missing, or that comes later, is none: the file may be of any origin.
   */
  private static List<Proc> inTreeOrder(List<Proc> processes) {
    Map<Integer, Proc> known = new LinkedHashMap<>();
    Map<Integer, List<Proc>> children = new HashMap<>();
    for (Proc process : processes) {
      boolean hasParent = known.containsKey(process.parent());
      if (process.number() > 0 && known.putIfAbsent(process.number(), process) == null) {
        children
            .computeIfAbsent(hasParent ? process.parent() : 0, k -> new ArrayList<>())
            .add(process);
      }
    }
    children.values().forEach(list -> list.sort(Comparator.comparingLong(Proc::bornAt)));
    List<Proc> ordered = new ArrayList<>(known.size());
    Deque<Proc> next = new ArrayDeque<>();
    pushAll(Objects.requireNonNullElse(children.get(0), List.of()), next);
    while (!next.isEmpty()) {
      Proc process = next.pop();
      ordered.add(process);
      pushAll(Objects.requireNonNullElse(children.get(process.number()), List.of()), next);
    }
    return ordered;
  }

  private static void pushAll(List<Proc> processes, Deque<Proc> next) {
    for (int i = processes.size() - 1; i >= 0; i--) {
      next.push(processes.get(i));
    }
  }
}
