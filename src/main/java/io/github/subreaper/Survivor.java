package io.github.subreaper;

/** A process that outlived SIGKILL. */
public final class Survivor {
  private final Descendant process;
  private final String reason;
  private final String state;

  Survivor(Descendant process, char state, String reason) {
    this.process = process;
    this.state = String.valueOf(state);
    this.reason = reason;
  }

  /**
   * The process.
   *
   * @return which one it is
   */
  public Descendant process() {
    return process;
  }

  /**
   * Why it could not be killed.
   *
   * @return such as {@code owned by uid 0, this JVM runs as uid 1000 (EPERM)}
   */
  public String reason() {
    return reason;
  }

  /**
   * Pid, state, name and reason on one line.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return process.pid() + " " + state + " " + Text.safe(process.name()) + "   " + reason;
  }
}
