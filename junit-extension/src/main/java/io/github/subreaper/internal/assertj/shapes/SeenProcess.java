package io.github.subreaper.internal.assertj.shapes;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A process of a tree that is compared with a shape. It reads each attribute once. */
public final class SeenProcess {
  private final @Nullable ShapeNode node;
  private final int depth;
  private final String name;
  private final List<String> commandLine;
  private final Set<String> texts = new LinkedHashSet<>();
  private final List<SeenProcess> children = new ArrayList<>();
  private final Map<ShapeAttribute, Optional<String>> differences = new HashMap<>();
  private int position;
  private int size = 1;
  private @Nullable List<String> addresses;
  private @Nullable List<String> sockets;
  private @Nullable OptionalInt uid;

  private SeenProcess(@Nullable ShapeNode node, int depth) {
    this.node = node;
    this.depth = depth;
    this.name = node == null ? "" : node.name();
    this.commandLine = node == null ? List.of() : node.commandLine();
    texts.add(name);
    if (!commandLine.isEmpty()) {
      String words = String.join(" ", commandLine);
      texts.add(words);
      texts.add(withBaseName(words));
    }
  }

  /** Returns a command line with the base name in place of its first word. */
  static String withBaseName(String words) {
    int space = words.indexOf(' ');
    int end = space < 0 ? words.length() : space;
    int start = words.lastIndexOf('/', end - 1) + 1;
    return start < end ? words.substring(start) : words;
  }

  /** Returns all processes of a tree, parents before children, and first a root above all roots. */
  public static List<SeenProcess> all(List<? extends ShapeNode> roots) {
    SeenProcess above = new SeenProcess(null, -1);
    List<SeenProcess> all = new ArrayList<>(List.of(above));
    Deque<SeenProcess> next = new ArrayDeque<>();
    above.add(roots, next);
    while (!next.isEmpty()) {
      SeenProcess one = next.pop();
      one.position = all.size();
      all.add(one);
      if (one.node != null) {
        one.add(one.node.children(), next);
      }
    }
    for (int i = all.size() - 1; i >= 0; i--) {
      for (SeenProcess child : all.get(i).children) {
        all.get(i).size += child.size;
      }
    }
    return all;
  }

  private void add(List<? extends ShapeNode> nodes, Deque<SeenProcess> next) {
    for (ShapeNode child : nodes) {
      children.add(new SeenProcess(child, depth + 1));
    }
    for (int i = children.size() - 1; i >= 0; i--) {
      next.push(children.get(i));
    }
  }

  OptionalLong pid() {
    return node == null ? OptionalLong.empty() : node.pid();
  }

  String name() {
    return name;
  }

  /** Returns the words of the command line; none if unknown. */
  public List<String> commandLine() {
    return Collections.unmodifiableList(commandLine);
  }

  /** Returns the texts that a glob without wildcards may equal, as {@code Glob} defines them. */
  Set<String> texts() {
    return Collections.unmodifiableSet(texts);
  }

  int depth() {
    return depth;
  }

  List<SeenProcess> children() {
    return Collections.unmodifiableList(children);
  }

  /** Returns the index in {@link #all}. */
  int position() {
    return position;
  }

  /** Counts the process and all below it. */
  int size() {
    return size;
  }

  /** Returns how the process differs from these attributes. */
  List<String> differences(Set<ShapeAttribute> attributes) {
    List<String> found = new ArrayList<>();
    for (ShapeAttribute attribute : attributes) {
      differences.computeIfAbsent(attribute, this::read).ifPresent(found::add);
    }
    return found;
  }

  private Optional<String> read(ShapeAttribute attribute) {
    return node == null ? Optional.empty() : Optional.ofNullable(attribute.differenceOf(node));
  }

  /** Returns the TCP addresses on which it listened when this was first asked. */
  public List<String> addresses() {
    if (addresses == null) {
      addresses = node == null ? List.of() : node.addresses();
    }
    return Collections.unmodifiableList(addresses);
  }

  /** Returns the unix sockets on which it listened when this was first asked. */
  List<String> sockets() {
    if (sockets == null) {
      sockets = node == null ? List.of() : node.sockets();
    }
    return Collections.unmodifiableList(sockets);
  }

  /** Returns the real user that it had when this was first asked. */
  OptionalInt uid() {
    if (uid == null) {
      uid = node == null ? OptionalInt.empty() : node.uid();
    }
    return uid;
  }

  String user() {
    return node == null ? "" : node.user().orElse("" + uid().orElse(-1));
  }

  Optional<Path> workingDirectory() {
    return node == null ? Optional.empty() : node.workingDirectory();
  }

  boolean is(ShapeAttribute.Flag flag) {
    return node != null && flag.differenceOf(node) == null;
  }

  /** Returns the line of the process in a shape. */
  @Override
  public String toString() {
    return String.valueOf(node);
  }
}
