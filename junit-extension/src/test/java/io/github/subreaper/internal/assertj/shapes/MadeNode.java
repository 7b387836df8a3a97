package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.ProcessTree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A made-up process, for trees that would take too long to start and for names that no program
 * takes. {@link ShapeAssertTest} uses real processes.
 *
 * @param flags the attributes that the process has
 */
record MadeNode(
    String name, List<String> commandLine, Set<ShapeAttribute> flags, List<MadeNode> children)
    implements ShapeNode {

  static MadeNode of(String commandLine, MadeNode... children) {
    return new MadeNode(
        commandLine.split(" ", -1)[0], List.of(commandLine), Set.of(), List.of(children));
  }

  MadeNode with(ShapeAttribute... attributes) {
    return new MadeNode(name, commandLine, Set.of(attributes), children);
  }

  MadeNode below(List<MadeNode> others) {
    return new MadeNode(name, commandLine, flags, others);
  }

  /** Draws what `ProcessTree.toShape()` draws for a real tree. */
  static String shape(List<MadeNode> roots) {
    StringBuilder text = new StringBuilder();
    shape(roots, "", text);
    return text.toString();
  }

  private static void shape(List<MadeNode> siblings, String indent, StringBuilder text) {
    for (MadeNode node : siblings) {
      text.append(indent).append(node).append('\n');
      shape(node.children, indent + "  ", text);
    }
  }

  static List<MadeNode> all(List<MadeNode> roots) {
    List<MadeNode> all = new ArrayList<>();
    for (MadeNode root : roots) {
      all.add(root);
      all.addAll(all(root.children));
    }
    return all;
  }

  @Override
  public OptionalLong pid() {
    return OptionalLong.empty();
  }

  @Override
  public boolean isOrphan() {
    return flags.contains(ShapeAttribute.Flag.ORPHAN);
  }

  @Override
  public boolean isSessionLeader() {
    return flags.contains(ShapeAttribute.Flag.SESSION_LEADER);
  }

  @Override
  public boolean isStopped() {
    return flags.contains(ShapeAttribute.Flag.STOPPED);
  }

  @Override
  public OptionalInt uid() {
    return user().isPresent()
        ? OptionalInt.of(user().get().equals("root") ? 0 : 65534)
        : OptionalInt.empty();
  }

  @Override
  public Optional<String> user() {
    return flags.stream()
        .filter(ShapeAttribute.User.class::isInstance)
        .map(flag -> ((ShapeAttribute.User) flag).nameOrNumber())
        .findFirst();
  }

  @Override
  public Optional<Path> workingDirectory() {
    return flags.stream()
        .filter(ShapeAttribute.Directory.class::isInstance)
        .map(flag -> Path.of(((ShapeAttribute.Directory) flag).text()))
        .findFirst();
  }

  @Override
  public boolean listensOn(int port) {
    return flags.contains(new ShapeAttribute.Port(port));
  }

  @Override
  public boolean listensOn(Path socket) {
    return flags.contains(new ShapeAttribute.Socket(socket.toString()));
  }

  @Override
  public List<String> addresses() {
    return flags.stream()
        .filter(ShapeAttribute.Port.class::isInstance)
        .map(flag -> "127.0.0.1:" + ((ShapeAttribute.Port) flag).port())
        .toList();
  }

  @Override
  public List<String> sockets() {
    return flags.stream()
        .filter(ShapeAttribute.Socket.class::isInstance)
        .map(flag -> ((ShapeAttribute.Socket) flag).text())
        .toList();
  }

  @Override
  public String toString() {
    String text = ProcessTree.quote(commandLine.isEmpty() ? name : String.join(" ", commandLine));
    List<String> shown = new ArrayList<>();
    if (isOrphan()) {
      shown.add("orphan");
    }
    if (isStopped()) {
      shown.add("stopped");
    }
    return text + (shown.isEmpty() ? "" : " [" + String.join(", ", shown) + "]");
  }
}
