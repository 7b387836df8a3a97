package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.messages.FailureContext;
import io.github.subreaper.internal.messages.ProcessTreeText;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.GlobMatcher;
import io.github.subreaper.internal.text.ShapeText;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The processes of a scope, of a launch or below one process that were alive at one moment.
 * Immutable: {@link #awaitUntil} takes new snapshots.
 *
 * <pre>{@code
 * ProcessTree tree = supervisor.tree();
 * System.out.print(tree);                         // as ps afx shows it
 * List<Descendant> workers = tree.find("nginx: worker*");
 * tree.awaitUntil(now -> now.size() == 3);        // of the same scope, later
 * }</pre>
 *
 * @since 0.1.0
 */
public final class ProcessTree {
  private final Source source;
  private final List<TreeNode> nodes;

  private ProcessTree(Source source, List<TreeNode> nodes) {
    this.source = source;
    this.nodes = nodes;
  }

  static ProcessTree of(Engine engine, Scope scope) {
    return now(source(engine, scope));
  }

  /** Makes a tree of what was read before. */
  static ProcessTree of(Engine engine, Scope scope, List<TreeNode> nodes) {
    return new ProcessTree(source(engine, scope), nodes);
  }

  private static Source source(Engine engine, Scope scope) {
    return new Source(
        engine,
        () -> engine.queries().snapshot(scope),
        () -> !scope.isOpen(),
        () -> engine.queries().anyAlive(scope),
        () -> scope.name() + " has ended",
        () -> FailureContext.of(engine, scope),
        () -> scope.policy().await());
  }

  static ProcessTree of(Engine engine, LaunchRecord launch) {
    return now(source(engine, launch));
  }

  /** Makes a tree of what was read before. */
  static ProcessTree of(Engine engine, LaunchRecord launch, List<TreeNode> nodes) {
    return new ProcessTree(source(engine, launch), nodes);
  }

  private static Source source(Engine engine, LaunchRecord launch) {
    return new Source(
        engine,
        () -> engine.queries().snapshot(launch),
        () -> !launch.process().isAlive(),
        () -> engine.queries().anyAlive(launch),
        () -> "every process of the launch has ended",
        () -> FailureContext.of(engine, launch),
        () -> launch.scope().policy().await());
  }

  /** Makes a tree of one process and all below it. */
  static ProcessTree of(
      Engine engine, ProcessRecord top, Supplier<String> situation, Supplier<Duration> await) {
    return now(
        new Source(
            engine,
            () -> {
              Set<ProcessRecord> below = new HashSet<>(engine.queries().tree(top));
              return engine.snapshots().snapshot(below::contains, false);
            },
            () -> true,
            top::isAlive,
            () -> "the process has ended",
            situation,
            await));
  }

  private static ProcessTree now(Source source) {
    return new ProcessTree(source, source.snapshot().get());
  }

  /**
   * Where a tree comes from.
   *
   * @param beginsNothing whether only processes of the tree could still add to it
   * @param over why nothing can change any more
   * @param situation the context of a failure
   * @param await how long to wait where no time is given
   */
  private record Source(
      Engine engine,
      Supplier<List<TreeNode>> snapshot,
      BooleanSupplier beginsNothing,
      BooleanSupplier anyAlive,
      Supplier<String> over,
      Supplier<String> situation,
      Supplier<Duration> await) {}

  /** Takes a new snapshot of the same scope, launch or process. */
  ProcessTree refreshed() {
    return now(source);
  }

  /**
   * Takes snapshots until one meets a condition, as long as the scope's {@code await}.
   *
   * @param condition what is wanted
   * @return as {@link #awaitUntil(Predicate, Duration)}
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   */
  public ProcessTree awaitUntil(Predicate<? super ProcessTree> condition) {
    return awaitUntil(condition, source.await().get());
  }

  /**
   * Takes snapshots, at once and then at every change, until one meets a condition. It ends early
   * when no process is left that could change the tree.
   *
   * @param condition what is wanted
   * @param timeout zero takes one snapshot
   * @return the first tree that meets the condition
   * @throws WaitTimeoutException if there is none in time, or can no longer be one
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException for a negative duration
   */
  public ProcessTree awaitUntil(Predicate<? super ProcessTree> condition, Duration timeout) {
    Objects.requireNonNull(condition, "condition");
    Durations.notNegative("timeout", timeout);
    boolean[] anyAlive = {true};
    return new Waits(source.engine(), source.over(), source.situation())
        .until(
            "a tree as wanted",
            timeout,
            () -> {
              // asked before the snapshot, which then has what the last process started
              boolean over = source.beginsNothing().getAsBoolean();
              ProcessTree now = refreshed();
              anyAlive[0] = !over || !now.nodes.isEmpty() || source.anyAlive().getAsBoolean();
              return condition.test(now) ? now : null;
            },
            () -> anyAlive[0]);
  }

  /** Describes the tree now, and what is known of its processes, for failure messages. */
  String describe() {
    return source.situation().get();
  }

  Engine engine() {
    return source.engine();
  }

  List<TreeNode> nodes() {
    return nodes;
  }

  /**
   * Returns the processes whose parent is this JVM: launched ones, orphans, and children of the
   * code under test.
   *
   * @return in the order of their pids
   */
  public List<Descendant> roots() {
    return nodes.stream().map(node -> new Descendant(source.engine(), node.process())).toList();
  }

  /**
   * Returns how many processes were alive.
   *
   * @return zero if none
   */
  public int size() {
    return flat().size();
  }

  /**
   * Finds processes by name or command line.
   *
   * @param glob with {@code *} and {@code ?}, see {@link Glob}
   * @return those that match, parents before children
   */
  public List<Descendant> find(String glob) {
    GlobMatcher wanted = new GlobMatcher(Objects.requireNonNull(glob, "glob"));
    return flat().stream()
        .map(Placed::node)
        .filter(node -> wanted.matches(node.name(), node.commandLine()))
        .map(node -> new Descendant(source.engine(), node.process()))
        .toList();
  }

  private record Placed(TreeNode node, int depth) {}

  /** Parents before children. Without recursion: a chain may be longer than a stack is deep. */
  private List<Placed> flat() {
    List<Placed> all = new ArrayList<>();
    Deque<Placed> next = new ArrayDeque<>();
    push(next, nodes, 0);
    while (!next.isEmpty()) {
      Placed placed = next.pop();
      all.add(placed);
      push(next, placed.node.children(), placed.depth + 1);
    }
    return all;
  }

  private static void push(Deque<Placed> next, List<TreeNode> siblings, int depth) {
    for (int i = siblings.size() - 1; i >= 0; i--) {
      next.push(new Placed(siblings.get(i), depth));
    }
  }

  /**
   * Draws the tree as {@code ps afx} does: pid, terminal, state, CPU time, and the command below
   * its parent's, with a note on each adopted process.
   *
   * @return a line for each process, and in a tree of more than 20 one for equal siblings; empty
   *     for an empty tree
   */
  @Override
  public String toString() {
    return ProcessTreeText.asPs(nodes);
  }

  /**
   * Draws the tree as failures show it: two spaces for each level, the command line, and in
   * brackets what is special about the process. It is a pattern that matches this tree: see {@link
   * #quote}.
   *
   * @return a line for each process, empty for an empty tree
   */
  public String toShape() {
    StringBuilder text = new StringBuilder();
    for (Placed placed : flat()) {
      text.append("  ".repeat(placed.depth))
          .append(ProcessTreeText.shapeLine(placed.node))
          .append('\n');
    }
    return text.toString();
  }

  /**
   * Writes a name or command line as a line of a shape. The result is one line without wildcards:
   * it matches this text, whatever it contains, and by the rule of {@link Glob} also this text
   * behind a directory. Control characters and all invisible ones are written {@code \n}, {@code
   * \t}, {@code \x1b} or {@code \x{202e}}.
   *
   * @param text any text
   * @return a pattern, with a backslash before each character that would mean something else
   */
  public static String quote(String text) {
    return ShapeText.quote(Objects.requireNonNull(text, "text"));
  }
}
