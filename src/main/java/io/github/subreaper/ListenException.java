package io.github.subreaper;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a {@link ListeningSocket} could not be made: its address is taken, is not this
 * machine's, or needs a privilege.
 *
 * @since 0.1.0
 */
public final class ListenException extends SubreaperException {
  private static final long serialVersionUID = 1L;

  ListenException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
