package io.github.subreaper.internal.messages;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.AmbiguousScope;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.text.Text;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a scope has left: first which processes and the line of code, then a line for each
 * process, with equal ones as one line, and what is known of a start without a line.
 */
public final class LeakText {
  private static final int MOST_CANDIDATES = 8;
  private static final int MOST_PLACES = 3;

  /** The number of groups of leaks in the first line, and of lines of output and about starts. */
  private static final int MOST_NAMED = 3;

  private static final int MOST_LINES = 20;

  /** Of more processes equal ones are one line. */
  private static final int MOST_SINGLE = 3;

  /** Deeper processes are counted. */
  private static final int DEEPEST = 8;

  private final Engine engine;
  private final ScopeEnd end;
  private final EqualSiblings equal;

  /** The leaks that are not below another. */
  private final List<ProcessRecord> tops = new ArrayList<>();

  /** Short-lived links of chains of processes, or all leaks where the tree could not be read. */
  private final List<ProcessRecord> outsideTheTree;

  private final List<String> lines = new ArrayList<>();

  private LeakText(Engine engine, ScopeEnd end) {
    this.engine = engine;
    this.end = end;
    this.equal = new EqualSiblings(end.diagnosis(), node -> command(node) + how(node));
    Set<ProcessRecord> inTheTree = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<TreeNode> next = new ArrayDeque<>(end.diagnosis());
    while (!next.isEmpty()) {
      TreeNode node = next.pop();
      inTheTree.add(node.process());
      node.children().forEach(next::push);
    }
    this.outsideTheTree =
        end.leaked().stream().filter(process -> !inTheTree.contains(process)).toList();
    end.diagnosis().forEach(root -> tops.add(root.process()));
    tops.addAll(outsideTheTree);
  }

  /** Returns the lines, each with its end. */
  public static String of(Engine engine, ScopeEnd end) {
    LeakText text = new LeakText(engine, end);
    text.tree(end.diagnosis(), 0, "", false);
    byText(text.outsideTheTree, text::alone)
        .forEach((line, which) -> text.lines.add("  " + number(which, ProcessRecord::pid) + line));
    text.lastOutput();
    text.starts();
    return text.verdict()
        + '\n'
        + String.join("\n", Text.withoutMiddle(text.lines, MOST_LINES))
        + '\n';
  }

  private String verdict() {
    Map<String, List<ProcessRecord>> places = byText(tops, this::startedAt);
    boolean isOnePlace = places.size() == 1;
    Map<String, List<ProcessRecord>> groups =
        byText(tops, process -> ProcessText.name(process) + (isOnePlace ? "" : startedAt(process)));
    List<String> named = new ArrayList<>();
    int more = tops.size();
    for (List<ProcessRecord> group : groups.values()) {
      if (named.size() < MOST_NAMED) {
        ProcessRecord first = group.get(0);
        named.add(
            (group.size() == 1 ? "" : group.size() + " × ")
                + ProcessText.name(first)
                + (isOnePlace ? "" : startedAt(first)));
        more -= group.size();
      }
    }
    int below = end.leaked().size() - tops.size();
    return Text.safe(end.scope())
        + " left "
        + String.join(", ", named)
        + Text.more(more)
        + (below > 0
            ? " with "
                + Text.count(below, "process", "processes")
                + " below "
                + (tops.size() == 1 ? "it" : "them")
            : "")
        + " running"
        + (isOnePlace ? startedAt(tops.get(0)) : "");
  }

  private String startedAt(ProcessRecord process) {
    return startedAt(engine, process);
  }

  /** Returns the line of code that started it, to append to its name; empty if unknown. */
  public static String startedAt(Engine engine, ProcessRecord process) {
    String place = engine.queries().origin(process);
    return place == null ? "" : " (started at " + Text.safe(Text.shortPlace(place)) + ")";
  }

  private static Map<String, List<ProcessRecord>> byText(
      List<ProcessRecord> processes, Function<ProcessRecord, String> text) {
    return processes.stream().collect(groupingBy(text, LinkedHashMap::new, toList()));
  }

  private static <T> String number(List<T> group, ToIntFunction<T> pid) {
    return group.size() == 1 ? pid.applyAsInt(group.get(0)) + " " : group.size() + " × ";
  }

  /**
   * Adds the lines of siblings, and of all below them.
   *
   * @param above how their parent ended
   * @param isBelowSeveral whether there are such siblings below each of several equal processes
   */
  private void tree(List<TreeNode> siblings, int depth, String above, boolean isBelowSeveral) {
    String indent = depth == 0 ? "  " : "  " + "    ".repeat(depth - 1) + " \\_ ";
    if (depth == DEEPEST && !siblings.isEmpty()) {
      lines.add(indent + "… and what is below");
      return;
    }
    for (List<TreeNode> group : equal.groups(siblings, MOST_SINGLE)) {
      TreeNode first = group.get(0);
      String how = how(first);
      lines.add(
          indent
              + (isBelowSeveral && group.size() == 1
                  ? ""
                  : number(group, node -> node.stat().pid()))
              + command(first)
              + (how.equals(above) ? "" : how));
      tree(first.children(), depth + 1, how, isBelowSeveral || group.size() > 1);
    }
  }

