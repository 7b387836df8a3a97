package io.github.subreaper.internal.engine.output;

import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one launch. Files and not pipes: a daemon keeps its launcher's streams, and a pipe
 * would hang its reader or kill the writer with EPIPE.
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

  /** The last mebibyte of stdout, malformed UTF-8 replaced. */
  public String stdout() {
    return stdout.text();
  }

  /** The last mebibyte of stderr, malformed UTF-8 replaced. */
  public String stderr() {
    return stderr.text();
  }

  /** Each call gives the next line of either stream that is wanted; null if there is none yet. */
  public Supplier<@Nullable String> search(Predicate<String> wanted) {
    LineSearch inStdout = new LineSearch(stdout, wanted);
    LineSearch inStderr = new LineSearch(stderr, wanted);
    return () -> {
      String line = inStdout.next();
      return line != null ? line : inStderr.next();
    };
  }

  /** Nobody writes any more: the tails move into memory and the files go. */
  public void seal() {
    stdout.seal();
    stderr.seal();
  }

  /** Keeps the files short while somebody writes. */
  public void cut() {
    stdout.cut();
    stderr.cut();
  }
}
