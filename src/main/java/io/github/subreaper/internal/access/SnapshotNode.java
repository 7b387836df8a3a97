package io.github.subreaper.internal.access;

import io.github.subreaper.Descendant;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.TreeNode;
import io.github.subreaper.internal.messages.ProcessTreeText;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** One process of a tree. What does not say "now" is as it was when the tree was read. */
@SuppressWarnings("exports") // the engine, for the public package, which makes it
public final class SnapshotNode {
  private final Engine engine;
  private final TreeNode node;
  private final Descendant process;
  private final Supplier<List<SnapshotNode>> children;

  public SnapshotNode(
      Engine engine, TreeNode node, Descendant process, Supplier<List<SnapshotNode>> children) {
    this.engine = engine;
    this.node = node;
    this.process = process;
    this.children = children;
  }

  /** Returns the process, which may have ended meanwhile. */
  public Descendant process() {
    return process;
  }

  /** Returns its name as {@code ps} shows it, proc_pid_comm(5). */
  public String name() {
    return node.name();
  }

  /** Returns its arguments, or the title that it had written over them, proc_pid_cmdline(5). */
  public List<String> commandLine() {
    return node.commandLine();
  }

  /** Returns whether this JVM had adopted it; false for what was below an orphan. */
  public boolean isOrphan() {
    return node.adoptedAt() != null;
  }

  /** Returns whether it led its session, setsid(2). */
  public boolean isSessionLeader() {
    return node.stat().session() == node.stat().pid();
  }

  /** Returns whether it was stopped, by a signal or a tracer. */
  public boolean isStopped() {
    return node.stat().isStopped();
  }

  /** Returns the real user id that it has now, or the last one observed; empty if unknown. */
  public OptionalInt uid() {
    return engine.snapshots().uid(node.process());
  }

  /** Returns the name of that user in passwd(5), or the number where there is none. */
  public Optional<String> user() {
    return uid().stream().mapToObj(uid -> engine.kernel().users().name(uid)).findFirst();
  }

  /** Returns the directory that it works in now, or the last one observed; empty if unknown. */
  public Optional<Path> workingDirectory() {
    return Optional.ofNullable(engine.snapshots().workingDirectory(node.process())).map(Path::of);
  }

  /** Returns the processes whose parent it was, by pid. */
  public List<SnapshotNode> children() {
    return children.get();
  }

  /** Returns its line in a shape, without indentation. */
  @Override
  public String toString() {
    return ProcessTreeText.shapeLine(node);
  }
}
