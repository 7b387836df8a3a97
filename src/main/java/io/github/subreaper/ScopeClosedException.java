package io.github.subreaper;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a scope that has ended, or one of its processes, is asked for something that only an
 * open scope can do. The message names the scope.
 *
 * @since 0.1.0
 */
public final class ScopeClosedException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  ScopeClosedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
