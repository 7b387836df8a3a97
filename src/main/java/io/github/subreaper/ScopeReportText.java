package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.guardian.GuardianLoss;
import io.github.subreaper.internal.engine.records.AmbiguousScope;
import io.github.subreaper.internal.engine.records.CallSite;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.records.TreeNode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link ScopeReport} for people: the leaks first, each with the evidence where it began.
 */
final class ScopeReportText {
  private static final int MOST_CANDIDATES = 8;
  private static final int MOST_PLACES = 3;

  /** The number of leaks outside the tree that are named. */
  private static final int MOST_NAMED = 10;

  private final Engine engine;
  private final ScopeEnd end;
  private final String scope;
  private final List<String> survivors;
  private final StringBuilder text = new StringBuilder();

  private ScopeReportText(Engine engine, ScopeEnd end, List<String> survivors) {
    this.engine = engine;
    this.end = end;
    this.scope = Text.safe(end.scope());
    this.survivors = survivors;
  }

  static String of(Engine engine, ScopeEnd end, List<String> survivors) {
    ScopeReportText text = new ScopeReportText(engine, end, survivors);
    return end.isEmpty() ? text.verdict(0) : text.render();
  }

  private String render() {
    if (!end.leaked().isEmpty()) {
      leaks();
    }
    if (!end.survivors().isEmpty()) {
      survivors();
    }
    EndingText endings = new EndingText(engine, end.ended());
    text.append(text.isEmpty() ? verdict(endings.terminated()) : "").append('\n');
    text.append(endings.lines());
    endings.failedTraces().forEach(this::failedTrace);
    end.unproven().forEach(this::foreign);
    end.guardianLosses().forEach(this::guardianLoss);
    return text.toString().stripTrailing();
  }

  private String verdict(int terminated) {
    String verdict = scope + (end.isLaunch() ? " was stopped" : " leaked nothing");
    return terminated == 0
        ? verdict
        : verdict
            + (end.isLaunch() ? "; " : "; at its end ")
            + Text.count(terminated, "process was", "processes were")
            + " terminated"
            + (end.isLaunch() ? "" : " (launched processes are leaks only in a strict scope)");
  }

  private void leaks() {
    text.append(scope).append(" left ");
    text.append(Text.count(end.leaked().size(), "process", "processes"));
    List<ProcessRecord> others = leaksOutsideTheTree();
    int trees = end.diagnosis().size() + others.size();
    if (trees < end.leaked().size()) {
      text.append(" in ").append(Text.count(trees, "tree", "trees"));
    }
    text.append(" (").append(EndingText.summary(engine, end.leaked())).append(")\n\n");
    end.diagnosis().forEach(root -> tree(root, 0));
    List<ProcessRecord> named = others.subList(0, Math.min(MOST_NAMED, others.size()));
    named.forEach(this::leakOutsideTheTree);
    if (others.size() > MOST_NAMED) {
      text.append("  and ").append(others.size() - MOST_NAMED).append(" more\n");
    }
    text.append('\n');
    boolean several = end.diagnosis().size() + named.size() > 1;
    for (TreeNode root : end.diagnosis()) {
      startedBy(root.process(), several);
      lastOutput(root.details());
    }
    named.forEach(process -> startedBy(process, several));
  }

  private List<ProcessRecord> leaksOutsideTheTree() {
    Set<ProcessRecord> inTheTree = new HashSet<>();
    end.diagnosis().forEach(root -> collect(root, inTheTree));
    return end.leaked().stream().filter(process -> !inTheTree.contains(process)).toList();
  }

  private static void collect(TreeNode node, Set<ProcessRecord> all) {
    all.add(node.process());
    node.children().forEach(child -> collect(child, all));
  }

  private void tree(TreeNode node, int depth) {
    String indent = depth == 0 ? "" : "    ".repeat(depth - 1) + "  \\_ ";
    String line =
        String.format(
            Locale.ROOT,
            "  %d %-2s %s%s",
            node.stat().pid(),
            node.statText(),
            indent,
            Text.command(node.name(), node.commandLine()));
    text.append(String.format(Locale.ROOT, "%-42s ← leaked", line));
    if (depth == 0) {
      String settled = Text.seconds(end.settledSeconds());
      text.append(settled.equals("0.0 s") ? ", alive at" : ", still alive " + settled + " after");
      text.append(" the end");
      adoption(node);
    }
    text.append("; ").append(EndingText.inFull(engine, node.process())).append('\n');
    listening(node.details());
    buildStreams(node.details());
    node.children().forEach(child -> tree(child, depth + 1));
  }

  private void adoption(TreeNode node) {
    if (node.adoptedAt() == null) {
      return;
    }
    text.append("; adopted");
    ProcessRecord parent = node.process().parent();
    if (parent != null) {
      String status = EndOfProcess.words(engine, parent).map(s -> ", " + s).orElse("");
      text.append(" from ").append(Text.safe(parent.name()));
      text.append(" (").append(parent.pid()).append(status).append(')');
    }
  }

  private void listening(TreeNode.@Nullable Details details) {
    if (details == null) {
      return;
    }
    List<String> places = new ArrayList<>();
    for (InetSocketAddress address : details.listening().tcp()) {
      places.add(address.getAddress().getHostAddress() + ":" + address.getPort());
    }
    places.addAll(details.listening().unix());
    if (!places.isEmpty()) {
      text.append("        listening on ").append(Text.safe(String.join(", ", places)));
      text.append('\n');
    }
  }

