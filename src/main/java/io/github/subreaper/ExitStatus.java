package io.github.subreaper;

import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.messages.EndingText;
import java.util.Objects;

/**
 * How a process ended, as wait(2) reports it. Equal by content.
 *
 * <pre>{@code
 * ExitStatus status = launch.awaitExit();
 * if (status instanceof ExitStatus.Signaled signaled) {
 *   System.err.println("killed by " + signaled.signal());
 * } else if (!status.equals(ExitStatus.exited(0))) {
 *   System.err.println(status + ": " + launch.stderr()); // exited 3: no such file
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public sealed interface ExitStatus {

  /**
   * The process called exit(3) or returned from main.
   *
   * @param code from 0 to 255
   */
  record Exited(int code) implements ExitStatus {
    /**
     * Checks the code.
     *
     * @param code from 0 to 255
     * @throws IllegalArgumentException if it is outside that range
     */
    public Exited {
      if (code < 0 || code > 255) {
        throw new IllegalArgumentException("an exit code is 0 to 255, not " + code);
      }
    }

    @Override
    public String toString() {
      return WaitStatus.describe(WaitStatus.exited(code));
    }
  }

  /**
   * A signal ended the process.
   *
   * @param signal which one
   * @param coreDumped whether the kernel wrote a core dump, which depends on the machine's limits
   */
  record Signaled(Signal signal, boolean coreDumped) implements ExitStatus {
    /**
     * Checks the signal.
     *
     * @param signal not null
     * @param coreDumped whether the kernel wrote a core dump
     */
    public Signaled {
      Objects.requireNonNull(signal, "signal");
    }

    @Override
    public String toString() {
      return WaitStatus.describe(WaitStatus.signaled(signal.number(), coreDumped));
    }
  }

  /**
   * The process has ended, and its status was not available to this JVM.
   *
   * @param reason why it is unknown
   */
  record Unknown(String reason) implements ExitStatus {
    /**
     * Checks the reason.
     *
     * @param reason not null
     */
    public Unknown {
      Objects.requireNonNull(reason, "reason");
    }

    @Override
    public String toString() {
      return EndingText.unknown(reason);
    }
  }

  /**
   * Returns the status of a process that exited.
   *
   * @param code from 0 to 255
   * @return the status
   * @throws IllegalArgumentException if the code is outside that range
   */
  static ExitStatus exited(int code) {
    return new Exited(code);
  }

  /**
   * Returns the status of a process that a signal ended, without a core dump.
   *
   * @param signal which one
   * @return the status
   */
  static ExitStatus signaled(Signal signal) {
    return new Signaled(signal, false);
  }

  /**
   * Returns the status of a process that a signal ended.
   *
   * @param signal which one
   * @param coreDumped whether the kernel wrote a core dump
   * @return the status
   */
  static ExitStatus signaled(Signal signal, boolean coreDumped) {
    return new Signaled(signal, coreDumped);
  }
}
