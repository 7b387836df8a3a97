package io.github.subreaper.internal.engine.output;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The output streams of one launch. They are files, not pipes: a daemon keeps its launcher's
 * streams, so a pipe would block its reader or fail the writer with EPIPE.
 */
public final class Output {
  private final OutputFile stdout;
  private final OutputFile stderr;

  public Output(OutputFile stdout, OutputFile stderr) {
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /**
   * Returns one stream.
   *
   * @param own whether the file is this library's, which may cut and remove it
   * @param tail how many bytes are shown, and kept after the end
   */
  public static OutputFile file(Path path, boolean own, int tail) {
    return new OutputFile(path, own, tail);
  }

  public Path stdoutFile() {
    return stdout.path();
  }

  public Path stderrFile() {
    return stderr.path();
  }

  /** Returns the end of stdout, the last mebibyte if no other size was asked for. */
  public String stdout() {
    return stdout.text(Integer.MAX_VALUE);
  }

  /** Returns the end of stderr, the last mebibyte if no other size was asked for. */
  public String stderr() {
    return stderr.text(Integer.MAX_VALUE);
  }

  /** Returns how many bytes of a stream are before those that its text shows. */
  public long notKept(boolean isError) {
    return (isError ? stderr : stdout).notKept();
  }

  /** The launch has opened its streams. */
  public void opened() {
    stdout.opened();
    stderr.opened();
  }

  /** Returns why some of a stream may be missing; null if nothing is known to be. */
  public @Nullable String loss(boolean isError) {
    return (isError ? stderr : stdout).loss();
  }

  /** Returns whether other code has removed the file of a stream: what it had is lost. */
  public boolean isRemoved(boolean isError) {
    return (isError ? stderr : stdout).isRemoved();
  }

  /** Returns as much of the end of stdout as messages need. */
  public String endOfStdout() {
    return stdout.text(OutputFile.TAIL);
  }

  /** Returns as much of the end of stderr as messages need. */
  public String endOfStderr() {
    return stderr.text(OutputFile.TAIL);
  }

  /** Runs an action before each read of stdout: what was written may be on its way to the file. */
  public void bringBy(Runnable action) {
    stdout.bringBy(action);
  }

  /** Returns a reader of all lines of stdout and stderr, for one thread. */
  public List<LineReader> readers(Time time) {
    return List.of(new LineReader(time, stdout, false), new LineReader(time, stderr, true));
  }

  /** Keeps for {@link #readers} what they have not read, though the files are sealed soon. */
  public void keepRest() {
    stdout.keepRest();
    stderr.keepRest();
  }

  /** The readers are through. */
  public void endOfReaders() {
    stdout.close();
    stderr.close();
  }

  /**
   * Returns a search: each call gives the next wanted line of either stream; null if there is none
   * yet.
   */
  public Supplier<@Nullable String> search(Predicate<String> wanted) {
    LineSearch inStdout = new LineSearch(stdout, wanted);
    LineSearch inStderr = new LineSearch(stderr, wanted);
    return () -> {
      String line = inStdout.next();
      return line != null ? line : inStderr.next();
    };
  }

  /** Moves the tails into memory and removes the files: all writers have ended. */
  public void seal() {
    stdout.seal();
    stderr.seal();
  }

  /** Keeps the files short while processes write. */
  public void cut(Kernel kernel) {
    stdout.cut(kernel);
    stderr.cut(kernel);
  }
}
