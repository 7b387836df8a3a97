package io.github.subreaper.internal.engine.guardian;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The log of the guardian of a dead JVM, or what its private directory shows if the guardian was
 * killed, too. The next run reads it once.
 *
 * @param jvm the pid that the JVM had
 * @param waitStatus of the JVM, if that could still be read
 * @param total how many processes were terminated
 * @param ended the first of these
 * @param alive those that could not be killed
 * @param traced the launches that were traced when the JVM died: the kernel has ended what was left
 *     of them
 * @param memory the shared memory that they made and no process uses: its id, and its size in bytes
 * @param file where the log is; null if the guardian could not write one
 */
public record GuardianLog(
    int jvm,
    OptionalInt waitStatus,
    int total,
    List<Entry> ended,
    List<Entry> alive,
    List<Entry> traced,
    List<Entry> memory,
    @Nullable Path file) {
  /** Something with a number, mostly a process: its pid, and its name or more. */
  public record Entry(int pid, String name) {}

  /** The system property that names the directory for logs and reports. */
  static final String DIRECTORY = "subreaper.directory";

  /** The system property that named that directory before; now it says when reports are made. */
  private static final String REPORTS = "subreaper.reports";

  private static final Set<String> WHEN = Set.of("", "FAILURES", "ALWAYS", "NEVER");

  /**
   * Rejects a directory in the property that named it before.
   *
   * @throws IllegalArgumentException with what to write instead
   */
  public static void rejectFormerProperty() {
    String former = System.getProperty(REPORTS, "");
    if (!WHEN.contains(former.strip().toUpperCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          ("System property %s is \"%s\". It says when reports are made: FAILURES, ALWAYS or"
                  + " NEVER. To fix: if it names a directory, write %s=%s instead")
              .formatted(REPORTS, former, DIRECTORY, former));
    }
  }

  /**
   * Returns the directory for logs and reports. By default it is in that of the build, which the
   * next run finds.
   */
  public static Path directory() {
    String named = System.getProperty(DIRECTORY);
    if (named != null && !named.isBlank()) {
      return Path.of(named).toAbsolutePath();
    }
    Path here = Path.of("").toAbsolutePath();
    for (String build : List.of("target", "build")) {
      if (Files.isDirectory(here.resolve(build))) {
        return here.resolve(build).resolve("subreaper");
      }
    }
    String place = Integer.toHexString(here.hashCode());
    String user = System.getProperty("user.name", "unknown");
    return Path.of(System.getProperty("java.io.tmpdir"), "subreaper-" + user + "-" + place)
        .toAbsolutePath();
  }

  /** Returns the logs that have not been read before. Each is given to one JVM only. */
  static List<GuardianLog> unread(Path directory) {
    List<GuardianLog> logs = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return logs;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "guardian-*.new")) {
      for (Path file : files) {
        GuardianLog log = claim(file);
        if (log != null) {
          logs.add(log);
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return logs; // the logs are a help only
    }
    return logs;
  }

  private static @Nullable GuardianLog claim(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    if (!text.endsWith("\ncomplete\n")) {
      return null; // still being written
    }
    String name = file.getFileName().toString();
    Path read = file.resolveSibling(name.substring(0, name.length() - "new".length()) + "log");
    try {
      Files.move(file, read);
    } catch (java.nio.file.FileAlreadyExistsException e) {
      Files.delete(read); // of an earlier JVM with the same pid
      Files.move(file, read);
    } catch (java.nio.file.NoSuchFileException e) {
      return null; // another JVM has taken it
    }
    return parse(text, read);
  }

  private static GuardianLog parse(String text, Path file) {
    int jvm = 0;
    int total = 0;
    OptionalInt status = OptionalInt.empty();
    List<Entry> ended = new ArrayList<>();
    List<Entry> alive = new ArrayList<>();
    List<Entry> traced = new ArrayList<>();
    List<Entry> memory = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String[] words = line.split(" ", 3);
      switch (words[0].toLowerCase(Locale.ROOT)) {
        case "jvm" -> jvm = number(words);
        case "total" -> total = number(words);
        case "status" -> status = optional(words);
        case "ended" -> ended.add(entry(words));
        case "alive" -> alive.add(entry(words));
        case "traced" -> traced.add(entry(words));
        case "memory" -> memory.add(entry(words));
        default -> {}
      }
    }
    // What was killed and does not die was not terminated.
    Set<Integer> survivors = alive.stream().map(Entry::pid).collect(Collectors.toSet());
    total -= (int) ended.stream().filter(entry -> survivors.contains(entry.pid())).count();
    ended.removeIf(entry -> survivors.contains(entry.pid()));
    return new GuardianLog(
        jvm,
        status,
        total,
        List.copyOf(ended),
        List.copyOf(alive),
        List.copyOf(traced),
        List.copyOf(memory),
        file);
  }

  /** Makes one for a JVM whose guardian was killed, too. */
  static GuardianLog unwritten(int jvm, List<Entry> traced) {
    return new GuardianLog(
        jvm, OptionalInt.empty(), 0, List.of(), List.of(), traced, List.of(), null);
  }

  /** Reads a line of a {@link TraceMark}; null if it is not whole. */
  static @Nullable Entry traced(String line) {
    Entry entry = entry(("traced " + line).split(" ", 3));
    return line.endsWith("\n") && entry.pid() > 0
        ? new Entry(entry.pid(), entry.name().strip())
        : null;
  }

  private static Entry entry(String[] words) {
    return new Entry(number(words), words.length > 2 ? words[2] : "");
  }

  private static int number(String[] words) {
    return optional(words).orElse(0);
  }

  private static OptionalInt optional(String[] words) {
    try {
      return words.length > 1 ? OptionalInt.of(Integer.parseInt(words[1])) : OptionalInt.empty();
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }
}
