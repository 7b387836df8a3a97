package io.github.subreaper;

import io.github.subreaper.internal.engine.streams.Terminal;
import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.regex.PatternSyntaxException;

/**
 * The terminal of a launch, from the side of the user: {@link Program#withTerminal()}.
 *
 * <pre>{@code
 * Launch shell = supervisor.launch(Program.of("sh").withTerminal());
 * TerminalHandle terminal = shell.terminal();
 * terminal.write("my-server &\n");
 * terminal.awaitOutput("listening");
 * terminal.hangUp(); // the user logs out: does it survive?
 * }</pre>
 *
 * <p>What the program writes, and the echo of what is typed, is {@link Launch#stdout()}.
 *
 * @since 0.1.0
 */
public final class TerminalHandle implements AutoCloseable {
  private final Terminal terminal;
  private final String launch;
  private final Duration await;
  private final BiFunction<String, Duration, String> awaitOutput;

  TerminalHandle(
      Terminal terminal,
      String launch,
      Duration await,
      BiFunction<String, Duration, String> awaitOutput) {
    this.terminal = terminal;
    this.launch = launch;
    this.await = await;
    this.awaitOutput = awaitOutput;
  }

  /**
   * Types text. A line feed is the enter key. The character 3 is Ctrl-C, 26 is Ctrl-Z, and 4 is
   * Ctrl-D, which at the start of a line is the end of the input; unless the program has changed
   * that (termios(3)). A line longer than 4,095 bytes is cut by the kernel. If the program does not
   * read, this waits when the terminal is full.
   *
   * @param text in UTF-8
   * @throws IllegalStateException if the terminal was hung up, also while this waits
   * @throws WaitInterruptedException on an interrupt while it waits
   */
  public void write(String text) {
    Objects.requireNonNull(text, "text");
    try {
      terminal.write(text);
    } catch (InterruptedIOException e) {
      throw new WaitInterruptedException(Text.safe(String.valueOf(e.getMessage())), e);
    } catch (IOException e) {
      throw new IllegalStateException(Text.safe(String.valueOf(e.getMessage())), e);
    }
  }

  /**
   * Waits for a line as long as the scope's {@code await}.
   *
   * @param regex to be found in the line, as {@link Launch#awaitOutput(String, Duration)}
   * @return the first line in which it is found; it may be the echo of what was typed
   * @throws WaitTimeoutException if none comes in time, or all processes that could write it have
   *     ended
   * @throws WaitInterruptedException on an interrupt
   * @throws PatternSyntaxException if it is not a regular expression
   */
  public String awaitOutput(String regex) {
    return awaitOutput(regex, await);
  }

  /**
   * Waits for a line.
   *
   * @param regex to be found in the line, as {@link Launch#awaitOutput(String, Duration)}
   * @param timeout zero checks once
   * @return the first line in which it is found; it may be the echo of what was typed
   * @throws WaitTimeoutException if none comes in time, or all processes that could write it have
   *     ended
   * @throws WaitInterruptedException on an interrupt
   * @throws PatternSyntaxException if it is not a regular expression
   */
  public String awaitOutput(String regex, Duration timeout) {
    return awaitOutput.apply(regex, timeout);
  }

  /**
   * Changes the size, which is 80 columns and 24 rows at first. The foreground process group gets
   * SIGWINCH.
   *
   * @param columns from 1 to 32767
   * @param rows from 1 to 32767
   * @throws IllegalStateException if the terminal was hung up
   * @throws IllegalArgumentException if one is outside that range
   */
  public void resize(int columns, int rows) {
    if (columns < 1 || rows < 1 || columns > Short.MAX_VALUE || rows > Short.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a terminal has 1 to 32767 columns and rows, not " + columns + " and " + rows);
    }
    if (!terminal.resize(columns, rows)) {
      throw new IllegalStateException(
          "cannot resize the terminal of " + launch + ": it was hung up");
    }
  }

  /**
   * Hangs up, as when the user closes the window, logs out or loses the connection: the kernel
   * sends SIGHUP and SIGCONT to the leader of the session and to the foreground process group.
   * Whatever is written to the terminal after that fails with EIO. Returns when the terminal is
   * closed, which some milliseconds may pass before the signals take effect. Idempotent, also after
   * the end.
   */
  public void hangUp() {
    terminal.hangUp();
  }

  /** Hangs up, as {@link #hangUp()}. */
  @Override
  public void close() {
    hangUp();
  }

  /**
   * Returns the name of the terminal.
   *
   * @return such as {@code /dev/pts/3}
   */
  @Override
  public String toString() {
    return terminal.name();
  }
}
