package io.github.subreaper;

import io.github.subreaper.internal.engine.Doubt;
import io.github.subreaper.internal.engine.Ended;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.GuardianLoss;
import io.github.subreaper.internal.engine.LaunchRecord;
import io.github.subreaper.internal.engine.ProcessRecord;
import io.github.subreaper.internal.engine.Scope;
import io.github.subreaper.internal.engine.ScopeEnd;
import io.github.subreaper.internal.engine.TreeNode;
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

/** What the end of a scope or launch found. */
public final class ScopeReport {
  private static final int CANDIDATES = 8;
  private static final int PLACES = 3;

  /** Of the leaks that are in no tree. */
  private static final int NAMED = 10;

  private final String scope;
  private final List<Descendant> leaked;
  private final List<Survivor> survivors;
  private final List<Descendant> foreign;
  private final Engine engine;
  private final Ended ended;
  private final String text;

  ScopeReport(Engine engine, ScopeEnd end) {
    this.scope = Text.safe(end.scope());
    this.leaked = Descendant.of(engine, end.leaked());
    this.survivors =
        end.survivors().stream().map(survivor -> new Survivor(engine, survivor)).toList();
    this.foreign = Descendant.of(engine, end.unproven());
    this.engine = engine;
    this.ended = end.ended();
    this.text = render(engine, end);
  }

  /**
   * The name of the scope, or the command of the launch.
   *
   * @return as given
   */
  public String scope() {
    return scope;
  }

  /**
   * The processes it should not have left; they have been terminated, except the {@link
   * #survivors()}.
   *
   * @return by first sight
   */
  public List<Descendant> leaked() {
    return leaked;
  }

  /**
   * The processes that could not be killed, or whose status a tracer keeps.
   *
   * @return with the reasons
   */
  public List<Survivor> survivors() {
    return survivors;
  }

  /**
   * Processes that were born since the scope was opened and that this JVM has adopted, while
   * nothing proves that it started them: they carry no tag, and something foreign that lived below
   * this JVM may have forked them. They were not ended. It is no fault of the scope: {@link
   * #isClean()} may be true.
   *
   * @return those that were alive at the end of the scope, by first sight
   */
  public List<Descendant> foreign() {
    return foreign;
  }

  /**
   * All processes of the scope, and of those that were ended with it, that have ended by now:
   * {@link Descendant#ending()} says of each whether by itself, by the stop signal or by SIGKILL.
   * The list is made anew by each call.
   *
   * @return by first sight
   */
  public List<Descendant> ended() {
    return Descendant.of(engine, ended.list());
  }

  /**
   * Whether nothing was leaked and nothing survived.
   *
   * @return true if so
   */
  public boolean isClean() {
    return leaked.isEmpty() && survivors.isEmpty();
  }

  private String render(Engine engine, ScopeEnd end) {
    StringBuilder result = new StringBuilder();
    if (!leaked.isEmpty()) {
      result.append(scope).append(" left ");
      result.append(Text.count(leaked.size(), "process", "processes"));
      result.append(" (").append(Endings.summary(engine, end.leaked())).append(")\n\n");
      end.diagnosis().forEach(node -> tree(engine, node, 0, end, result));
      Set<ProcessRecord> shown = new HashSet<>();
      end.diagnosis().forEach(node -> collect(node, shown));
      List<ProcessRecord> others =
          end.leaked().stream().filter(process -> !shown.contains(process)).toList();
      List<ProcessRecord> named = others.subList(0, Math.min(NAMED, others.size()));
      named.forEach(process -> notSeen(engine, process, result));
      if (others.size() > NAMED) {
        result.append("  and ").append(others.size() - NAMED).append(" more\n");
      }
      result.append('\n');
      boolean several = end.diagnosis().size() + named.size() > 1;
      evidence(engine, end, several, result);
      named.forEach(process -> origin(engine, process, end, several, result));
    }
    if (!survivors.isEmpty()) {
      if (!result.isEmpty()) {
        result.append('\n');
      }
      result.append(Text.count(survivors.size(), "process", "processes"));
      result.append(" of ").append(scope).append(" survived SIGKILL for ");
      result.append(Text.seconds(end.killSeconds())).append('\n');
      survivors.forEach(survivor -> result.append("  ").append(survivor).append('\n'));
    }
    Endings endings = new Endings(engine, end.ended());
    if (result.isEmpty()) {
      result.append(verdict(end.isLaunch(), endings.terminated())).append('\n');
    } else {
      result.append('\n');
    }
    result.append(endings.lines());
    foreign.forEach(process -> notEnded(process, result));
    for (GuardianLoss loss : end.guardianLosses()) {
      OptionalInt status = loss.waitStatus();
      result.append("  the guardian (").append(loss.pid()).append(") ");
      result.append(
          status.isPresent()
              ? "was " + Descendant.decoded(status.getAsInt())
              : "has ended, and code of this JVM has taken its status");
      result.append("; a new one took its place\n");
    }
    return result.toString().stripTrailing();
  }

