package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies of prepared directories, in which launches work. They are beside the private directory,
 * which other users may not enter. The guardian removes them if the JVM is killed.
 */
public final class WorkingCopies implements AutoCloseable {
  private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> ENTERED =
      PosixFilePermissions.fromString("rwx--x--x");

  private final Path directory;
  private int made;

  WorkingCopies(Path directory) {
    this.directory = directory;
  }

  /**
   * Returns the specification with a fresh copy as its directory, if it is to have one.
   *
   * @throws LaunchFailedException if the directory cannot be copied; then nothing of it is left
   */
  public LaunchSpec copied(LaunchSpec spec, Kernel kernel) {
    Path prepared = spec.prepared();
    if (prepared == null) {
      return spec;
    }
    Path named = spec.directoryOrRefuse(kernel);
    Path copy = null;
    try {
      Path source = (named == null ? prepared : named).toRealPath();
      if (directory.startsWith(source)) {
        throw spec.failure(prepared + " cannot be copied, since it contains " + directory);
      }
      copy = next();
      Files.walkFileTree(source, new Copying(source, copy, owner(spec.setup().user())));
      return spec.in(copy, prepared);
    } catch (IOException e) {
      remove(copy);
      throw spec.failure("cannot copy " + prepared + ": " + e);
    }
  }

  private synchronized Path next() throws IOException {
    if (made++ == 0) {
      Files.createDirectory(directory); // fails if another user was faster
      Files.setPosixFilePermissions(directory, ENTERED);
    }
    return directory.resolve(String.valueOf(made));
  }

  /** Returns the user that gets a copy: the program may write to it. Null to keep the owners. */
  private @Nullable Object owner(Setup.@Nullable User user) throws IOException {
    if (user == null || user.name() == null) {
      return user == null ? null : user.uid();
    }
    return directory
        .getFileSystem()
        .getUserPrincipalLookupService()
        .lookupPrincipalByName(user.name());
  }

  /** Removes the copy in which a launch has worked, if it had one. */
  public void remove(LaunchSpec spec) {
    Path copy = spec.directory();
    if (copy != null && spec.prepared() != null && !copy.equals(spec.prepared())) {
      remove(copy);
    }
  }

  /** Removes all that it can. No link is followed. */
  public static void remove(@Nullable Path path) {
    if (path == null) {
      return;
    }
    try {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        open(path);
        try (DirectoryStream<Path> all = Files.newDirectoryStream(path)) {
          all.forEach(WorkingCopies::remove);
        }
      }
      Files.deleteIfExists(path);
    } catch (IOException e) {
      return; // such as a file that another user has made undeletable
    }
  }

  /** Lets this JVM remove what is in a directory that its program has made read-only. */
  private static void open(Path path) throws IOException {
    try {
      Files.setPosixFilePermissions(path, OWN);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      return; // it belongs to another user
    }
  }

  @Override
  public synchronized void close() {
    if (made > 0) {
      remove(directory);
    }
  }

  /** Copies files, directories and links; sockets, FIFOs and devices have no content. */
  private static final class Copying extends SimpleFileVisitor<Path> {
    private final Path source;
    private final Path target;
    private final @Nullable Object owner;

    Copying(Path source, Path target, @Nullable Object owner) {
      this.source = source;
      this.target = target;
      this.owner = owner;
    }

    private Path to(Path from) {
      return target.resolve(source.relativize(from));
    }

    @Override
    public FileVisitResult preVisitDirectory(Path from, BasicFileAttributes attributes)
        throws IOException {
      Files.createDirectory(to(from));
      Files.setPosixFilePermissions(to(from), OWN); // its own may forbid to write to it
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path from, BasicFileAttributes attributes) throws IOException {
      if (!attributes.isOther()) {
        Files.copy(from, to(from), StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        own(to(from));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path from, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        throw failure;
      }
      if (owner == null && Files.getAttribute(to(from), "unix:uid").equals(0)) {
        copy("unix:gid", from);
        copy("unix:uid", from);
      }
      own(to(from));
      copy("unix:mode", from); // after its owner, who would take bits away
      Files.setLastModifiedTime(to(from), Files.getLastModifiedTime(from));
      return FileVisitResult.CONTINUE;
    }

    private void copy(String attribute, Path from) throws IOException {
      Files.setAttribute(to(from), attribute, Files.getAttribute(from, attribute));
    }

    private void own(Path copied) throws IOException {
      if (owner != null) {
        Files.setAttribute(
            copied,
            owner instanceof UserPrincipal ? "posix:owner" : "unix:uid",
            owner,
            LinkOption.NOFOLLOW_LINKS);
      }
    }
  }
}
