package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.text.Visible;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * A file that gets its name when all of it is written, and not before. Until then it has a name
 * that no other program expects. A symbolic link is never followed: neither of the two names is
 * opened unless it is new.
 *
 * <pre>{@code
 * try (NewFile page = NewFile.write(directory, "index.html", text)) {
 *   page.replace(directory.resolve("index.html"));
 * }
 * }</pre>
 */
public final class NewFile implements AutoCloseable {
  private static final String PREFIX = ".subreaper-";
  private static final String SUFFIX = ".tmp";
  private static final Pattern TEMPORARY = Pattern.compile("\\.subreaper-\\d+-[0-9a-f]+\\.tmp");

  /** Longer than any JVM needs to write a file. */
  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Path temporary;

  private NewFile(Path temporary) {
    this.temporary = temporary;
  }

  /**
   * Writes a file that has no name yet.
   *
   * @param name which it will have, or one like it, for messages
   * @param text its content, to be written in UTF-8
   * @throws IOException which names the file; nothing of it is left
   */
  static NewFile write(Path directory, String name, String text) throws IOException {
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    String own = PREFIX + ProcessHandle.current().pid() + "-" + random + SUFFIX;
    NewFile made = new NewFile(directory.resolve(own));
    // An interrupt closes a channel of FileChannel.open, and not that of such a stream.
    try (OutputStream out =
            Files.newOutputStream(
                made.temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8)) {
      writer.write(text);
    } catch (IOException e) {
      made.close();
      throw failed(directory.resolve(name), e);
    }
    return made;
  }

  /** Returns an exception that says which file could not be written, and why. */
  public static IOException failed(Path file, IOException e) {
    return new IOException("cannot write " + Visible.line(file.toString()) + ": " + reason(e), e);
  }

  /** Returns what went wrong, in words where the exception has only its class. */
  static String reason(IOException e) {
    String reason = e instanceof FileSystemException of ? of.getReason() : e.getMessage();
    if (e instanceof java.nio.file.NoSuchFileException) {
      return "its directory does not exist";
    } else if (e instanceof java.nio.file.AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof FileAlreadyExistsException) {
      return "it is not a directory";
    }
    return reason == null ? e.toString() : reason;
  }

  /** Gives the file its name. What had that name before is replaced. */
  void replace(Path file) throws IOException {
    try {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /**
   * Gives the file its name, unless there is a file with that name. Of several JVMs that do this at
   * the same time one succeeds.
   *
   * @param canLink false for a file system without hard links
   * @return whether the file has the name now
   */
  boolean reserve(Path file, boolean canLink) throws IOException {
    try {
      if (canLink) {
        Files.createLink(file, temporary);
        return true;
      }
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException | UnsupportedOperationException e) {
      return reserveByLock(file); // which fails, too, if links are not what is missing
    }
    return reserveByLock(file);
  }

  private boolean reserveByLock(Path file) throws IOException {
    try {
      return DirectoryLock.hold(file.resolveSibling(DirectoryLock.NAME), () -> moveIfNew(file));
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private boolean moveIfNew(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return true;
  }

  /** Returns the uid of the user that owns what this JVM creates. */
  Object owner() throws IOException {
    return Files.getAttribute(temporary, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  /** Removes the file if it has no name yet. */
  @Override
  public void close() {
    remove(temporary); // else it is in an hour
  }

  /** Removes a file, if there is one; returns false if it cannot be removed. */
  static boolean remove(Path file) {
    try {
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      Files.deleteIfExists(file);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Removes what JVMs have left that were killed while they wrote. */
  static void removeAbandoned(Path directory) {
    Instant limit = Instant.now().minus(ABANDONED);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        if (TEMPORARY.matcher(file.getFileName().toString()).matches()
            && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                .toInstant()
                .isBefore(limit)) {
          remove(file);
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return; // they do no harm
    }
  }
}
