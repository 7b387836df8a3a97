package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.engine.output.Output;
import io.github.subreaper.internal.engine.output.OutputFile;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The private directory of one activation: gates, output files, inputs. It is removed with the
 * activation.
 */
public final class PrivateDirectory implements AutoCloseable {
  private static final int MOST_TRIES = 1000;

  private static final String TO_FIX =
      "To fix: name a directory that can be written, with some megabytes left, by"
          + " -Djava.io.tmpdir";

  /** The prefix of the name of each private directory. */
  public static final String PREFIX = "subreaper-";

  private final Kernel kernel;
  private final Path directory;
  private final WorkingCopies copies;
  private final AtomicLong counter = new AtomicLong();

  /**
   * Returns the prefix of this JVM's private directory. It names the JVM, and the pid namespace of
   * its pid.
   */
  public static String prefix(Kernel kernel) {
    String place = kernel.procfs.pidSpace();
    long pid = ProcessHandle.current().pid();
    return PREFIX + pid + "-" + (place == null ? "anywhere" : place) + "-";
  }

  /**
   * Makes the directory.
   *
   * @throws UnsupportedException if the temporary directory does not allow it
   */
  public PrivateDirectory(Kernel kernel) {
    this.kernel = kernel;
    Path temporary = temporary();
    try {
      directory = Files.createTempDirectory(temporary, prefix(kernel));
    } catch (IOException e) {
      throw new UnsupportedException(
          "no private directory can be made in "
              + temporary
              + " (java.io.tmpdir): "
              + reason(e)
              + ". "
              + TO_FIX);
    }
    copies = new WorkingCopies(directory.resolveSibling(directory.getFileName() + "-copies"));
  }

  /** Returns the temporary directory, absolute since the guardian works in another directory. */
  private static Path temporary() {
    String named = System.getProperty("java.io.tmpdir", "/tmp");
    try {
      return Path.of(named).toAbsolutePath();
    } catch (InvalidPathException e) {
      throw new UnsupportedException(
          "java.io.tmpdir has a name that the file name encoding of this JVM, "
              + NativeStrings.CHARSET
              + ", cannot express: "
              + e.getInput()
              + ". To fix: run it with a UTF-8 locale (LC_ALL=C.UTF-8), or name another directory"
              + " with -Djava.io.tmpdir");
    }
  }

  private static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such directory";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    String reason = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
    return reason == null ? e.toString() : reason;
  }

  public Path path(String name) {
    return directory.resolve(name);
  }

  public Path path() {
    return directory;
  }

  public WorkingCopies copies() {
    return copies;
  }

  public Path newFifo(String name) {
    Path fifo = path(name + "-" + counter.incrementAndGet());
    kernel.fifos.create(fifo);
    return fifo;
  }

  /** Removes a file early; all others go with the directory. */
  public void remove(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      return;
    }
  }

  /** Returns a file that is written at its first use: whole, or not at all. */
  public synchronized Path file(String name, Supplier<byte[]> content) {
    Path file = path(name);
    if (!Files.exists(file)) {
      Path part = path(name + ".part");
      write(part, content.get());
      try {
        Files.move(part, file);
      } catch (IOException e) {
        throw cannotWrite(file, e);
      }
    }
    return file;
  }

  private void write(Path file, byte[] content) {
    // Not through a channel: an interrupt would close it, and launching is not interruptible.
    try (FileOutputStream stream = new FileOutputStream(file.toFile())) {
      stream.write(content);
    } catch (IOException e) {
      remove(file); // a partial file would keep the last space of a full file system
      throw cannotWrite(file, e);
    }
  }

  private static UncheckedIOException cannotWrite(Path file, IOException cause) {
    String message = "cannot write " + file + ": " + reason(cause) + ". " + TO_FIX;
    return new UncheckedIOException(message, cause);
  }

  /** Returns the output of a launch: to files here, or to those of the user's. */
  public Output newOutput(StreamSpec streams) {
    long number = counter.incrementAndGet();
    return new Output(
        output(streams.stdout(), number + ".stdout", streams.kept()),
        output(streams.stderr(), number + ".stderr", streams.kept()));
  }

  private OutputFile output(@Nullable Path named, String name, int kept) {
    return named == null
        ? Output.file(path(name), true, kept)
        : Output.file(named.toAbsolutePath(), false, kept);
  }

  public Path input(String text) {
    Path file = path(counter.incrementAndGet() + ".stdin");
    write(file, text.getBytes(StandardCharsets.UTF_8));
    return file;
  }

  /** Removes all that it can: some file systems do not remove a file in use. */
  public void empty() {
    try {
      delete();
    } catch (IOException e) {
      return;
    }
  }

  @Override
  public void close() {
    copies.close();
    try {
      delete();
    } catch (NoSuchFileException e) {
      return; // it has been removed before
    } catch (IOException e) {
      System.getLogger("io.github.subreaper")
          .log(System.Logger.Level.WARNING, "cannot remove " + directory, e);
    }
  }

  /**
   * Removes the directory, with what launches of other threads create meanwhile; after that, they
   * can't.
   */
  private void delete() throws IOException {
    for (int tries = 1; ; tries++) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
      try {
        Files.deleteIfExists(directory);
        return;
      } catch (DirectoryNotEmptyException e) {
        if (tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }
}
