package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Phase;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.text.Counts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The trees as {@code ps f} shows them, with a link for each process that is in the table. */
final class TreeLines {
  private static final Pattern PID = Pattern.compile("^ *([0-9]{1,18})(?= |$)");
  private static final int MOST_LINES = 600;

  private final Content content;
  private final Tree before;
  private final Tree after;

  TreeLines(Content content) {
    this.content = content;
    Recording recording = content.recording();
    long end = recording.end();
    List<Phase> phases = recording.phases();
    long begin = phases.isEmpty() ? end : phases.get(phases.size() - 1).from();
    Map<Long, List<Proc>> byPid = new HashMap<>();
    for (Proc process : recording.processes()) {
      byPid.computeIfAbsent(process.pid(), k -> new ArrayList<>()).add(process);
    }
    this.before = tree("t", recording.treeBefore(), begin, byPid);
    this.after = tree("u", recording.treeAfter(), end, byPid);
  }

  /**
   * A line of a tree.
   *
   * @param text as recorded
   * @param pidEnd where its pid ends in the text; 0 if it has none
   * @param process null if the page does not show it
   * @param isFirst whether no line above is of the same row: links lead here
   */
  private record Line(String text, int pidEnd, @Nullable Proc process, boolean isFirst) {}

  /**
   * A tree.
   *
   * @param prefix of its ids
   * @param lines those that are shown
   * @param left how many are not
   * @param rows the ids of the rows that are in it
   */
  private record Tree(String prefix, List<Line> lines, int left, Set<Integer> rows) {}

  private Tree tree(String prefix, List<String> texts, long at, Map<Long, List<Proc>> byPid) {
    List<Line> lines = new ArrayList<>();
    Set<Integer> rows = new HashSet<>();
    int shown = Math.min(MOST_LINES, texts.size());
    for (String text : texts.subList(0, shown)) {
      Matcher pid = PID.matcher(text);
      Proc process =
          pid.find()
              ? alive(byPid.getOrDefault(Long.parseLong(pid.group(1)), List.of()), at)
              : null;
      Row row = process == null ? null : content.rows().of(process.number());
      boolean isFirst = row != null && rows.add(row.id());
      lines.add(new Line(text, row == null ? 0 : pid.end(), row == null ? null : process, isFirst));
    }
    return new Tree(prefix, lines, texts.size() - shown, rows);
  }

  /** Returns which of the processes that had a pid had it at that time; the latest if none. */
  private static @Nullable Proc alive(List<Proc> processes, long at) {
    Proc found = null;
    for (Proc process : processes) {
      Long ended = process.endedAt();
      if (process.bornAt() <= at && (ended == null || ended >= at)) {
        return process;
      }
      found = process;
    }
    return found;
  }

  void write(Html html) {
    html.open("section", "aria-labelledby", "trees").line();
    html.element("h2", "Trees", "id", "trees").line();
    html.element("h3", "Before the end of the scope").line();
    tree(before, html);
    html.element("h3", "After it").line();
    tree(after, html);
    html.close().line();
  }

  private void tree(Tree tree, Html html) {
    if (tree.lines.isEmpty()) {
      html.element("p", "No process was alive.").line();
      return;
    }
    html.open("pre").line();
    tree.lines.forEach(line -> line(line, tree.prefix, html));
    html.close().line();
    if (tree.left > 0) {
      html.element("p", Counts.of(tree.left, "more line") + " of this tree are not shown.").line();
    }
  }

  private void line(Line line, String prefix, Html html) {
    Row row = line.process == null ? null : content.rows().of(line.process.number());
    if (row == null || line.process == null) {
      html.open("span").text(line.text, 2 * content.titleLimit()).line().close();
      return;
    }
    if (line.isFirst) {
      html.open("span", "id", prefix + row.id());
    } else {
      html.open("span");
    }
    String pid = line.text.substring(0, line.pidEnd);
    html.text(" ".repeat(pid.length() - pid.strip().length()));
    html.element("a", pid.strip(), "href", "#p" + row.id());
    html.text(line.text.substring(line.pidEnd), 2 * content.titleLimit());
    if (line.process.is(Mark.LEAKED)) {
      html.text(" ").element("strong", "leaked");
    }
    html.line().close();
  }

  /** Writes, as a fact, the links to the lines of a row. */
  void links(int row, Html html) {
    boolean isBefore = before.rows.contains(row);
    boolean isAfter = after.rows.contains(row);
    if (isBefore || isAfter) {
      html.open("div").element("dt", "In the trees").open("dd");
      if (isBefore) {
        html.element("a", "before", "href", "#" + before.prefix + row).text(" ");
      }
      if (isAfter) {
        html.element("a", "after", "href", "#" + after.prefix + row);
      }
      html.close().close().line();
    }
  }
}
