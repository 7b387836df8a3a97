package io.github.subreaper;

import io.github.subreaper.internal.engine.output.Line;
import java.time.Instant;

/**
 * A line that a launch has written, for {@link Program#withOutput}. Immutable.
 *
 * <pre>{@code
 * Program server = Program.of("my-server").withOutput(line -> System.out.println(line.text()));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class OutputLine {
  private final Line line;

  OutputLine(Line line) {
    this.line = line;
  }

  /**
   * Returns the line.
   *
   * @return without its line end; UTF-8, malformed input replaced
   */
  public String text() {
    return line.text();
  }

  /**
   * Returns whether it was written to stderr.
   *
   * @return false for stdout, and for {@link Program#withMergedStreams()}
   */
  public boolean isError() {
    return line.isError();
  }

  /**
   * Returns when it was read, which may be some milliseconds after it was written.
   *
   * @return by the wall clock
   */
  public Instant at() {
    return line.at();
  }

  /**
   * Returns the line.
   *
   * @return its text
   */
  @Override
  public String toString() {
    return line.text();
  }
}
