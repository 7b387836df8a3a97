package io.github.subreaper.assertj;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matches a tree with a shape. Of all ways to assign processes to lines it takes the one that
 * leaves the fewest processes over, then misses the fewest, then has the fewest with wrong
 * attributes. The tree matches if there are none of these.
 */
final class ShapeMatch {
  private static final long ROOM = 1L << 60;

  private final Shape shape;
  private final List<SeenProcess> processes;
  private final Place top;

  /** The value of one process, the cost of a missing one, and of one with wrong attributes. */
  private final long placed;

  private final long missing;
  private final long wrong = 1;

  /** A pair of a line and a process that it matches, if the line above matches the parent. */
  private static final class Place {
    final ShapeLine line;
    final SeenProcess process;
    final List<String> differences;
    final List<Option> options = new ArrayList<>();
    long value;

    /** For each child: its group, the number of groups if `...` takes it, or NOWHERE. */
    int[] chosen = {};

    Place(ShapeLine line, SeenProcess process, List<String> differences) {
      this.line = line;
      this.process = process;
      this.differences = differences;
    }
  }

  private record Option(int child, int group, Place place) {}

  ShapeMatch(Shape shape, List<? extends ShapeNode> roots) {
    this.shape = shape;
    this.processes = SeenProcess.all(roots);
    int size = processes.size();
    this.missing = size + 1L;
    this.placed = missing * Math.min(mostMissing(shape, size) + 1, ROOM / missing / size);
    this.top = new Place(shape.root(), processes.get(0), List.of());
    List<Place> places = expand();
    for (int i = places.size() - 1; i >= 0; i--) {
      solve(places.get(i));
    }
  }

  /** Returns more than can be missing: for each process found, all below its line. */
  private static long mostMissing(Shape shape, int size) {
    long lines = shape.rows().size() + 1L;
    return ShapeLine.HEAVIEST * lines * 2 * (size + 1);
  }

  /** Returns parents before children, at most one place for each pair of line and process. */
  private List<Place> expand() {
    List<Place> places = new ArrayList<>(List.of(top));
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      List<ShapeLine.Group> groups = place.line.groups();
      List<SeenProcess> children = place.process.children();
      for (int c = 0; c < children.size() && !groups.isEmpty(); c++) {
        SeenProcess child = children.get(c);
        for (int g : place.line.groupsFor(child)) {
          ShapeLine line = groups.get(g).first();
          Place below = new Place(line, child, child.differences(line.attributes()));
          place.options.add(new Option(c, g, below));
          places.add(below);
        }
      }
    }
    return places;
  }

  private void solve(Place place) {
    List<SeenProcess> children = place.process.children();
    List<ShapeLine.Group> groups = place.line.groups();
    int count = children.size();
    place.value = (place == top ? 0 : placed) - (place.differences.isEmpty() ? 0 : wrong);
    if (count == 0 && groups.isEmpty()) {
      return;
    }
    Assignment assignment = new Assignment(count, groups.size() + 1);
    for (Option option : place.options) {
      assignment.option(option.child, option.group, option.place.value);
    }
    if (place.line.isOpen()) {
      for (int c = 0; c < count; c++) {
        assignment.option(c, groups.size(), children.get(c).size() * placed);
      }
      assignment.group(groups.size(), count, 0, 0);
    }
    long lacking = 0;
    for (int g = 0; g < groups.size(); g++) {
      ShapeLine.Group group = groups.get(g);
      long extra = group.weight() * missing;
      assignment.group(g, Math.min(group.max(), count), group.min(), extra);
      lacking += Math.min(group.min(), count + 1) * extra;
    }
    place.chosen = assignment.best();
    place.value += assignment.total() - lacking;
  }

  boolean isMatch() {
    return top.value == (processes.size() - 1) * placed;
  }

  /** Returns tree and pattern with a mark on each wrong line. */
  ShapeMarks marks() {
    ShapeMarks marks = new ShapeMarks(shape, processes);
    Deque<Meant> next = new ArrayDeque<>(List.of(new Meant(shape.root(), top)));
    while (!next.isEmpty()) {
      Meant meant = next.pop();
      marks.differ(meant.place.process, meant.place.differences);
      int groups = meant.line.groups().size();
      List<List<Place>> found = new ArrayList<>();
      for (int g = 0; g < groups; g++) {
        found.add(new ArrayList<>());
      }
      for (Option option : meant.place.options) {
        if (meant.place.chosen[option.child] == option.group) {
          found.get(option.group).add(option.place);
        }
      }
      int[] tooMany = leftOver(meant.place, marks);
      for (int g = 0; g < groups; g++) {
        share(found.get(g), tooMany[g], meant.line.groups().get(g), marks, next);
      }
    }
    return marks;
  }

  /** A place, and the line it is counted for, among the lines that say the same. */
  private record Meant(ShapeLine line, Place place) {}

  /** Marks processes that are left over; counts those that are too many for their group. */
  private static int[] leftOver(Place place, ShapeMarks marks) {
    int[] tooMany = new int[place.line.groups().size()];
    @Nullable Option[] likeliest = new @Nullable Option[place.chosen.length];
    for (Option option : place.options) {
      Option before = likeliest[option.child];
      if (option.place.differences.isEmpty()
          && (before == null || before.place.value < option.place.value)) {
        likeliest[option.child] = option;
      }
    }
    for (int c = 0; c < place.chosen.length; c++) {
      if (place.chosen[c] == Assignment.NOWHERE) {
        SeenProcess child = place.process.children().get(c);
        Option option = likeliest[c];
        if (option == null) {
          marks.notInThePattern(child);
        } else {
          tooMany[option.group]++;
          marks.tooMany(child);
        }
      }
    }
    return tooMany;
  }

  /** Shares processes among lines that say the same: first each line's minimum, then the rest. */
  private static void share(
      List<Place> found, int tooMany, ShapeLine.Group group, ShapeMarks marks, Deque<Meant> next) {
    found.sort(Comparator.comparing(place -> !place.differences.isEmpty()));
    List<ShapeLine> lines = group.lines();
    int[] shares = new int[lines.size()];
    int left = found.size();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.min(left, lines.get(i).min());
      left -= shares[i];
    }
    int position = 0;
    for (int i = 0; i < shares.length; i++) {
      ShapeLine line = lines.get(i);
      int more = Math.min(left, line.max() - shares[i]);
      left -= more;
      int right = 0;
      for (Place place : found.subList(position, position + shares[i] + more)) {
        right += place.differences.isEmpty() ? 1 : 0;
        next.push(new Meant(line, place));
      }
      position += shares[i] + more;
      boolean last = i == shares.length - 1;
      marks.found(line, right, shares[i] + more - right, last ? tooMany : 0);
    }
  }
}
