package io.github.subreaper.internal.assertj.shapes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Matches a tree with a shape. Of all ways to assign processes to lines it takes the one that
 * leaves the fewest processes over, then misses the fewest, then has the fewest with wrong
 * attributes. The tree matches if there are none of these.
 */
public final class ShapeMatch {
  private static final long ROOM = 1L << 60;

  private final Shape shape;
  private final List<SeenProcess> processes;
  private final Unstated unstated;
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

  /** Judges what a process has and its line does not name. */
  interface Unstated {
    Unstated ALLOWED = (process, stated) -> List.of();

    /** Returns what is wrong; empty if nothing is. */
    List<String> of(SeenProcess process, Set<ShapeAttribute> stated);
  }

  ShapeMatch(Shape shape, List<SeenProcess> processes, Unstated unstated) {
    this.shape = shape;
    this.processes = processes;
    this.unstated = unstated;
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
          List<String> differences = new ArrayList<>(child.differences(line.attributes()));
          differences.addAll(unstated.of(child, line.attributes()));
          Place below = new Place(line, child, differences);
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

  public boolean isMatch() {
    return top.value == (processes.size() - 1) * placed;
  }

  /** Returns tree and pattern with a mark on each wrong line. */
  public ShapeMarks marks() {
    ShapeMarks marks = new ShapeMarks(shape, processes);
    Deque<Found> next = new ArrayDeque<>(List.of(found()));
    while (!next.isEmpty()) {
      Found found = next.pop();
      marks.differ(found.process, found.differences);
      found.strangers.forEach(marks::notInThePattern);
      found.below.forEach(
          (line, share) -> {
            int right = 0;
            for (Found one : share.taken) {
              right += one.differences.isEmpty() ? 1 : 0;
              next.push(one);
            }
            share.tooMany.forEach(one -> marks.tooMany(one.process));
            marks.found(line, right, share.taken.size() - right, share.tooMany.size());
          });
    }
    return marks;
  }

  /**
   * What was found for one process, which counts for one line.
   *
   * @param line of the pattern
   * @param process that counts for it
   * @param differences in its attributes
   * @param below for each line below, the processes that count for it
   * @param strangers the children that match no line
   */
  record Found(
      ShapeLine line,
      SeenProcess process,
      List<String> differences,
      Map<ShapeLine, Share> below,
      List<SeenProcess> strangers) {

    Share of(ShapeLine child) {
      return below.getOrDefault(child, Share.NONE);
    }

    /** Returns whether the process and all below it are as the line says. */
    boolean isRight() {
      return differences.isEmpty()
          && strangers.isEmpty()
          && below.entrySet().stream().allMatch(one -> one.getValue().isRightFor(one.getKey()));
    }
  }

  /**
   * The processes of one line below one process.
   *
   * @param taken as many as the line allows
   * @param tooMany those beyond
   */
  record Share(List<Found> taken, List<Found> tooMany) {
    static final Share NONE = new Share(List.of(), List.of());

    boolean isRightFor(ShapeLine line) {
      return tooMany.isEmpty()
          && taken.size() >= line.min()
          && taken.stream().allMatch(Found::isRight);
    }
  }

  /** Returns which process counts for which line, from the invisible one above all lines. */
  Found found() {
    Found all = found(shape.root(), top);
    Deque<Unshared> next = new ArrayDeque<>(List.of(new Unshared(all, top)));
    while (!next.isEmpty()) {
      share(next.pop(), next);
    }
    return all;
  }

  /** A process, and its place, whose children are still to be shared among the lines. */
  private record Unshared(Found found, Place place) {}

  private static Found found(ShapeLine line, Place place) {
    return new Found(
        line, place.process, place.differences, new LinkedHashMap<>(), new ArrayList<>());
  }

  private static void share(Unshared one, Deque<Unshared> next) {
    Place place = one.place;
    List<ShapeLine.Group> groups = one.found.line.groups();
    List<List<Place>> chosen = new ArrayList<>();
    List<List<Place>> tooMany = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      chosen.add(new ArrayList<>());
      tooMany.add(new ArrayList<>());
    }
    @Nullable Option[] likeliest = new @Nullable Option[place.chosen.length];
    for (Option option : place.options) {
      if (place.chosen[option.child] == option.group) {
        chosen.get(option.group).add(option.place);
      }
      Option before = likeliest[option.child];
      if (option.place.differences.isEmpty()
          && (before == null || before.place.value < option.place.value)) {
        likeliest[option.child] = option;
      }
    }
    for (int c = 0; c < place.chosen.length; c++) {
      if (place.chosen[c] == Assignment.NOWHERE) {
        Option option = likeliest[c];
        if (option == null) {
          one.found.strangers.add(place.process.children().get(c));
        } else {
          tooMany.get(option.group).add(option.place);
        }
      }
    }
    for (int g = 0; g < groups.size(); g++) {
      share(chosen.get(g), tooMany.get(g), groups.get(g), one.found, next);
    }
  }

  /** Shares processes among lines that say the same: first each line's minimum, then the rest. */
  private static void share(
      List<Place> chosen,
      List<Place> tooMany,
      ShapeLine.Group group,
      Found found,
      Deque<Unshared> next) {
    chosen.sort(Comparator.comparing(place -> !place.differences.isEmpty()));
    List<ShapeLine> lines = group.lines();
    int[] shares = new int[lines.size()];
    int left = chosen.size();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.min(left, lines.get(i).min());
      left -= shares[i];
    }
    int position = 0;
    for (int i = 0; i < shares.length; i++) {
      ShapeLine line = lines.get(i);
      int more = Math.min(left, line.max() - shares[i]);
      left -= more;
      int end = position + shares[i] + more;
      boolean last = i == shares.length - 1;
      found.below.put(
          line,
          new Share(
              found(line, chosen.subList(position, end), next),
              last ? found(line, tooMany, next) : List.of()));
      position = end;
    }
  }

  private static List<Found> found(ShapeLine line, List<Place> places, Deque<Unshared> next) {
    List<Found> all = new ArrayList<>();
    for (Place place : places) {
      Found one = found(line, place);
      all.add(one);
      next.push(new Unshared(one, place));
    }
    return all;
  }
}
