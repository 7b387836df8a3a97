package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.assertj.shapes.ShapeAttribute.Flag;
import io.github.subreaper.internal.text.GlobMatcher;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes the tree that was found as an approved shape, the same on each machine and in each run.
 * The rules are at {@link ProcessTreeAssert#matchesApprovedShape()}.
 */
public final class ShapeWriter implements ShapeMatch.Unstated {
  private final Surroundings surroundings;
  private final List<SeenProcess> tree;
  private final Surroundings.Lines lines;
  private final Map<SeenProcess, List<Line>> blocks = new HashMap<>();

  /**
   * A line of a shape.
   *
   * @param depth 0 for a root; {@link #RAW} if the text is the whole line
   * @param text without indentation
   */
  record Line(int depth, String text) {
    private static final int RAW = -1;

    static Line raw(String text) {
      return new Line(RAW, text);
    }

    Line below(int depth) {
      return this.depth == RAW ? this : new Line(this.depth + depth, text);
    }
  }

  /**
   * Writes a tree.
   *
   * @param tree as {@link SeenProcess#all} returns it
   */
  public ShapeWriter(Surroundings surroundings, List<SeenProcess> tree) {
    this.surroundings = surroundings;
    this.tree = tree;
    this.lines = surroundings.lines(tree.subList(1, tree.size()));
  }

  /** Returns the lines of the whole tree. */
  public List<Line> all() {
    return siblings(tree.get(0).children());
  }

  /** Returns the lines of processes and all below them: sorted, and equal ones as one. */
  List<Line> siblings(List<SeenProcess> processes) {
    Map<String, List<SeenProcess>> equal = new TreeMap<>();
    for (SeenProcess process : processes) {
      equal.computeIfAbsent(text(block(process)), unknown -> new ArrayList<>()).add(process);
    }
    List<Line> all = new ArrayList<>();
    for (List<SeenProcess> same : equal.values()) {
      SeenProcess first = same.get(0);
      all.add(new Line(0, head(first, same.size())));
      List<Line> block = block(first);
      all.addAll(block.subList(1, block.size()));
    }
    return all;
  }

  /** Returns a process and all below it. Children are written first: a chain may be long. */
  private List<Line> block(SeenProcess process) {
    int start = process.position();
    for (int i = start + process.size() - 1; i >= start; i--) {
      SeenProcess one = tree.get(i);
      if (!blocks.containsKey(one)) {
        List<Line> block = new ArrayList<>(List.of(new Line(0, head(one, 1))));
        siblings(one.children()).forEach(line -> block.add(line.below(1)));
        blocks.put(one, block);
      }
    }
    return blocks.getOrDefault(process, List.of());
  }

  public static String text(List<Line> lines) {
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      text.append("  ".repeat(Math.max(0, line.depth))).append(line.text).append('\n');
    }
    return text.toString();
  }

  /** Returns the line of as many processes that look like this one. */
  String head(SeenProcess process, int count) {
    List<String> attributes = new ArrayList<>();
    for (Flag flag : List.of(Flag.ORPHAN, Flag.STOPPED)) {
      if (process.is(flag)) {
        attributes.add(flag.word);
      }
    }
    attributes.addAll(unstatedAttributes(process, Set.of()));
    String words = String.join(" ", process.commandLine());
    String text = words.isEmpty() ? process.name() : SeenProcess.withBaseName(words);
    return line(lines.glob(text), quantifier(count), attributes);
  }

  static String quantifier(int count) {
    return count == 1 ? "" : "{" + count + "}";
  }

  static String line(String glob, String quantifier, List<String> attributes) {
    return glob
        + (quantifier.isEmpty() ? "" : " " + quantifier)
        + (attributes.isEmpty() ? "" : " [" + String.join(", ", attributes) + "]");
  }

  /** Returns what a line must name: another user than this JVM's, and sockets. */
  List<String> unstatedAttributes(SeenProcess process, Set<ShapeAttribute> stated) {
    Set<String> found = new LinkedHashSet<>();
    if (isUserUnstated(process, stated)) {
      String user = process.user();
      found.add("uid=" + (user.matches("[\\w.-]+") ? user : process.uid().orElseThrow()));
    }
    for (String address : unstatedAddresses(process, stated)) {
      found.add("listens=" + port(address));
    }
    for (String socket : unstatedSockets(process, stated)) {
      found.add("listens=" + attribute(socket));
    }
    if (process.addresses().stream()
        .filter(address -> surroundings.reserved().test(port(address)))
        .anyMatch(address -> stated.stream().noneMatch(one -> states(one, address)))) {
      found.add("listens=*");
    }
    return List.copyOf(found);
  }

  /** An attribute begins with a slash, an at sign or a wildcard; commas and brackets end it. */
  private String attribute(String socket) {
    String glob = lines.glob(socket);
    StringBuilder escaped = new StringBuilder(glob.matches("[/@*].*") ? "" : "*");
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (c == '\\') {
        escaped.append(c).append(glob.charAt(++i));
      } else {
        escaped.append(c == ',' || c == '[' || c == ']' ? "\\" : "").append(c);
      }
    }
    return escaped.toString();
  }

  /** Judges a user other than this JVM's, and sockets: a line that was approved names them. */
  @Override
  public List<String> of(SeenProcess process, Set<ShapeAttribute> stated) {
    List<String> found = new ArrayList<>();
    if (isUserUnstated(process, stated)) {
      found.add("runs as " + process.user() + " (uid " + process.uid().orElseThrow() + ")");
    }
    List<String> sockets = new ArrayList<>(unstatedAddresses(process, stated));
    sockets.addAll(unstatedSockets(process, stated));
    if (!sockets.isEmpty()) {
      found.add(
          "listens on " + String.join(", ", sockets.stream().map(Naming::printable).toList()));
    }
    return found;
  }

  private boolean isUserUnstated(SeenProcess process, Set<ShapeAttribute> stated) {
    return stated.stream().noneMatch(ShapeAttribute.User.class::isInstance)
        && process.uid().isPresent()
        && surroundings.uid().isPresent()
        && process.uid().getAsInt() != surroundings.uid().getAsInt();
  }

  private List<String> unstatedAddresses(SeenProcess process, Set<ShapeAttribute> stated) {
    return process.addresses().stream()
        .filter(address -> !surroundings.varies(port(address)))
        .filter(address -> stated.stream().noneMatch(one -> states(one, address)))
        .toList();
  }

  private static boolean states(ShapeAttribute attribute, String address) {
    return attribute instanceof ShapeAttribute.Port port
        ? port.port() == port(address)
        : attribute instanceof ShapeAttribute.Socket socket
            && new GlobMatcher(socket.text()).matches(address);
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private static List<String> unstatedSockets(SeenProcess process, Set<ShapeAttribute> stated) {
    return process.sockets().stream()
        .filter(socket -> !Surroundings.isNamedByTheKernel(socket))
        .filter(socket -> stated.stream().noneMatch(one -> states(one, socket, process)))
        .toList();
  }

  private static boolean states(ShapeAttribute attribute, String bound, SeenProcess process) {
    if (!(attribute instanceof ShapeAttribute.Socket socket)) {
      return false;
    }
    GlobMatcher glob = new GlobMatcher(socket.text());
    Path absolute =
        process.workingDirectory().map(from -> from.resolve(bound)).orElse(Path.of(bound));
    return glob.matches(bound) || glob.matches(absolute.normalize().toString());
  }
}
