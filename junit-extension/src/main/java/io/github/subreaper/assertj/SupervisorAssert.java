package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.Supervisor;
import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions on a scope and those nested in it. They look now. */
public class SupervisorAssert extends AbstractAssert<SupervisorAssert, Supervisor> {

  /**
   * Made by {@link SubreaperAssertions#assertThat(Supervisor)}.
   *
   * @param actual the scope to look at
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
   * @throws AssertionError if one is
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
   * Verifies that the scope would leak nothing if it ended now: without settling, so what is just
   * ending counts.
   *
   * <pre>{@code
   * supervisor.launch("sleep", "1000");
   * assertThat(supervisor).hasNoLeaks(); // passes: launched, and so ended with the scope
   * new ProcessBuilder("sleep", "1000").start();
   * assertThat(supervisor).hasNoLeaks(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if there is one
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
}
