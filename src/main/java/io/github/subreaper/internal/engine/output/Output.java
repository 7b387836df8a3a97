package io.github.subreaper.internal.engine.output;

import java.nio.file.Path;
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

  public Output(Path stdout, Path stderr) {
    this.stdout = new OutputFile(stdout);
    this.stderr = new OutputFile(stderr);
  }

  public Path stdoutFile() {
    return stdout.path();
  }

  public Path stderrFile() {
    return stderr.path();
  }

  /** Returns the last mebibyte of stdout, malformed UTF-8 replaced. */
  public String stdout() {
    return stdout.text();
  }

  /** Returns the last mebibyte of stderr, malformed UTF-8 replaced. */
  public String stderr() {
    return stderr.text();
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
  public void cut() {
    stdout.cut();
    stderr.cut();
  }
}
