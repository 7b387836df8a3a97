package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.access.SnapshotNode;
import io.github.subreaper.internal.assertj.facts.Listening;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** A process as a shape sees it; {@code toString()} is its line in a shape. */
public interface ShapeNode {
  String name();

  OptionalLong pid();

  List<String> commandLine();

  boolean isOrphan();

  boolean isSessionLeader();

  boolean isStopped();

  OptionalInt uid();

  Optional<String> user();

  Optional<Path> workingDirectory();

  boolean listensOn(int port);

  boolean listensOn(Path socket);

  /** Returns the TCP addresses on which the process listens. */
  List<String> addresses();

  /** Returns the unix sockets on which the process listens, as they were bound. */
  List<String> sockets();

  /** Returns the addresses and paths on which the process listens. */
  default List<String> listening() {
    return Stream.concat(addresses().stream(), sockets().stream()).toList();
  }

  List<? extends ShapeNode> children();

  static List<ShapeNode> of(List<SnapshotNode> nodes) {
    return nodes.stream().<ShapeNode>map(Real::new).toList();
  }

  /** A process of a snapshot. What the snapshot lacks is read on demand. */
  record Real(SnapshotNode node) implements ShapeNode {
    @Override
    public String name() {
      return node.name();
    }

    @Override
    public OptionalLong pid() {
      return OptionalLong.of(node.process().pid());
    }

    @Override
    public List<String> commandLine() {
      return node.commandLine();
    }

    @Override
    public boolean isOrphan() {
      return node.isOrphan();
    }

    @Override
    public boolean isSessionLeader() {
      return node.isSessionLeader();
    }

    @Override
    public boolean isStopped() {
      return node.isStopped();
    }

    @Override
    public OptionalInt uid() {
      return node.uid();
    }

    @Override
    public Optional<String> user() {
      return node.user();
    }

    @Override
    public Optional<Path> workingDirectory() {
      return node.workingDirectory();
    }

    @Override
    public boolean listensOn(int port) {
      return Listening.on(port, node.process());
    }

    @Override
    public boolean listensOn(Path socket) {
      return Listening.on(socket, node.process());
    }

    @Override
    public List<String> addresses() {
      return Listening.addresses(node.process());
    }

    @Override
    public List<String> sockets() {
      return Listening.paths(List.of(node.process()));
    }

    @Override
    public List<ShapeNode> children() {
      return of(node.children());
    }

    @Override
    public String toString() {
      return node.toString();
    }
  }
}
