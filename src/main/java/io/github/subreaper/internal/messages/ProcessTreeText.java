package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.text.ShapeText;
import io.github.subreaper.internal.text.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/** Draws a tree of processes: as {@code ps afx} does, or as the lines of a shape. */
public final class ProcessTreeText {
  /** A tree of more processes shows siblings that look the same as one line. */
  private static final int MOST_SINGLE = 20;

  private ProcessTreeText() {}

  /**
   * Returns a line for each process; in a tree of many lines one for siblings that look the same.
   * Without recursion, since a chain of processes may be longer than a stack is deep.
   */
  public static String asPs(List<TreeNode> nodes) {
    StringBuilder text = new StringBuilder();
    EqualSiblings equal = new EqualSiblings(nodes, ProcessTreeText::look);
    Deque<Drawn> next = new ArrayDeque<>();
    push(equal.groups(nodes, MOST_SINGLE), "", "", false, next);
    while (!next.isEmpty()) {
      Drawn drawn = next.pop();
      draw(drawn, text);
      push(
          equal.groups(drawn.group.get(0).children(), MOST_SINGLE),
          drawn.below + " \\_ ",
          drawn.below,
          drawn.isRepeated(),
          next);
    }
    return text.toString();
  }

  private static void push(
      List<List<TreeNode>> groups,
      String corner,
      String below,
      boolean isRepeated,
      Deque<Drawn> next) {
    for (int i = groups.size() - 1; i >= 0; i--) {
      String under = corner.isEmpty() ? "" : below + (i == groups.size() - 1 ? "    " : " |  ");
      next.push(new Drawn(groups.get(i), corner, under, isRepeated));
    }
  }

  private static String look(TreeNode node) {
    return Text.command(node.name(), node.commandLine()) + (node.adoptedAt() == null ? "" : "*");
  }

  /**
   * A line: the columns, what leads to the command, and what leads to those of its children.
   *
   * @param group processes that look the same
   * @param isBelowSeveral whether there is one such group below each of several processes
   */
  private record Drawn(List<TreeNode> group, String corner, String below, boolean isBelowSeveral) {
    boolean isRepeated() {
      return isBelowSeveral || group.size() > 1;
    }
  }

  private static void draw(Drawn drawn, StringBuilder text) {
    TreeNode node = drawn.group.get(0);
    String command = drawn.corner + Text.command(node.name(), node.commandLine());
    if (drawn.isRepeated()) {
      text.append(String.format(Locale.ROOT, "%5d × %21s%s", drawn.group.size(), "", command));
      text.append('\n');
      return;
    }
    text.append(
        String.format(
                Locale.ROOT,
                "%7d %-8s %-4s %6s %-40s %s",
                node.stat().pid(),
                terminal(node.stat()),
                node.statText(),
                cpuTime(node.stat()),
                command,
                note(node))
            .stripTrailing());
    text.append('\n');
  }

  private static String note(TreeNode node) {
    Instant adopted = node.adoptedAt();
    if (adopted == null) {
      return "";
    }
    var parent = node.process().parent();
    var launch = node.process().launch();
    var launched = launch == null ? null : launch.launched();
    Instant since = launched == null ? null : launched.startTime();
    return "adopted"
        + (since == null ? "" : " " + millis(since, adopted) + " after launch")
        + (parent == null ? "" : ", parent was " + parent.pid());
  }

  private static String millis(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toMillis()) + " ms";
  }

  /** Returns the controlling terminal as ps(1) names it. */
  private static String terminal(ProcessStat stat) {
    String device = stat.terminal();
    return device == null ? "?" : device.replaceFirst("^(/dev/|terminal )", "");
  }

  private static String cpuTime(ProcessStat stat) {
    long seconds = (stat.userTicks() + stat.systemTicks()) / Procfs.TICKS_PER_SECOND;
    return seconds / 60 + ":" + String.format(Locale.ROOT, "%02d", seconds % 60);
  }

  /** Returns the line of one process in a shape, without indentation. */
  public static String shapeLine(TreeNode node) {
    List<String> attributes = new ArrayList<>();
    if (node.adoptedAt() != null) {
      attributes.add("orphan");
    }
    if (node.stat().isStopped()) {
      attributes.add("stopped");
    }
    List<String> words = node.commandLine();
    return ShapeText.quote(words.isEmpty() ? node.name() : String.join(" ", words))
        + (attributes.isEmpty() ? "" : " [" + String.join(", ", attributes) + "]");
  }
}
