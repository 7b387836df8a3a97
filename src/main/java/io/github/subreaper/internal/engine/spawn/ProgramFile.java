package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the file that a launch executes, and says why it can't be executed. */
public final class ProgramFile {
  /** What a newcomer writes for a shell; in a file's name it is rare. */
  private static final Pattern VARIABLE = Pattern.compile("[A-Z_]+=");

  private static final Pattern SHELL_SYNTAX = Pattern.compile("[|<>;&$`\"']|(^|\\s)~/");

  /** What is a part of the shell, and no program on most systems; and what does the same here. */
  private static final Map<String, String> OF_THE_SHELL =
      Map.of(
          "cd", "withDirectory",
          "export", "withEnvironment",
          "ulimit", "withLimit",
          "umask", "withUmask",
          "unset", "withoutEnvironment");

  private ProgramFile() {}

  /**
   * Finds the file of a program as ProcessBuilder does: a name without a slash in the PATH of this
   * JVM, any other as it is, since a script reads it as its argv[0]; both against the directory of
   * the launch.
   *
   * @throws LaunchFailedException if there is none, or it can't be executed
   */
  public static Path find(String program, @Nullable Path directory, String command) {
    Found found = search(program, directory);
    if (found.file != null) {
      return found.file;
    }
    throw new LaunchFailedException(
        "cannot launch `"
            + command
            + "`: "
            + (found.refused != null
                ? refusal(found.refused)
                : "no such program: " + found.sought + hint(program, directory, command)));
  }

  /**
   * What a search found.
   *
   * @param file to execute; null if there is none
   * @param refused what has the name and can't be executed; null if there is no such file
   * @param sought where it was searched, in words
   */
  private record Found(@Nullable Path file, @Nullable Path refused, String sought) {}

  private static Found search(String program, @Nullable Path directory) {
    boolean isPath = program.indexOf('/') >= 0;
    List<Path> candidates = new ArrayList<>();
    String path = System.getenv("PATH");
    if (isPath) {
      candidates.add(Path.of(program));
    } else {
      for (String entry : (path == null ? "/bin:/usr/bin" : path).split(File.pathSeparator, -1)) {
        candidates.add(Path.of(entry.isEmpty() ? "." : entry).resolve(program));
      }
    }
    Path refused = null;
    for (Path candidate : candidates) {
      Path file = resolve(candidate, directory);
      if (Files.isRegularFile(file)) {
        if (Files.isExecutable(file)) {
          return new Found(candidate, null, "");
        }
        refused = file;
      } else if (isPath && Files.exists(file)) {
        refused = file;
      }
    }
    return new Found(
        null,
        refused,
        isPath
            ? resolve(candidates.get(0), directory).toString()
            : program + " (not in PATH: " + path + ")");
  }

  private static String refusal(Path file) {
    return "not executable: "
        + file
        + (Files.isDirectory(file)
            ? ", a directory. To fix: name the program in it"
            : ". To fix: chmod +x " + file);
  }

  /** Returns what the caller may have meant, or what else to do. */
  private static String hint(String program, @Nullable Path directory, String command) {
    boolean isPath = program.indexOf('/') >= 0;
    String otherwise = isPath ? "" : ". To fix: install it, or launch it by its path";
    if (VARIABLE.matcher(program).lookingAt()) {
      return ". To fix: set a variable by withEnvironment";
    }
    if (!isPath && Files.isRegularFile(resolve(Path.of(program), directory))) {
      return ". To fix: a file of the working directory needs a slash: " + launch("./" + program);
    }
    boolean isOneText = program.equals(command);
    if (isOneText && SHELL_SYNTAX.matcher(program).find()) {
      return ". To fix: no shell reads the command, so start one: " + launch("sh", "-c", program);
    }
    String[] words = program.strip().split("\\s+", -1);
    String instead = OF_THE_SHELL.get(words[0]);
    if (instead != null) {
      return ". To fix: this is a part of the shell, not a program: use "
          + instead
          + "(…), or "
          + launch("sh", "-c", words[0] + " …");
    }
    if (!isOneText) { // it was given arguments, so its name is meant as it is
      return otherwise;
    }
    return words[0].equals(program) || search(words[0], directory).file == null
        ? otherwise
        : ". To fix: pass the program and each argument by itself: " + launch(words);
  }

  private static String launch(String... words) {
    return Arrays.stream(words)
        .map(word -> '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
        .collect(Collectors.joining(", ", "launch(", ")"));
  }

  static Path resolve(Path file, @Nullable Path directory) {
    return directory == null ? file.toAbsolutePath() : directory.resolve(file);
  }

  /**
   * Returns why posix_spawn failed, in words.
   *
   * @param directory of the launch; null for that of this JVM
   */
  public static String explain(int errno, Path file, @Nullable Path directory) {
    String problem =
        errno == Errno.ENOENT || errno == Errno.EACCES
            ? Interpreter.problemOf(file, directory)
            : null;
    String reason =
        problem != null
            ? problem
            : switch (errno) {
              case Errno.ENOENT -> "it, its interpreter or its loader does not exist";
              case Errno.ENOEXEC -> "it has the wrong format for this machine";
              case Errno.EAGAIN -> "no process slot is left (RLIMIT_NPROC, pid_max or the cgroup)";
              case Errno.ENOSPC -> "there is no space for its output in the temporary directory";
              case Errno.EACCES -> "not executable, or a directory of it is closed";
              default -> "posix_spawn failed";
            };
    return file + ": " + Errno.describe(errno) + ": " + reason;
  }

  /**
   * Returns what a tool that could not exec a program does not say: which interpreter is missing,
   * or which directory is closed to the user.
   *
   * @param message of the tool, which is about an exec, or about what it may not do itself
   * @return behind the tool's message; empty if there is nothing to add
   */
  public static String addition(Kernel kernel, LaunchSpec spec, Path file, String message) {
    String problem = Interpreter.problemOf(file, spec.directory());
    if (problem == null && message.contains("execute")) {
      problem = ClosedDirectory.of(kernel, spec);
    }
    return problem == null ? "" : ": " + problem;
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
