package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.Glob;
import io.github.subreaper.internal.engine.TreeNode;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The processes of a scope or launch that were alive at one moment. Immutable. */
public final class ProcessTree {
  private final Engine engine;
  private final List<TreeNode> nodes;

  ProcessTree(Engine engine, List<TreeNode> nodes) {
    this.engine = engine;
    this.nodes = nodes;
  }

  /**
   * The processes whose parent is this JVM: launched ones, orphans, and children of code under
   * test.
   *
   * @return in the order of their pids
   */
  public List<Descendant> roots() {
    return nodes.stream().map(node -> new Descendant(engine, node.process())).toList();
  }

  /**
   * How many processes were alive.
   *
   * @return zero if none
   */
  public int size() {
    return flat().size();
  }

  /**
   * Finds processes by name or command line.
   *
   * @param glob with {@code *} and {@code ?}
   * @return those that match, parents before children
   */
  public List<Descendant> find(String glob) {
    Glob wanted = new Glob(Objects.requireNonNull(glob, "glob"));
    return flat().stream()
        .filter(node -> wanted.matches(node.name(), node.commandLine()))
        .map(node -> new Descendant(engine, node.process()))
        .toList();
  }

  private List<TreeNode> flat() {
    List<TreeNode> all = new ArrayList<>();
    collect(nodes, all);
    return all;
  }

  private static void collect(List<TreeNode> siblings, List<TreeNode> all) {
    for (TreeNode node : siblings) {
      all.add(node);
      collect(node.children(), all);
    }
  }

  /**
   * Draws the tree as {@code ps afx} does: pid, terminal, state, CPU time, and the command below
   * its parent's, with a note on each adopted process.
   *
   * @return a line for each process, empty for an empty tree
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (TreeNode root : nodes) {
      draw(root, "", "", text);
    }
    return text.toString();
  }

  /** In front of a child stand a line for each ancestor that has a later sibling, and a corner. */
  private static void draw(TreeNode node, String corner, String below, StringBuilder text) {
    String command = corner + Text.command(node.name(), node.commandLine());
    text.append(
        String.format(
                Locale.ROOT,
                "%7d %-8s %-4s %6s %-40s %s",
                node.stat().pid(),
                terminal(node.stat().tty()),
                node.statText(),
                cpuTime(node.stat()),
                command,
                note(node))
            .stripTrailing());
    text.append('\n');
    List<TreeNode> children = node.children();
    for (int i = 0; i < children.size(); i++) {
      boolean last = i == children.size() - 1;
      draw(children.get(i), below + " \\_ ", below + (last ? "    " : " |  "), text);
    }
  }

  private static String note(TreeNode node) {
    Instant adopted = node.adoptedAt();
    if (adopted == null) {
      return "";
    }
    var parent = node.process().parent();
    var launch = node.process().launch();
    Instant since = launch == null ? null : launch.process().startTime();
    return "adopted"
        + (since == null ? "" : " " + millis(since, adopted) + " after launch")
        + (parent == null ? "" : ", parent was " + parent.pid());
  }

  private static String millis(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toMillis()) + " ms";
  }

  /** Major and minor as in proc_pid_stat(5): pseudo terminals are 136 to 143. */
  private static String terminal(int number) {
    int major = (number >> 8) & 0xfff;
    int minor = (number & 0xff) | ((number >> 12) & 0xfff00);
    if (major >= 136 && major <= 143) {
      return "pts/" + ((major - 136) * 256 + minor);
    }
    return major == 4 ? "tty" + minor : number == 0 ? "?" : major + ":" + minor;
  }

  private static String cpuTime(ProcessStat stat) {
    long seconds = (stat.userTicks() + stat.systemTicks()) / Procfs.TICKS_PER_SECOND;
    return seconds / 60 + ":" + String.format(Locale.ROOT, "%02d", seconds % 60);
  }

  /**
   * Draws the tree as failures show it: two blanks a level, command line, and what is special about
   * a process in brackets.
   *
   * @return a line for each process, empty for an empty tree
   */
  public String toShape() {
    StringBuilder text = new StringBuilder();
    shape(nodes, 0, text);
    return text.toString();
  }

  private static void shape(List<TreeNode> siblings, int depth, StringBuilder text) {
    for (TreeNode node : siblings) {
      text.append("  ".repeat(depth)).append(Text.command(node.name(), node.commandLine()));
      text.append(node.adoptedAt() == null ? "" : " [orphan]").append('\n');
      shape(node.children(), depth + 1, text);
    }
  }
}
