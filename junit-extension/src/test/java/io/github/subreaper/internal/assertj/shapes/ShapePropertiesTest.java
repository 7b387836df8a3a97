package io.github.subreaper.internal.assertj.shapes;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.ProcessTree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Properties that hold for all trees and patterns. A failure names the seed of its tree; {@code
 * -Dshapes.seed=…} runs that one only.
 */
@Timeout(300)
class ShapePropertiesTest {
  private static final int TRIES = 300;

  /** Characters that need a backslash in a name. */
  private static final String MARK = "(?<!\\\\)←";

  private static void forAll(Consumer<Trees> property) {
    String only = System.getProperty("shapes.seed");
    long first = only == null ? new Random().nextLong() : Long.parseLong(only);
    for (int i = 0; i < (only == null ? TRIES : 1); i++) {
      long seed = first + i;
      try {
        property.accept(new Trees(seed));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("with -Dshapes.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void assertMatch(String pattern, List<MadeNode> tree) {
    ShapeMatch match = Shape.parse(pattern).match(tree);
    ShapeMarks marks = match.marks();
    assertThat(match.isMatch()).as("%s%n%s", marks.tree(), marks.pattern()).isTrue();
    assertThat(marks.tree() + marks.pattern()).doesNotContainPattern(MARK);
  }

  private static void assertNoMatch(String pattern, List<MadeNode> tree) {
    ShapeMatch match = Shape.parse(pattern).match(tree);
    assertThat(match.isMatch()).as("%s%n%s", MadeNode.shape(tree), pattern).isFalse();
    assertThat(match.marks().tree() + match.marks().pattern()).containsPattern(MARK);
  }

  /**
   * Random trees, and lines that match them. There are few names, so each line matches many
   * processes.
   */
  private static final class Trees {
    private final Random random;

    Trees(long seed) {
      random = new Random(seed);
    }

    boolean oneIn(int many) {
      return random.nextInt(many) == 0;
    }

    List<MadeNode> siblings(int depth) {
      List<MadeNode> siblings = new ArrayList<>();
      for (int i = random.nextInt(depth == 0 ? 5 : 4); i > 0; i--) {
        siblings.add(node(depth));
      }
      return siblings;
    }

    private MadeNode node(int depth) {
      Set<ShapeAttribute> flags = new HashSet<>();
      for (ShapeAttribute flag : EnumSet.allOf(ShapeAttribute.Flag.class)) {
        if (oneIn(5)) {
          flags.add(flag);
        }
      }
      String name = oneIn(3) ? anyName() : List.of("a", "b", "ab").get(random.nextInt(3));
      List<String> commandLine = oneIn(4) ? List.of() : List.of(name, oneIn(2) ? "x" : anyName());
      return new MadeNode(name, commandLine, flags, depth < 3 ? siblings(depth + 1) : List.of());
    }

    String anyName() {
      StringBuilder name = new StringBuilder();
      for (int i = random.nextInt(8); i > 0; i--) {
        name.append(
            switch (random.nextInt(8)) {
              case 0 -> " ";
              case 1 -> String.valueOf((char) random.nextInt(0x20));
              case 2 -> String.valueOf("\"'\\*?[]{}|_←.,=".charAt(random.nextInt(15)));
              case 3 ->
                  List.of("...", "\\_ ", "{2}", "[orphan]", "''", "\\x1b").get(random.nextInt(6));
              case 4 ->
                  new String(
                      new byte[] {(byte) (0x80 + random.nextInt(0x80))}, StandardCharsets.UTF_8);
              case 5 -> Character.toString(random.nextInt(0x110000));
              case 6 -> Character.toString(random.nextInt(0x250));
              default -> "a";
            });
      }
      return name.toString();
    }

    <T> T oneOf(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    List<MadeNode> shuffled(List<MadeNode> siblings) {
      List<MadeNode> shuffled = new ArrayList<>();
      for (MadeNode node : siblings) {
        shuffled.add(node.below(shuffled(node.children())));
      }
      Collections.shuffle(shuffled, random);
      return shuffled;
    }

    /** Removes one process; its children go too, or move to their grandparent. */
    @SuppressWarnings("ReferenceEquality") // removes this node, not an equal one
    List<MadeNode> without(MadeNode gone, List<MadeNode> siblings, boolean orphaning) {
      List<MadeNode> rest = new ArrayList<>();
      for (MadeNode node : siblings) {
        if (node != gone) {
          rest.add(node.below(without(gone, node.children(), orphaning)));
        } else if (orphaning) {
          rest.addAll(node.children());
        }
      }
      return rest;
    }

    /** Returns lines that match the tree, with numbers for equal siblings. */
    List<Line> lines(List<MadeNode> siblings) {
      List<Line> lines = new ArrayList<>();
      for (int i = 0; i < siblings.size(); ) {
        int same = 1;
        while (i + same < siblings.size() && siblings.get(i + same).equals(siblings.get(i))) {
          same++;
        }
        Line line = new Line();
        MadeNode node = siblings.get(i);
        line.glob =
            ProcessTree.quote(
                node.commandLine().isEmpty() ? node.name() : String.join(" ", node.commandLine()));
        line.min = same;
        line.max = same;
        node.flags().forEach(flag -> line.attributes.add(((ShapeAttribute.Flag) flag).word));
        line.children.addAll(lines(node.children()));
        lines.add(line);
        i += same;
      }
      return lines;
    }

    /** Loosens a line, so that it matches all that it matched before. */
    void loosen(List<Line> siblings) {
      if (oneIn(3)) {
        Line rest = new Line();
        rest.glob = "...";
        siblings.add(random.nextInt(siblings.size() + 1), rest);
      }
      for (Line line : siblings) {
        if (line.glob.equals("...")) {
          continue;
        }
        if (oneIn(4)) {
          line.glob = oneIn(2) || line.glob.equals("''") ? "*" : line.glob + "*";
        }
        if (oneIn(4)) {
          line.min = random.nextInt(line.min + 1);
        }
        if (oneIn(4)) {
          line.max =
              oneIn(2) || line.max == ShapeLine.UNBOUNDED ? ShapeLine.UNBOUNDED : line.max + 1;
        }
        line.attributes.removeIf(attribute -> oneIn(3));
        loosen(line.children);
      }
    }
  }

  /** A mutable line. */
  private static final class Line {
    String glob = "";
    int min = 1;
    int max = 1;
    final List<String> attributes = new ArrayList<>();
    final List<Line> children = new ArrayList<>();

    static String text(List<Line> siblings, String indent) {
      StringBuilder text = new StringBuilder();
      for (Line line : siblings) {
        text.append(indent).append(line.glob);
        if (line.min != 1 || line.max != 1) {
          String max = line.max == ShapeLine.UNBOUNDED ? "" : String.valueOf(line.max);
          text.append(" {").append(line.min).append(',').append(max).append('}');
        }
        if (!line.attributes.isEmpty()) {
          text.append(" [").append(String.join(", ", line.attributes)).append(']');
        }
        text.append('\n').append(text(line.children, indent + "   "));
      }
      return text.toString();
    }
  }

  @Test
  void aPrintedTreeMatchesItselfInAnyOrder() {
    forAll(
        trees -> {
          List<MadeNode> tree = trees.siblings(0);
          assertMatch(MadeNode.shape(tree), tree);
          assertMatch(MadeNode.shape(trees.shuffled(tree)), tree);
        });
  }

  @Test
  void aPrintedFailureMatchesTheTree() {
    forAll(
        trees -> {
          List<MadeNode> tree = trees.siblings(0);
          ShapeMatch other = Shape.parse(MadeNode.shape(trees.siblings(0))).match(tree);
          assertMatch(tree.isEmpty() ? "" : other.marks().tree(), tree);
        });
  }

  @Test
  void looseningAPatternNeverTurnsAMatchIntoAFailure() {
    forAll(
        trees -> {
          List<MadeNode> tree = trees.siblings(0);
          List<Line> lines = trees.lines(tree);
          assertMatch(Line.text(lines, ""), tree);
          for (int i = 0; i < 3; i++) {
            trees.loosen(lines);
            assertMatch(Line.text(lines, ""), tree);
          }
        });
  }

  @Test
  void anExactPatternNoticesEachMissingAndEachAdditionalProcess() {
    forAll(
        trees -> {
          List<MadeNode> tree = trees.siblings(0);
          if (tree.isEmpty()) {
            return;
          }
          MadeNode gone = trees.oneOf(MadeNode.all(tree));
          List<MadeNode> less = trees.without(gone, tree, trees.oneIn(2));
          assertNoMatch(MadeNode.shape(tree), less);
          assertNoMatch(MadeNode.shape(less), tree);
          assertNoMatch(Line.text(trees.lines(tree), ""), less);
        });
  }

  @Test
  void anyNameIsShownSafelyAndMatchedByTheTextThatIsShown() {
    forAll(
        trees -> {
          String name = trees.anyName();
          String quoted = ProcessTree.quote(name);
          assertThat(quoted).isNotEmpty();
          assertThat(quoted.codePoints())
              .as(quoted)
              .noneMatch(Character::isISOControl)
              .noneMatch(c -> Character.getType(c) == Character.FORMAT)
              .noneMatch(c -> Character.getType(c) == Character.SURROGATE);
          assertThat(quoted.strip()).isEqualTo(quoted);
          MadeNode node = new MadeNode(name, List.of(), Set.of(), List.of());
          assertMatch(quoted, List.of(node));
          assertMatch("  " + quoted + "   {1} ", List.of(node));
          assertMatch(
              " \\_ " + quoted + "[orphan]{1} ← x", List.of(node.with(ShapeAttribute.Flag.ORPHAN)));
          String other = trees.anyName();
          assertThat(Shape.parse(ProcessTree.quote(other)).match(List.of(node)).isMatch())
              .isEqualTo(other.equals(name));
        });
  }

  @Test
  void textThatIsNoPatternIsRejectedWithLineAndColumn() {
    forAll(
        trees -> {
          String text = trees.anyName() + "\n" + trees.anyName() + trees.anyName();
          try {
            Shape.parse(text).match(trees.siblings(0)).marks();
          } catch (IllegalArgumentException e) {
            assertThat(e)
                .hasMessageMatching("(?s)line \\d, column \\d+ of the pattern: .*\n.*\n +\t*.*\\^");
          }
        });
  }

  /** Finds the best assignment by trying all. */
  @Test
  void theBestOfAllAssignmentsIsFound() {
    forAll(
        trees -> {
          int items = trees.random.nextInt(5);
          int groups = 1 + trees.random.nextInt(3);
          long[][] values = new long[items][groups];
          int[] most = new int[groups];
          int[] first = new int[groups];
          Assignment assignment = new Assignment(items, groups);
          for (int i = 0; i < items; i++) {
            for (int g = 0; g < groups; g++) {
              if (!trees.oneIn(3)) {
                values[i][g] = 1L + trees.random.nextInt(9);
                assignment.option(i, g, values[i][g]);
              }
            }
          }
          for (int g = 0; g < groups; g++) {
            most[g] = trees.random.nextInt(4);
            first[g] = trees.random.nextInt(4);
            assignment.group(g, most[g], first[g], 5);
          }
          int[] chosen = assignment.best();
          long best = best(0, values, most, first, new int[groups]);
          assertThat(assignment.total()).isEqualTo(best);
          assertThat(value(chosen, values, most, first)).isEqualTo(best);
        });
  }

  private static long best(int item, long[][] values, int[] most, int[] first, int[] taken) {
    if (item == values.length) {
      return 0;
    }
    long best = best(item + 1, values, most, first, taken);
    for (int g = 0; g < most.length; g++) {
      if (values[item][g] > 0 && taken[g] < most[g]) {
        long value = values[item][g] + (taken[g] < first[g] ? 5 : 0);
        taken[g]++;
        best = Math.max(best, value + best(item + 1, values, most, first, taken));
        taken[g]--;
      }
    }
    return best;
  }

  private static long value(int[] chosen, long[][] values, int[] most, int[] first) {
    long total = 0;
    int[] taken = new int[most.length];
    for (int i = 0; i < chosen.length; i++) {
      int g = chosen[i];
      if (g != Assignment.NOWHERE) {
        assertThat(values[i][g]).isPositive();
        total += values[i][g] + (taken[g] < first[g] ? 5 : 0);
        taken[g]++;
        assertThat(taken[g]).isLessThanOrEqualTo(most[g]);
      }
    }
    return total;
  }
}
