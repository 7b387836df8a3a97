package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.text.GlobMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One line of a shape, with the lines below it. */
final class ShapeLine {
  static final int UNBOUNDED = Integer.MAX_VALUE;

  /** Enough to distinguish a missing tree from a missing process, too small to overflow any sum. */
  static final int HEAVIEST = 64;

  private final Head head;
  private final boolean open;
  private final List<Group> groups;
  private final Map<String, List<Integer>> literals = new HashMap<>();
  private final List<Integer> wild = new ArrayList<>();
  private final int kind;
  private final int weight;

  /**
   * A line without those below it.
   *
   * @param text as written, without indentation and remark
   * @param source as written, with its remark
   * @param depth 0 for a root
   * @param name the glob as written; empty for {@code ...}
   * @param glob null for {@code ...}
   * @param min the least number of processes
   * @param max the greatest number of processes
   * @param written the attributes of each process, as written
   */
  record Head(
      String text,
      String source,
      int depth,
      String name,
      @Nullable String glob,
      int min,
      int max,
      Map<ShapeAttribute, String> written) {

    /** The invisible line above the first ones. */
    static final Head OF_ALL = new Head("", "", -1, "", "", 1, 1, Map.of());

    Set<ShapeAttribute> attributes() {
      return written.keySet();
    }

    boolean isRest() {
      return glob == null;
    }
  }

  /**
   * Sibling lines that say the same, merged into one: its bounds are the sums of theirs.
   *
   * @param lines at least one line
   * @param glob the glob of each line
   * @param min the sum of all
   * @param max the sum of all
   * @param weight how many processes are missing if one is, with those below it
   */
  record Group(List<ShapeLine> lines, GlobMatcher glob, int min, int max, int weight) {
    /** Returns the first line; the others differ only by their place in the text. */
    ShapeLine first() {
      return lines.get(0);
    }

    static Group of(List<ShapeLine> lines) {
      ShapeLine first = lines.get(0);
      int min = 0;
      int max = 0;
      for (ShapeLine line : lines) {
        min = sum(min, line.head.min);
        max = sum(max, line.head.max);
      }
      return new Group(
          lines, new GlobMatcher(String.valueOf(first.head.glob)), min, max, first.weight);
    }

    private static int sum(int one, int other) {
      return (int) Math.min(UNBOUNDED, (long) one + other);
    }
  }

  /**
   * Numbers what lines say, so that equal lines are found without comparing their subtrees again.
   */
  static final class Kinds {
    private final Map<Object, Integer> numbers = new HashMap<>();

    private record What(
        @Nullable String glob, Set<ShapeAttribute> attributes, boolean open, List<Below> below) {}

    private record Below(int kind, int min, int max) {}

    private int of(Head head, boolean open, List<ShapeLine> children) {
      List<Below> below =
          children.stream()
              .map(child -> new Below(child.kind, child.head.min, child.head.max))
              .sorted(
                  Comparator.comparingInt(Below::kind)
                      .thenComparingInt(Below::min)
                      .thenComparingInt(Below::max))
              .toList();
      What what = new What(head.glob, Set.copyOf(head.attributes()), open, below);
      return numbers.computeIfAbsent(what, unknown -> numbers.size());
    }
  }

  ShapeLine(Head head, boolean open, List<ShapeLine> children, Kinds kinds) {
    this.head = head;
    this.open = open;
    this.kind = kinds.of(head, open, children);
    Map<Integer, List<ShapeLine>> byKind = new TreeMap<>();
    for (ShapeLine child : children) {
      byKind.computeIfAbsent(child.kind, unknown -> new ArrayList<>()).add(child);
    }
    this.groups = byKind.values().stream().map(Group::of).toList();
    long heavy = 1;
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      String literal = group.glob.literal();
      if (literal == null) {
        wild.add(i);
      } else {
        literals.computeIfAbsent(literal, unknown -> new ArrayList<>()).add(i);
      }
      heavy += (long) group.min * group.weight;
    }
    this.weight = (int) Math.min(HEAVIEST, heavy);
  }

  String text() {
    return head.text;
  }

  int depth() {
    return head.depth;
  }

  int min() {
    return head.min;
  }

  int max() {
    return head.max;
  }

  Set<ShapeAttribute> attributes() {
    return head.attributes();
  }

  Map<ShapeAttribute, String> written() {
    return head.written;
  }

  /** Returns whether any other processes may be below. */
  boolean isOpen() {
    return open;
  }

  /** Returns the lines below, in the same order for all lines that say the same. */
  List<Group> groups() {
    return groups;
  }

  /** Returns the indices of the groups whose glob matches a process. */
  List<Integer> groupsFor(SeenProcess process) {
    List<Integer> found = new ArrayList<>();
    for (String text : process.texts()) {
      found.addAll(literals.getOrDefault(text, List.of()));
    }
    for (int i : wild) {
      if (groups.get(i).glob.matches(process.name(), process.commandLine())) {
        found.add(i);
      }
    }
    return found;
  }
}
