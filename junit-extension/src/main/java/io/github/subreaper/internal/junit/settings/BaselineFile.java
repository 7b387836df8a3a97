package io.github.subreaper.internal.junit.settings;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.subreaper.internal.report.text.Counts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The file of known leaks. Several JVMs may write it, one after the other. */
public final class BaselineFile {
  /** A lock of a file holds for a JVM, which may have several sessions. */
  private static final ReentrantLock IN_THIS_JVM = new ReentrantLock();

  private static final String HEAD =
      "# Known leaks, which fail no test: a test or class, a process, and what you want to remark.";

  private final Path path;

  public BaselineFile(Path path) {
    this.path = path;
  }

  /**
   * Reads all lines.
   *
   * @param mayBeMissing whether that means that there is none
   * @throws RuntimeException if one is malformed
   */
  List<BaselineLine> read(boolean mayBeMissing) throws IOException {
    List<BaselineLine> lines = new ArrayList<>();
    int number = 0;
    for (String text : readText(mayBeMissing)) {
      number++;
      try {
        BaselineLine line = BaselineLine.read(text);
        if (line != null) {
          lines.add(line);
        }
      } catch (IllegalArgumentException e) {
        throw Misconfiguration.of("%s:%d: %s".formatted(path, number, e.getMessage()), e);
      }
    }
    return lines;
  }

  private List<String> readText(boolean mayBeMissing) throws IOException {
    try {
      return Files.readAllLines(path, UTF_8);
    } catch (NoSuchFileException e) {
      if (mayBeMissing) {
        return List.of();
      }
      throw e;
    }
  }

  /**
   * Adds lines, unless another JVM has done so, and removes others. What is written beside them
   * stays.
   *
   * @param fresh to be added
   * @param stale to be removed, as {@link BaselineLine#text} returns them
   * @return what was done
   */
  public String update(List<String> fresh, List<String> stale) throws IOException {
    boolean interrupted = Thread.interrupted(); // it would close the file
    IN_THIS_JVM.lock();
    try {
      Path directory = path.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      try (FileChannel channel =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        channel.lock();
        return update(channel, fresh, stale);
      }
    } finally {
      IN_THIS_JVM.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private String update(FileChannel channel, List<String> fresh, List<String> stale)
      throws IOException {
    String before = new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
    List<String> lines =
        new ArrayList<>(before.isEmpty() ? List.of(HEAD) : before.lines().toList());
    int all = lines.size();
    lines.removeIf(line -> stale.stream().anyMatch(one -> one.equals(known(line))));
    int removed = all - lines.size();
    int added = 0;
    for (String line : fresh) {
      if (lines.stream().noneMatch(one -> line.equals(known(one)))) {
        lines.add(line);
        added++;
      }
    }
    if (added + removed > 0 || before.isEmpty()) {
      ByteBuffer text = UTF_8.encode(String.join("\n", lines) + "\n");
      int length = text.remaining();
      channel.position(0);
      while (text.hasRemaining()) {
        channel.write(text);
      }
      channel.truncate(length);
    }
    return path + " has " + Counts.of(added, "more known leak") + ", and " + removed + " fewer";
  }

  private static @Nullable String known(String line) {
    try {
      BaselineLine read = BaselineLine.read(line);
      return read == null ? null : read.text();
    } catch (IllegalArgumentException e) {
      return null; // it was written meanwhile, and the next run reports it
    }
  }

  /** Returns the path as it was given. */
  @Override
  public String toString() {
    return path.toString();
  }
}