  private static String command(TreeNode node) {
    return Text.shortCommand(node.name(), node.commandLine()) + details(node.details());
  }

  private String how(TreeNode node) {
    return "; " + EndingText.of(engine, node.process());
  }

  private String alone(ProcessRecord process) {
    return Text.shortCommand(process.name(), process.commandLine())
        + "; "
        + EndingText.of(engine, process);
  }

  private static String details(TreeNode.@Nullable Details details) {
    if (details == null) {
      return "";
    }
    List<String> places = new ArrayList<>();
    details.listening().tcp().forEach(address -> places.add(Text.address(address)));
    places.addAll(details.listening().unix());
    return (places.isEmpty() ? "" : ", listening on " + Text.safe(String.join(", ", places)))
        // A build that reads this JVM's output to its end would have waited for the process.
        + (details.buildStreams() == null ? "" : ", holds this build's " + details.buildStreams());
  }

  private void lastOutput() {
    Set<String> all = new LinkedHashSet<>();
    for (TreeNode root : end.diagnosis()) {
      TreeNode.Details details = root.details();
      if (details != null && details.lastOutput() != null) {
        all.add(
            "  last output "
                + Text.safe(Objects.requireNonNull(details.outputFile()))
                + ": \""
                + Text.safe(Objects.requireNonNull(details.lastOutput()))
                + '"');
      }
    }
    all.stream().limit(MOST_NAMED).forEach(lines::add);
  }

  /** Adds what is known of the starts whose line of code, or scope, is not. */
  private void starts() {
    Map<String, List<ProcessRecord>> texts = byText(tops, this::start);
    texts.remove("");
    texts.entrySet().stream()
        .limit(MOST_NAMED)
        .forEach(
            text ->
                lines.add(
                    (texts.size() == 1 && text.getValue().size() == tops.size()
                            ? "  "
                            : "  "
                                + text.getValue().stream()
                                    .limit(MOST_NAMED)
                                    .map(one -> String.valueOf(one.pid()))
                                    .collect(joining(", "))
                                + (text.getValue().size() > MOST_NAMED ? ", …" : "")
                                + " ")
                        + text.getKey()));
  }

  private String start(ProcessRecord process) {
    AmbiguousScope doubt = process.doubt();
    String unknown = engine.queries().origin(process) == null ? starter(process) : "";
    if (doubt == null) {
      return unknown;
    }
    String thread = process.startingThread();
    return unknown
        + (unknown.isEmpty() ? "" : "; ")
        + doubt(doubt, thread == null && possiblePlaces(process).size() == 1)
        + (thread == null || !unknown.isEmpty() ? "" : "; started" + on(thread));
  }

  /** Returns what started a process for which no line of code is known. */
  private String starter(ProcessRecord process) {
    LaunchRecord launch = process.launch();
    if (launch != null) {
      return "started by Supervisor.launch of `"
          + Text.safe(String.join(" ", launch.spec().command()))
          + '`';
    }
    String thread = process.startingThread();
    if (thread != null) {
      return "started by ProcessBuilder" + on(thread);
    }
    List<String> places = possiblePlaces(process);
    return (process.isTagless()
            ? "started by this JVM or one of its launches: it "
            : "started by this JVM, not through a Supervisor: it ")
        + tag(process)
        + "; "
        + (places.isEmpty()
            ? "where in the code is unknown: " + engine.queries().whyUnexplained(process)
            : places.size() == 1
                ? "the only known start that it can come from: " + some(places)
                : "which start it comes from is unknown: possibly " + some(places));
  }

  private static List<String> possiblePlaces(ProcessRecord process) {
    return process.possibleSites().stream()
        .map(CallSite::text)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }

  private static String on(String thread) {
    return thread.isEmpty()
        ? " on a thread without a name"
        : " on the thread \"" + Text.safe(thread) + '"';
  }

  private String tag(ProcessRecord process) {
    if (process.isHidden()) {
      return "shows no tag, since /proc is mounted with hidepid";
    }
    if (process.isTagless()) {
      return "no longer carries a tag: it or an ancestor has changed RLIMIT_LOCKS";
    }
    return engine.queries().isTagInLimit()
        ? "carries the session's tag and no launch's"
        : "carries no launch's tag";
  }

  private static String some(List<String> places) {
    List<String> texts = places.stream().map(Text::safe).toList();
    String shown = String.join(" or ", texts.subList(0, Math.min(MOST_PLACES, texts.size())));
    int more = texts.size() - MOST_PLACES;
    return more > 0 ? shown + " or one of " + more + " more" : shown;
  }

  /**
   * Returns why this scope is reported, though it may not have started the process.
   *
   * @param isHinted whether the text has named its likely start, which is some evidence
   */
  private static String doubt(AmbiguousScope doubt, boolean isHinted) {
    String cameFrom = doubt.cameFrom();
    return cameFrom != null
        ? "started in " + Text.safe(cameFrom) + ", which has ended"
        : (isHinted ? "nothing proves" : "no evidence shows")
            + " which of these scopes started it: "
            + Text.safe(Text.some(doubt.candidates(), MOST_CANDIDATES));
  }
}
