package io.github.subreaper;

import io.github.subreaper.internal.secrets.Masker;
import org.jspecify.annotations.Nullable;

/**
 * The supertype of all exceptions of this library. Bad arguments are the exception: they are an
 * {@link IllegalArgumentException} or a {@link NullPointerException}, and a closed {@link
 * Subreaper} is an {@link IllegalStateException}.
 *
 * <pre>{@code
 * try {
 *   supervisor.launch("redis-server").awaitReady(Ready.port(6379));
 * } catch (SubreaperException e) { // it was not launched, or did not get ready
 *   throw new TestAbortedException(e.getMessage(), e);
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public abstract sealed class SubreaperException extends RuntimeException
    permits LaunchException,
        ListenException,
        ProcessNotReadableException,
        ScopeClosedException,
        SignalException,
        UnkillableProcessesException,
        UnsupportedSystemException,
        WaitInterruptedException,
        WaitTimeoutException {
  private static final long serialVersionUID = 1L;

  SubreaperException(String message, @Nullable Throwable cause) {
    super(Masker.ofJvm().text(message), cause);
  }
}
