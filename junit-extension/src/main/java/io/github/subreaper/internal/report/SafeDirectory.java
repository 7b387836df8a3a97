package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.text.Visible;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Makes a directory to write to. In one where every user may write, such as that for temporary
 * files, another user may have made it before, in order to read or change what is written.
 */
final class SafeDirectory {
  private SafeDirectory() {}

  /**
   * Makes the directory and those above it, unless they are there.
   *
   * @throws IOException if that is impossible, or another user has made it
   */
  static void make(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent == null) {
      return; // the root
    }
    try {
      Files.createDirectories(parent);
      if (!Files.getPosixFilePermissions(parent).contains(PosixFilePermission.OTHERS_WRITE)) {
        Files.createDirectories(directory);
        return;
      }
      makePrivate(directory);
    } catch (IOException e) {
      throw new IOException(
          "cannot make the directory " + Visible.line(directory.toString()) + ": " + reason(e), e);
    }
    check(directory);
  }

  private static String reason(IOException e) {
    return e instanceof FileAlreadyExistsException exists
        ? Visible.line(exists.getFile()) + " is not a directory"
        : NewFile.reason(e);
  }

  private static void makePrivate(Path directory) throws IOException {
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  private static void check(Path directory) throws IOException {
    try (NewFile probe = NewFile.write(directory, "a file", "")) {
      Object owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      if (Files.isSymbolicLink(directory) || !owner.equals(probe.owner())) {
        throw new IOException(
            ("nothing is written to %s: every user may write to the directory around it, and the"
                    + " user with the uid %s has made it. To fix: remove it, or set"
                    + " subreaper.directory to a directory of your own")
                .formatted(Visible.line(directory.toString()), owner));
      }
    }
  }
}
