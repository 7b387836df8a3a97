package io.github.subreaper;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when something is typed at a {@link TerminalHandle} that was hung up, or its size is set.
 *
 * @since 0.1.0
 */
public final class TerminalClosedException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  TerminalClosedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
