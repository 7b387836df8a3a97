package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.Supervisor;
import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a scope and those nested in it. They look now; {@code hasShapeWithin} and {@code
 * keepsShapeFor} wait.
 */
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

  /**
   * Verifies what processes are alive, and which is whose child. A line of the pattern is a glob
   * over a name or a command line, with its children indented below it; the order of siblings does
   * not matter. {@code {2}}, {@code {1,4}} and {@code {2,}} say how many, {@code [...]} what they
   * are, {@code ...} that there may be others. The grammar is in ASSERTIONS.md of the project; a
   * failure prints the tree as a pattern.
   *
   * <pre>{@code
   * assertThat(supervisor).hasShape("sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor).hasShape("sh -c *\n  sleep");     // fails: two of them
   * }</pre>
   *
   * @param pattern lines as above; an empty text is no process at all
   * @return this
   * @throws AssertionError if there are others, or fewer
   * @throws IllegalArgumentException for a text that is no pattern, with the line and column
   */
  public SupervisorAssert hasShape(String pattern) {
    Shape shape = Shape.parse(pattern);
    isNotNull();
    return withoutFailure(ShapeCheck.now(actual.tree(), shape));
  }

  /**
   * Looks anew until the processes are as {@link #hasShape} says, and no longer than any is left
   * who could change them.
   *
   * <pre>{@code
   * assertThat(supervisor).hasShapeWithin(Duration.ofSeconds(5), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor).hasShapeWithin(Duration.ofSeconds(5), "nginx");                 // fails
   * }</pre>
   *
   * @param limit how long; zero looks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError if they are not so in time, or can't be any more; with the tree that was
   *     seen last
   * @throws IllegalArgumentException for a negative duration, or a text that is no pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SupervisorAssert hasShapeWithin(Duration limit, String pattern) {
    Arguments.notNegative("limit", limit);
    Shape shape = Shape.parse(pattern);
    isNotNull();
    return withoutFailure(ShapeCheck.within(limit, actual.tree(), shape));
  }

  /**
   * Looks anew again and again, and verifies that the processes are as {@link #hasShape} says at
   * each look, from now on. What comes and goes between two looks may be missed; with nobody left
   * who could change them, it ends early.
   *
   * <pre>{@code
   * assertThat(supervisor).keepsShapeFor(Duration.ofSeconds(2), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor).keepsShapeFor(Duration.ofSeconds(2), "sh -c *");                // fails at once
   * }</pre>
   *
   * @param time how long; zero looks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError at the first look at which they are not so, with the tree as it was then
   * @throws IllegalArgumentException for a negative duration, or a text that is no pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SupervisorAssert keepsShapeFor(Duration time, String pattern) {
    Arguments.notNegative("time", time);
    Shape shape = Shape.parse(pattern);
    isNotNull();
    return withoutFailure(ShapeCheck.lasting(time, actual.tree(), shape));
  }

  private SupervisorAssert withoutFailure(@Nullable Should failure) {
    if (failure != null) {
      throwAssertionError(failure);
    }
    return this;
  }
}