  /** A build that reads this JVM's output to its end would have waited for the process. */
  private void buildStreams(TreeNode.@Nullable Details details) {
    if (details != null && details.buildStreams() != null) {
      text.append("        holds this build's ").append(details.buildStreams()).append('\n');
    }
  }

  /** A short-lived link of a chain of processes, or each leak where the tree could not be read. */
  private void leakOutsideTheTree(ProcessRecord process) {
    String command = Text.command(process.name(), process.commandLine());
    String line = String.format(Locale.ROOT, "  %d    %s", process.pid(), command);
    text.append(String.format(Locale.ROOT, "%-42s ← leaked", line));
    text.append("; ").append(EndingText.inFull(engine, process)).append('\n');
  }

  private void startedBy(ProcessRecord process, boolean several) {
    text.append("  started by  ").append(starter(process)).append(", ").append(age(process));
    text.append(several ? ": " + process.pid() + " " + Text.safe(process.name()) : "");
    text.append('\n');
    AmbiguousScope doubt = process.doubt();
    if (doubt != null) {
      doubt(doubt, process.startingThread() == null && possiblePlaces(process).size() == 1);
    }
  }

  private String starter(ProcessRecord process) {
    LaunchRecord launch = process.launch();
    String place = engine.queries().origin(process);
    if (launch != null) {
      String command = Text.safe(String.join(" ", launch.spec().command()));
      return "Supervisor.launch of `" + command + "`" + in(place);
    }
    String thread = process.startingThread();
    if (thread != null) {
      return "ProcessBuilder"
          + in(place)
          + (place != null && process.doubt() == null ? "" : on(thread));
    }
    List<String> places = possiblePlaces(process);
    return (process.isTagless()
            ? "this JVM or one of its launches ("
            : "this JVM, not through a Supervisor (")
        + process.pid()
        + " "
        + tag(process)
        + "; "
        + (places.isEmpty()
            ? "where in the code is unknown: " + engine.queries().whyUnexplained(process)
            : places.size() == 1
                ? "the only known start that it can come from: " + some(places)
                : "which start it comes from is unknown: possibly " + some(places))
        + ")";
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

  private static String in(@Nullable String place) {
    return place == null ? "" : " in " + Text.safe(place);
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

  private String age(ProcessRecord process) {
    Scope owner = process.scope();
    Instant asked = owner == null ? null : owner.endBegan();
    Duration age = Duration.between(process.startTime(), asked == null ? end.endedAt() : asked);
    return age.isNegative()
        ? "after the end had begun"
        : Text.seconds(age.toMillis() / 1e3) + " before the end";
  }

  /**
   * Why this scope is reported, though it may not have started the process.
   *
   * @param isHinted whether the text has named its likely start, which is some evidence
   */
  private void doubt(AmbiguousScope doubt, boolean isHinted) {
    String cameFrom = doubt.cameFrom();
    if (cameFrom != null) {
      text.append("  started in  ").append(Text.safe(cameFrom)).append(", which has ended\n");
    } else {
      text.append(isHinted ? "              nothing proves" : "              no evidence shows");
      text.append(" which of these scopes started it: ");
      text.append(Text.safe(names(doubt.candidates()))).append('\n');
    }
  }

  private static String names(List<String> names) {
    String first = String.join(", ", names.subList(0, Math.min(MOST_CANDIDATES, names.size())));
    int more = names.size() - MOST_CANDIDATES;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private void lastOutput(TreeNode.@Nullable Details details) {
    if (details != null && details.lastOutput() != null) {
      text.append("  last output ").append(Text.safe(Objects.requireNonNull(details.outputFile())));
      text.append(": \"").append(Text.safe(Objects.requireNonNull(details.lastOutput())));
      text.append("\"\n");
    }
  }

  private void survivors() {
    text.append(text.isEmpty() ? "" : "\n");
    text.append(Text.count(end.survivors().size(), "process", "processes"));
    text.append(" of ").append(scope).append(" survived SIGKILL for ");
    text.append(Text.seconds(end.killSeconds())).append('\n');
    survivors.forEach(one -> text.append("  ").append(one).append('\n'));
  }

  private void foreign(ProcessRecord process) {
    text.append("  not terminated: ").append(Text.process(process));
    text.append(
        ": this JVM adopted it, and nothing proves that this JVM started it: it carries no");
    text.append(
        " tag, and a process from before the activation or from outside may have forked it\n");
  }

  private void failedTrace(LaunchRecord launch) {
    text.append("  of `").append(Text.safe(String.join(" ", launch.spec().command())));
    text.append("` ").append(TraceText.failed(engine, launch)).append('\n');
  }

  private void guardianLoss(GuardianLoss loss) {
    OptionalInt status = loss.waitStatus();
    text.append("  the guardian (").append(loss.pid()).append(") ");
    text.append(
        status.isPresent()
            ? "was " + EndOfProcess.decoded(status.getAsInt())
            : "has ended, and code in this JVM has taken its status");
    text.append("; a new one took its place\n");
  }
}
