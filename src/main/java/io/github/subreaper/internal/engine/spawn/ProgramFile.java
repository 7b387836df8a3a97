package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Errno;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the file that a launch executes, and says why it can't be executed. */
public final class ProgramFile {
  private ProgramFile() {}

  /**
   * Finds the file of a program as ProcessBuilder does: a name without a slash in the PATH of this
   * JVM, any other as it is, since a script reads it as its argv[0]; both against the directory of
   * the launch.
   *
   * @throws LaunchFailedException if there is none, or it can't be executed
   */
  public static Path find(String program, @Nullable Path directory, String command) {
    List<Path> candidates = new ArrayList<>();
    if (program.indexOf('/') >= 0) {
      candidates.add(Path.of(program));
    } else {
      String path = System.getenv("PATH");
      for (String entry : (path == null ? "/bin:/usr/bin" : path).split(File.pathSeparator, -1)) {
        candidates.add(Path.of(entry.isEmpty() ? "." : entry).resolve(program));
      }
    }
    Path refused = null;
    for (Path candidate : candidates) {
      Path file = resolve(candidate, directory);
      if (Files.isRegularFile(file)) {
        if (Files.isExecutable(file)) {
          return candidate;
        }
        refused = file;
      } else if (program.indexOf('/') >= 0 && Files.exists(file)) {
        refused = file;
      }
    }
    throw new LaunchFailedException(
        refused != null
            ? "cannot launch `" + command + "`: not executable: " + refused
            : "cannot launch `"
                + command
                + "`: no such program: "
                + (program.indexOf('/') >= 0
                    ? resolve(candidates.get(0), directory)
                    : program + " (not in PATH: " + System.getenv("PATH") + ")"));
  }

  private static Path resolve(Path file, @Nullable Path directory) {
    return directory == null ? file.toAbsolutePath() : directory.resolve(file);
  }

  /** Returns why posix_spawn failed, in words. */
  public static String explain(int errno, Path file) {
    String reason =
        switch (errno) {
          case Errno.ENOENT -> "its interpreter or loader does not exist (see its first line)";
          case Errno.ENOEXEC -> "it has the wrong format for this machine";
          case Errno.EAGAIN -> "no process slot is left (RLIMIT_NPROC, pid_max or the cgroup)";
          case Errno.ENOSPC -> "there is no space for its output files in the temporary directory";
          case Errno.EACCES -> "not executable, or a directory of it or its interpreter is closed";
          default -> "posix_spawn failed";
        };
    return file + ": " + reason + ": " + Errno.describe(errno);
  }

  /**
   * Returns whether a program is a text: no file of machine code has its first 256 bytes without a
   * 0.
   */
  public static boolean isText(Path program, @Nullable Path directory) {
    File file = resolve(program, directory).toFile();
    try (InputStream stream = new FileInputStream(file)) {
      for (byte b : stream.readNBytes(256)) {
        if (b == 0) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Finds a program that a launch needs besides its own.
   *
   * @param origin the package that has it
   */
  public static Path ofTool(String name, String origin, String command) {
    try {
      return find(name, null, command).toAbsolutePath();
    } catch (LaunchFailedException e) {
      throw new LaunchFailedException(
          "cannot launch `" + command + "`: it takes " + name + " (" + origin + "): " + e.reason());
    }
  }
}