  private static void notEnded(Descendant process, StringBuilder result) {
    result.append("  not ended: ").append(process);
    result.append(": adopted by this JVM, and nothing proves that this JVM started it: it carries");
    result.append(
        " no tag, and what lived here before, or came from outside, may have forked it\n");
  }

  private String verdict(boolean isLaunch, int terminated) {
    String verdict = scope + (isLaunch ? " was stopped" : " leaked nothing");
    return terminated == 0
        ? verdict
        : verdict
            + (isLaunch ? "; " : "; at its end ")
            + Text.count(terminated, "process was", "processes were")
            + " terminated";
  }

  private static void tree(
      Engine engine, TreeNode node, int depth, ScopeEnd end, StringBuilder result) {
    String indent = depth == 0 ? "" : "    ".repeat(depth - 1) + "  \\_ ";
    String line =
        String.format(
            Locale.ROOT,
            "  %d %-2s %s%s",
            node.stat().pid(),
            node.statText(),
            indent,
            Text.command(node.name(), node.commandLine()));
    result.append(String.format(Locale.ROOT, "%-42s ← leaked", line));
    if (depth == 0) {
      String settled = Text.seconds(end.settledSeconds());
      result.append(settled.equals("0.0 s") ? ", alive at" : ", still alive " + settled + " after");
      result.append(" the end");
      ProcessRecord parent = node.process().parent();
      if (node.adoptedAt() != null) {
        result.append("; adopted");
        if (parent != null) {
          String status = new Descendant(engine, parent).exitStatus().map(s -> ", " + s).orElse("");
          result.append(" from ").append(Text.safe(parent.name()));
          result.append(" (").append(parent.pid()).append(status).append(')');
        }
      }
    }
    result.append("; ").append(Endings.inFull(engine, node.process())).append('\n');
    listening(node, result);
    node.children().forEach(child -> tree(engine, child, depth + 1, end, result));
  }

  private static void collect(TreeNode node, Set<ProcessRecord> all) {
    all.add(node.process());
    node.children().forEach(child -> collect(child, all));
  }

  /** A link of a chain, of which nobody lives for long; or all of a tree that could not be read. */
  private static void notSeen(Engine engine, ProcessRecord process, StringBuilder result) {
    String command = Text.command(process.name(), process.commandLine());
    String line = String.format(Locale.ROOT, "  %d    %s", process.pid(), command);
    result.append(String.format(Locale.ROOT, "%-42s ← leaked", line));
    result.append("; ").append(Endings.inFull(engine, process)).append('\n');
  }

  private static void listening(TreeNode node, StringBuilder result) {
    TreeNode.Details details = node.details();
    if (details != null) {
      List<String> places = new ArrayList<>();
      for (InetSocketAddress address : details.listening().tcp()) {
        places.add(address.getAddress().getHostAddress() + ":" + address.getPort());
      }
      places.addAll(details.listening().unix());
      if (!places.isEmpty()) {
        result.append("        listening on ").append(Text.safe(String.join(", ", places)));
        result.append('\n');
      }
    }
  }

