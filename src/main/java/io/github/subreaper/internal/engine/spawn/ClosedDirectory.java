package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.text.PasswdFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds a directory that the user of a launch may not enter, though the launch needs it: those that
 * JUnit makes for a test are closed to all other users.
 */
public final class ClosedDirectory {
  private ClosedDirectory() {}

  /**
   * Says which directory is closed, and what to do. It looks at the directory of the launch, and at
   * what begins with a slash in a word of the command or behind its {@code =}.
   *
   * @return null if none is, or if the launch has the user of this JVM
   */
  public static @Nullable String of(Kernel kernel, LaunchSpec spec) {
    Setup.User user = spec.setup().user();
    if (user == null) {
      return null;
    }
    String name = user.name();
    PasswdFile.Ids ids =
        name == null ? new PasswdFile.Ids(user.uid(), user.gid()) : kernel.users().ids(name);
    if (ids == null || ids.uid() == 0) {
      return null;
    }
    return Stream.concat(
            Stream.ofNullable(spec.directory()),
            spec.command().stream().flatMap(ClosedDirectory::path))
        .flatMap(path -> entered(path).stream())
        .map(directory -> refusal(directory, ids, kernel, name))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static Stream<Path> path(String word) {
    String path = word.substring(word.startsWith("/") ? 0 : word.indexOf('=') + 1);
    try {
      return path.startsWith("/") ? Stream.of(Path.of(path)) : Stream.empty();
    } catch (InvalidPathException e) {
      return Stream.empty();
    }
  }

  /** Returns the directories on the way to a file, from the root on, and itself if it is one. */
  private static List<Path> entered(Path file) {
    List<Path> all = new ArrayList<>();
    try {
      Path real = file.toRealPath();
      for (Path one = real; one != null; one = one.getParent()) {
        all.add(0, one);
      }
      if (!Files.isDirectory(real)) {
        all.remove(real);
      }
    } catch (IOException e) {
      // there is no such file, and so no reason
    }
    return all;
  }

  /** Groups beside the first one are unknown, and so is what an access list allows them. */
  private static @Nullable String refusal(
      Path directory, PasswdFile.Ids ids, Kernel kernel, @Nullable String name) {
    int mode;
    int owner;
    try {
      mode = (int) Files.getAttribute(directory, "unix:mode");
      owner = (int) Files.getAttribute(directory, "unix:uid");
    } catch (IOException | RuntimeException e) {
      return null;
    }
    if ((mode & (owner == ids.uid() ? 0100 : 0011)) != 0) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "the user %s may not enter %s (mode %04o, owner %s). To fix: chmod a+rx %s, or make it the"
            + " user's own by chown",
        name == null ? Integer.toUnsignedString(ids.uid()) : name,
        directory,
        mode & 07777,
        kernel.users().name(owner),
        directory);
  }
}
