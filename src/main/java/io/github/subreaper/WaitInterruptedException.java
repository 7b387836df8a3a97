package io.github.subreaper;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a wait is interrupted. The thread's interrupt flag is set again, and no process was
 * lost.
 *
 * @since 0.1.0
 */
public final class WaitInterruptedException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  WaitInterruptedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