  private static void evidence(Engine engine, ScopeEnd end, boolean several, StringBuilder result) {
    for (TreeNode node : end.diagnosis()) {
      origin(engine, node.process(), end, several, result);
      TreeNode.Details details = node.details();
      if (details != null && details.lastOutput() != null) {
        result
            .append("  last output ")
            .append(Text.safe(Objects.requireNonNull(details.outputFile())));
        result.append(": \"").append(Text.safe(Objects.requireNonNull(details.lastOutput())));
        result.append("\"\n");
      }
    }
  }

  private static void origin(
      Engine engine, ProcessRecord process, ScopeEnd end, boolean several, StringBuilder result) {
    result.append("  started by  ").append(starter(engine, process)).append(", ");
    result.append(age(process, end));
    result.append(several ? ": " + process.pid() + " " + Text.safe(process.name()) : "");
    result.append('\n');
    doubt(process, result);
  }

  private static String starter(Engine engine, ProcessRecord process) {
    LaunchRecord launch = process.launch();
    StackTraceElement place = process.place();
    if (launch != null) {
      String command = Text.safe(String.join(" ", launch.spec().command()));
      return "Supervisor.launch of `" + command + "`" + in(place);
    }
    String thread = process.startingThread();
    if (thread != null) {
      return "ProcessBuilder"
          + in(place)
          + (place != null && process.doubt() == null
              ? ""
              : " on the thread \"" + Text.safe(thread) + "\"");
    }
    List<StackTraceElement> places = process.possiblePlaces();
    String which =
        places.isEmpty()
            ? "where in the code is not known: " + engine.whyUnexplained()
            : "which start it comes from is not known: it can be that in " + some(places);
    return (process.isTagless()
            ? "this JVM or one of its launches ("
            : "this JVM, not through a Supervisor (")
        + process.pid()
        + tag(engine, process)
        + which
        + ")";
  }

  private static String tag(Engine engine, ProcessRecord process) {
    if (process.isHidden()) {
      return " shows no tag, since /proc is mounted with hidepid; ";
    }
    if (process.isTagless()) {
      return " carries no tag any more: it, or what forked it, has changed RLIMIT_LOCKS; ";
    }
    return engine.isTagInLimit()
        ? " carries the session's tag and no launch's; "
        : " carries no launch's tag; ";
  }

  private static String some(List<StackTraceElement> places) {
    List<String> texts = places.stream().map(place -> Text.safe(place.toString())).toList();
    String shown = String.join(" or ", texts.subList(0, Math.min(PLACES, texts.size())));
    int more = texts.size() - PLACES;
    return more > 0 ? shown + " or one of " + more + " more" : shown;
  }

  private static String in(@Nullable StackTraceElement place) {
    return place == null ? "" : " in " + Text.safe(place.toString());
  }

  private static String age(ProcessRecord process, ScopeEnd end) {
    Scope scope = process.scope();
    Instant asked = scope == null ? null : scope.endBegan();
    Duration age = Duration.between(process.startTime(), asked == null ? end.endedAt() : asked);
    return age.isNegative()
        ? "after the end had begun"
        : Text.seconds(age.toMillis() / 1e3) + " before the end";
  }

  /** Why it is this scope that is blamed. */
  private static void doubt(ProcessRecord process, StringBuilder result) {
    Doubt doubt = process.doubt();
    if (doubt == null) {
      return;
    }
    String cameFrom = doubt.cameFrom();
    if (cameFrom != null) {
      result.append("  started in  ").append(Text.safe(cameFrom)).append(", which has ended\n");
    } else {
      result.append("              no evidence says which of those that ran then started it: ");
      result.append(Text.safe(names(doubt.candidates()))).append('\n');
    }
  }

  private static String names(List<String> names) {
    String first = String.join(", ", names.subList(0, Math.min(CANDIDATES, names.size())));
    int more = names.size() - CANDIDATES;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  /**
   * The whole report for people, with all that was captured before the kill.
   *
   * @return several lines if something was left
   */
  @Override
  public String toString() {
    return text;
  }
}
