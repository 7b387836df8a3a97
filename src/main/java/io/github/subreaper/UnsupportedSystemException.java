package io.github.subreaper;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when this operating system, kernel, sandbox or JVM cannot do what a subreaper or {@link
 * io.github.subreaper.crash.CrashPoints CrashPoints} needs. The message says what is missing.
 * Nothing was activated.
 *
 * @since 0.1.0
 */
public final class UnsupportedSystemException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  UnsupportedSystemException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
