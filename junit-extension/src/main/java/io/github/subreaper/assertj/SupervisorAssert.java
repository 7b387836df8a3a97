package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Supervisor;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a scope and those nested in it.
 *
 * <ul>
 *   <li>{@code hasShapeWithin} waits as long as the duration given, {@code matchesApprovedShape} at
 *       most as long as the scope's {@code await}. They fail as soon as they can no longer succeed.
 *   <li>{@code keepsShapeFor} watches for the whole duration given, unless it fails before.
 *   <li>All others check once.
 * </ul>
 *
 * <p>An interrupt ends a wait with a {@link WaitInterruptedException}, and its flag stays set.
 *
 * @since 0.1.0
 */
public class SupervisorAssert extends AbstractShapeAssert<SupervisorAssert, Supervisor> {

  /**
   * Creates assertions; use {@link SubreaperAssertions#assertThat(Supervisor)}.
   *
   * @param actual the scope to check
   */
  public SupervisorAssert(@Nullable Supervisor actual) {
    super(actual, SupervisorAssert.class);
  }

  /**
   * Verifies that no process of the scope is alive.
   *
   * <pre>{@code
   * assertThat(supervisor).hasNoProcesses(); // passes
   * supervisor.launch("sleep", "1000");
   * assertThat(supervisor).hasNoProcesses(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if one is alive
   */
  public SupervisorAssert hasNoProcesses() {
    isNotNull();
    int size = actual.tree().size();
    if (size > 0) {
      throwAssertionError(Should.haveNoProcesses(Naming.of(actual), size, actual.describe()));
    }
    return this;
  }

  /**
   * Verifies that the scope would leak nothing if it ended now. It does not settle, so a process
   * that is about to end counts.
   *
   * <pre>{@code
   * supervisor.launch("sleep", "1000");
   * assertThat(supervisor).hasNoLeaks(); // passes: a launched process ends with the scope
   * new ProcessBuilder("sleep", "1000").start();
   * assertThat(supervisor).hasNoLeaks(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if there is a leak
   */
  public SupervisorAssert hasNoLeaks() {
    isNotNull();
    List<Descendant> leaks = actual.leaks();
    if (!leaks.isEmpty()) {
      throwAssertionError(
          Should.haveNoLeaks(Naming.of(actual), Naming.withStates(leaks), actual.describe()));
    }
    return this;
  }

  @Override
  ProcessTree tree() {
    return actual.tree();
  }
}
