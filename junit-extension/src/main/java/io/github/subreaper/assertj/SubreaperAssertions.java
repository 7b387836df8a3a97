package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.CheckReturnValue;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.InstanceOfAssertFactory;
import org.jspecify.annotations.Nullable;

/**
 * All of AssertJ's {@link Assertions}, and those on processes, in one import:
 *
 * <pre>{@code
 * import static io.github.subreaper.assertj.SubreaperAssertions.*;
 *
 * Launch launch = supervisor.launch("nginx", "-p", dir, "-c", config);
 * assertThat(launch).exitsWith(0);
 * Descendant master = launch.awaitOrphan();
 * assertThat(master).isOrphan().hasChildren(2);
 * master.signal(Signal.QUIT);
 * assertThat(master).exitsWithin(Duration.ofSeconds(5)).with(exited(0));
 * }</pre>
 *
 * @since 0.1.0
 */
public class SubreaperAssertions extends Assertions {

  /** For {@code asInstanceOf}, {@code first(…)} and the like: a process. */
  public static final InstanceOfAssertFactory<Descendant, DescendantAssert> DESCENDANT =
      new InstanceOfAssertFactory<>(Descendant.class, SubreaperAssertions::assertThat);

  /** For {@code asInstanceOf} and the like: how a process ended. */
  public static final InstanceOfAssertFactory<ExitStatus, ExitStatusAssert> EXIT_STATUS =
      new InstanceOfAssertFactory<>(ExitStatus.class, SubreaperAssertions::assertThat);

  /** For {@code asInstanceOf} and the like: what one launch started. */
  public static final InstanceOfAssertFactory<Launch, LaunchAssert> LAUNCH =
      new InstanceOfAssertFactory<>(Launch.class, SubreaperAssertions::assertThat);

  /** For subclasses that add their own assertions. */
  protected SubreaperAssertions() {}

  /**
   * Returns assertions on a process.
   *
   * @param actual the process; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static DescendantAssert assertThat(@Nullable Descendant actual) {
    return new DescendantAssert(actual);
  }

  /**
   * Returns assertions on how a process ended.
   *
   * @param actual the status; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static ExitStatusAssert assertThat(@Nullable ExitStatus actual) {
    return new ExitStatusAssert(actual);
  }

  /**
   * Returns assertions on what one launch started.
   *
   * @param actual the launch; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static LaunchAssert assertThat(@Nullable Launch actual) {
    return new LaunchAssert(actual);
  }

  /**
   * Returns assertions on a snapshot of living processes.
   *
   * @param actual the tree; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static ProcessTreeAssert assertThat(@Nullable ProcessTree actual) {
    return new ProcessTreeAssert(actual);
  }

  /**
   * Returns assertions on a scope.
   *
   * @param actual the scope; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static SupervisorAssert assertThat(@Nullable Supervisor actual) {
    return new SupervisorAssert(actual);
  }

  /**
   * An exit code, as {@link ExitStatus#exited(int)}.
   *
   * @param code from 0 to 255
   * @return the status
   * @throws IllegalArgumentException if the code is outside that range
   */
  public static ExitStatus exited(int code) {
    return ExitStatus.exited(code);
  }

  /**
   * Death by a signal without a core dump, as {@link ExitStatus#signaled(Signal)}.
   *
   * @param signal the signal
   * @return the status
   */
  public static ExitStatus signaled(Signal signal) {
    return ExitStatus.signaled(signal);
  }

  /**
   * Death by a signal, as {@link ExitStatus#signaled(Signal, boolean)}.
   *
   * @param signal the signal
   * @param coreDumped whether a core dump was written
   * @return the status
   */
  public static ExitStatus signaled(Signal signal, boolean coreDumped) {
    return ExitStatus.signaled(signal, coreDumped);
  }
}
