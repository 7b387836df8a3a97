package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.util.Objects;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.WritableAssertionInfo;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on how a process ended. None of them waits.
 *
 * <p>If the status comes from {@code exitsWithin}, a failure shows its process, the tree and the
 * tail of the output.
 *
 * @since 0.1.0
 */
public class ExitStatusAssert extends AbstractAssert<ExitStatusAssert, ExitStatus> {
  private String subject = "exit status";
  private @Nullable Descendant process;
  private Supplier<String> evidence = () -> "";

  /**
   * Creates assertions; use {@link SubreaperAssertions#assertThat(ExitStatus)}.
   *
   * @param actual the status to check
   */
  public ExitStatusAssert(@Nullable ExitStatus actual) {
    super(actual, ExitStatusAssert.class);
  }

  /** Static, so that no proxy of soft assertions intercepts it. */
  static ExitStatusAssert reachedFrom(
      AbstractAssert<?, ?> origin,
      ExitStatusAssert status,
      String subject,
      Descendant process,
      Supplier<String> evidence) {
    status.subject = subject;
    status.process = process;
    status.evidence = evidence;
    WritableAssertionInfo from = origin.getWritableAssertionInfo();
    WritableAssertionInfo to = status.getWritableAssertionInfo();
    to.useRepresentation(from.representation());
    to.description(from.description());
    to.overridingErrorMessage(from.overridingErrorMessage());
    return status;
  }

  /** Returns the status, and what sent the signal, if that is known. */
  private String end() {
    Descendant ended = process;
    return ended == null ? actual.toString() : Naming.end(ended).orElseThrow();
  }

  /** Compares all but the core flag, which depends on the machine's {@code ulimit -c}. */
  static boolean isSameEnd(ExitStatus one, ExitStatus other) {
    if (one instanceof ExitStatus.Signaled signaled
        && other instanceof ExitStatus.Signaled otherSignaled) {
      return signaled.signal().equals(otherSignaled.signal());
    }
    return one.equals(other);
  }

  /**
   * Verifies that the process ended with this status. Ignores whether a core was dumped, since that
   * depends on the machine; see {@link #dumpedCore()}.
   *
   * <pre>{@code
   * // passes
   * assertThat(exited(0)).with(exited(0));
   * assertThat(signaled(Signal.SEGV, true)).with(signaled(Signal.SEGV));
   * // fails, and says that shells report death by SIGTERM this way
   * assertThat(exited(143)).with(signaled(Signal.TERM));
   * }</pre>
   *
   * @param expected the status
   * @return this
   * @throws AssertionError if it ended otherwise
   */
  public ExitStatusAssert with(ExitStatus expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    if (!isSameEnd(expected, actual)) {
      throwAssertionError(Should.endWith(subject, expected, actual, end(), evidence.get()));
    }
    if (process != null) {
      Access.get().expectEnd(process); // so that it is no crash
    }
    return this;
  }

  /**
   * Verifies that the process called exit(3) or returned from main, with this code.
   *
   * <pre>{@code
   * assertThat(exited(7)).isExited(7);               // passes
   * assertThat(signaled(Signal.KILL)).isExited(137); // fails: the signal itself is known
   * }</pre>
   *
   * @param code from 0 to 255
   * @return this
   * @throws AssertionError if it ended otherwise
   * @throws IllegalArgumentException if the code is outside that range
   */
  public ExitStatusAssert isExited(int code) {
    return with(ExitStatus.exited(code));
  }

  /**
   * Verifies that this signal ended the process, with or without a core dump.
   *
   * <pre>{@code
   * assertThat(signaled(Signal.TERM)).isSignaled(Signal.TERM); // passes
   * assertThat(signaled(Signal.KILL)).isSignaled(Signal.TERM); // fails
   * assertThat(exited(143)).isSignaled(Signal.TERM);           // fails
   * }</pre>
   *
   * @param signal the signal
   * @return this
   * @throws AssertionError if it ended otherwise
   */
  public ExitStatusAssert isSignaled(Signal signal) {
    return with(ExitStatus.signaled(Objects.requireNonNull(signal, "signal")));
  }

  /**
   * Verifies that the kernel dumped core; core(5) says when it does.
   *
   * <pre>{@code
   * assertThat(signaled(Signal.SEGV, true)).dumpedCore(); // passes
   * assertThat(signaled(Signal.SEGV)).dumpedCore();       // fails
   * assertThat(exited(0)).dumpedCore();                   // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it did not
   */
  public ExitStatusAssert dumpedCore() {
    isNotNull();
    if (!(actual instanceof ExitStatus.Signaled signaled && signaled.coreDumped())) {
      throwAssertionError(Should.haveDumpedCore(subject, actual, end(), evidence.get()));
    }
    return this;
  }
}
