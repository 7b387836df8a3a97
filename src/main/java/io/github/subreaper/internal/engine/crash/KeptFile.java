package io.github.subreaper.internal.engine.crash;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that is about to lose its name, or that is mapped. It is held open, so that its inode is
 * not given to another file.
 *
 * @param open null of what is no regular file or directory
 * @param link what a symbolic link names; null of others
 */
record KeptFile(@Nullable Closeable open, @Nullable Path link, Map<String, Object> attributes) {
  private static final String ATTRIBUTES = "unix:mode,uid,gid";
  private static final int PIECE = 1 << 16;

  @SuppressWarnings("StreamResourceLeak") // close() closes it
  static KeptFile of(Path file, BasicFileAttributes its, LinkOption... options) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(file, ATTRIBUTES, options);
    if (its.isRegularFile()) {
      return new KeptFile(FileChannel.open(file, StandardOpenOption.READ), null, attributes);
    } else if (its.isDirectory()) {
      return new KeptFile(Files.newDirectoryStream(file), null, attributes);
    }
    return new KeptFile(
        null, its.isSymbolicLink() ? Files.readSymbolicLink(file) : null, attributes);
  }

  void close() {
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      return; // nothing was written to it
    }
  }

  boolean isDirectory() {
    return open != null && !(open instanceof FileChannel);
  }

  /** Writes what it contains. */
  void copyTo(Path target) throws IOException {
    if (open instanceof FileChannel channel) {
      copy(channel, target);
    }
  }

  /** Gives its owner and mode to another one. */
  void describe(Path other) throws IOException {
    set(other, attributes);
  }

  /** Gives the owner and mode of one file to another one. */
  static void describe(Path other, Path as) throws IOException {
    set(other, Files.readAttributes(as, ATTRIBUTES));
  }

  private static void set(Path file, Map<String, Object> attributes) throws IOException {
    for (String name : new String[] {"gid", "uid", "mode"}) { // the mode last: a new owner has none
      Object value = attributes.get(name);
      if (!Files.getAttribute(file, "unix:" + name).equals(value)) {
        Files.setAttribute(file, "unix:" + name, value);
      }
    }
  }

  static void copy(Path from, Path to) throws IOException {
    try (FileChannel channel = FileChannel.open(from, StandardOpenOption.READ)) {
      copy(channel, to);
    }
  }

  /** Replaces the contents of a file, which stays the same one; what is zero becomes a hole. */
  private static void copy(FileChannel from, Path to) throws IOException {
    try {
      copyTo(from, to);
    } catch (AccessDeniedException e) { // it is read-only, and ours
      Set<PosixFilePermission> before = Files.getPosixFilePermissions(to);
      Files.setPosixFilePermissions(to, Set.of(PosixFilePermission.OWNER_WRITE));
      copyTo(from, to);
      Files.setPosixFilePermissions(to, before);
    }
  }

  private static void copyTo(FileChannel from, Path to) throws IOException {
    try (FileChannel target =
        FileChannel.open(
            to,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer piece = ByteBuffer.allocate(PIECE);
      ByteBuffer zeros = ByteBuffer.allocate(PIECE);
      long at = 0;
      int read;
      while ((read = from.read(piece.clear(), at)) > 0) {
        if (!piece.flip().equals(zeros.limit(read).rewind())) {
          target.write(piece, at);
        }
        at += read;
      }
      if (at > target.size()) {
        target.write(ByteBuffer.allocate(1), at - 1);
      }
    }
  }
}
