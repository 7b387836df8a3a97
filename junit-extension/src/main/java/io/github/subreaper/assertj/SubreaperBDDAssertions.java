package io.github.subreaper.assertj;

import io.github.subreaper.CheckReturnValue;
import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Supervisor;
import java.util.List;
import org.assertj.core.api.BDDAssertions;
import org.jspecify.annotations.Nullable;

/**
 * All of AssertJ's {@link BDDAssertions}, which use the words of behaviour-driven development, and
 * those on processes, in one import:
 *
 * <pre>{@code
 * import static io.github.subreaper.assertj.SubreaperBDDAssertions.*;
 *
 * // given
 * Descendant master = supervisor.launch("nginx", "-c", config).awaitOrphan();
 * // when
 * master.signal(Signal.QUIT);
 * // then
 * then(master).exitsWithin(Duration.ofSeconds(5)).isExited(0);
 * }</pre>
 *
 * @since 0.1.0
 */
public class SubreaperBDDAssertions extends BDDAssertions {

  /** For subclasses that add their own assertions. */
  protected SubreaperBDDAssertions() {}

  /**
   * Returns assertions on a process.
   *
   * @param actual the object to check; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static DescendantAssert then(@Nullable Descendant actual) {
    return new DescendantAssert(actual);
  }

  /**
   * Returns assertions on several processes.
   *
   * @param actual the object to check; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static DescendantsAssert thenDescendants(@Nullable List<? extends Descendant> actual) {
    return new DescendantsAssert(actual);
  }

  /**
   * Returns assertions on how a process ended.
   *
   * @param actual the object to check; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static ExitStatusAssert then(@Nullable ExitStatus actual) {
    return new ExitStatusAssert(actual);
  }

  /**
   * Returns assertions on what one launch started.
   *
   * @param actual the object to check; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static LaunchAssert then(@Nullable Launch actual) {
    return new LaunchAssert(actual);
  }

  /**
   * Returns assertions on a snapshot of living processes.
   *
   * @param actual the object to check; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static ProcessTreeAssert then(@Nullable ProcessTree actual) {
    return new ProcessTreeAssert(actual);
  }

  /**
   * Returns assertions on a scope.
   *
   * @param actual the object to check; null fails with the first assertion
   * @return the assertions
   */
  @CheckReturnValue
  public static SupervisorAssert then(@Nullable Supervisor actual) {
    return new SupervisorAssert(actual);
  }
}
