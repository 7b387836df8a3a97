package io.github.subreaper;

import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.text.ShapeText;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/** Draws a {@link ProcessTree}: as {@code ps afx} does, or as the lines of a shape. */
final class ProcessTreeText {
  private ProcessTreeText() {}

  /** Without recursion, since a chain of processes may be longer than a stack is deep. */
  static String asPs(List<TreeNode> nodes) {
    StringBuilder text = new StringBuilder();
    Deque<Drawn> next = new ArrayDeque<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      next.push(new Drawn(nodes.get(i), "", ""));
    }
    while (!next.isEmpty()) {
      Drawn drawn = next.pop();
      draw(drawn, text);
      List<TreeNode> children = drawn.node.children();
      for (int i = children.size() - 1; i >= 0; i--) {
        boolean last = i == children.size() - 1;
        next.push(
            new Drawn(
                children.get(i), drawn.below + " \\_ ", drawn.below + (last ? "    " : " |  ")));
      }
    }
    return text.toString();
  }

  /**
   * A process and its place: before a child stand a line for each ancestor that has a later
   * sibling, and a corner.
   */
  private record Drawn(TreeNode node, String corner, String below) {}

  private static void draw(Drawn drawn, StringBuilder text) {
    TreeNode node = drawn.node;
    String command = drawn.corner + Text.command(node.name(), node.commandLine());
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
  static String shapeLine(TreeNode node) {
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
