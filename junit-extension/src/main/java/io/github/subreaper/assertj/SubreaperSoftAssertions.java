package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.CheckReturnValue;
import org.assertj.core.api.AbstractSoftAssertions;
import org.assertj.core.api.StandardSoftAssertionsProvider;
import org.jspecify.annotations.Nullable;

/**
 * All {@linkplain org.assertj.core.api.SoftAssertions soft assertions} of AssertJ, and those on
 * processes: failures are collected, and thrown together by {@link #assertAll()}. Waits still wait,
 * and end early when they can no longer succeed.
 *
 * <pre>{@code
 * SubreaperSoftAssertions softly = new SubreaperSoftAssertions();
 * softly.assertThat(launch).exitsWith(0);
 * softly.assertThat(master).exitsWithin(Duration.ofSeconds(5)).with(exited(0));
 * softly.assertThat(supervisor).hasNoLeaks();
 * softly.assertAll();
 * }</pre>
 *
 * <p>After an {@code exitsWithin} that failed, the rest of the chain checks nothing, so there is
 * one failure, not two. Works with AssertJ's {@link
 * org.assertj.core.api.junit.jupiter.SoftAssertionsExtension} and {@link
 * org.assertj.core.api.junit.jupiter.InjectSoftAssertions @InjectSoftAssertions}.
 *
 * @since 0.1.0
 */
public class SubreaperSoftAssertions extends AbstractSoftAssertions
    implements StandardSoftAssertionsProvider {

  /** Creates soft assertions that have collected nothing yet. */
  public SubreaperSoftAssertions() {}

  /**
   * Returns assertions on a process.
   *
   * @param actual the process
   * @return the assertions
   */
  @CheckReturnValue
  public DescendantAssert assertThat(@Nullable Descendant actual) {
    DescendantAssert soft = proxy(DescendantAssert.class, Descendant.class, actual);
    soft.navigation = new SoftNavigation(this);
    return soft;
  }

  /**
   * Returns assertions on how a process ended.
   *
   * @param actual the status
   * @return the assertions
   */
  @CheckReturnValue
  public ExitStatusAssert assertThat(@Nullable ExitStatus actual) {
    return proxy(ExitStatusAssert.class, ExitStatus.class, actual);
  }

  /**
   * Returns assertions on what one launch started.
   *
   * @param actual the launch
   * @return the assertions
   */
  @CheckReturnValue
  public LaunchAssert assertThat(@Nullable Launch actual) {
    LaunchAssert soft = proxy(LaunchAssert.class, Launch.class, actual);
    soft.navigation = new SoftNavigation(this);
    return soft;
  }

  /**
   * Returns assertions on a snapshot of living processes.
   *
   * @param actual the tree
   * @return the assertions
   */
  @CheckReturnValue
  public ProcessTreeAssert assertThat(@Nullable ProcessTree actual) {
    return proxy(ProcessTreeAssert.class, ProcessTree.class, actual);
  }

  /**
   * Returns assertions on a scope.
   *
   * @param actual the scope
   * @return the assertions
   */
  @CheckReturnValue
  public SupervisorAssert assertThat(@Nullable Supervisor actual) {
    return proxy(SupervisorAssert.class, Supervisor.class, actual);
  }
}
