package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Supervisor;
import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
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
public class SupervisorAssert extends AbstractAssert<SupervisorAssert, Supervisor> {

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

  /**
   * Verifies which processes of the scope are alive, and which is the child of which.
   *
   * <p>A line of the pattern is a glob over a name or a command line. Children are indented below
   * their parent. {@link ProcessTreeAssert#hasShape} has all that a pattern may say. A failure
   * prints the tree as a pattern, and marks what differs.
   *
   * <pre>{@code
   * assertThat(supervisor).hasShape("sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor).hasShape("sh -c *\n  sleep");     // fails: there are two of them
   * }</pre>
   *
   * @param pattern as for {@link ProcessTreeAssert#hasShape}; an empty text means that no process
   *     is alive
   * @return this
   * @throws AssertionError if the tree has another shape
   * @throws IllegalArgumentException if the text is not a pattern; the message has line and column
   */
  public SupervisorAssert hasShape(String pattern) {
    return withoutFailure(ShapeCheck.now(pattern, this::tree));
  }

  /**
   * Waits until the processes have the shape, and stops waiting once no process is left that could
   * change the tree.
   *
   * <pre>{@code
   * assertThat(supervisor).hasShapeWithin(Duration.ofSeconds(5), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor).hasShapeWithin(Duration.ofSeconds(5), "nginx");                 // fails
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param pattern as for {@link ProcessTreeAssert#hasShape}
   * @return this
   * @throws AssertionError if they do not have the shape in time, or no longer can; the message
   *     shows the last tree
   * @throws IllegalArgumentException if the duration is negative, or the text is not a pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SupervisorAssert hasShapeWithin(Duration limit, String pattern) {
    return withoutFailure(ShapeCheck.within(limit, pattern, this::tree));
  }

  /**
   * Checks the tree again and again, and verifies that the processes have the shape each time. It
   * may miss what comes and goes between two checks. It stops early once no process is left that
   * could change the tree.
   *
   * <pre>{@code
   * assertThat(supervisor).keepsShapeFor(Duration.ofSeconds(2), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor).keepsShapeFor(Duration.ofSeconds(2), "sh -c *");                // fails at once
   * }</pre>
   *
   * @param time how long to watch; zero checks once
   * @param pattern as for {@link ProcessTreeAssert#hasShape}
   * @return this
   * @throws AssertionError at the first check that finds another shape; the message shows that tree
   * @throws IllegalArgumentException if the duration is negative, or the text is not a pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SupervisorAssert keepsShapeFor(Duration time, String pattern) {
    return withoutFailure(ShapeCheck.lasting(time, pattern, this::tree));
  }

  /**
   * Verifies that the processes have the shape in the file of the test, which you have reviewed and
   * committed: {@code src/test/resources/<package>/NginxTest.starts.shape} below the working
   * directory, for the method {@code starts}. A missing file is written, and the assertion fails.
   * {@code -Dsubreaper.approve=true} approves what has changed. It waits until the tree has the
   * shape, or has had the same other one for 1 s. {@link ProcessTreeAssert#matchesApprovedShape()}
   * says what is written and compared.
   *
   * <pre>{@code
   * assertThat(supervisor).matchesApprovedShape(); // the first time it writes the file, and fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if there was no file, or the tree has another shape
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SupervisorAssert matchesApprovedShape() {
    return withoutFailure(ApprovedShape.check(null, this::tree));
  }

  /**
   * Does the same as {@link #matchesApprovedShape()} with one of several shapes of a test: its file
   * is {@code NginxTest.starts.<name>.shape}.
   *
   * <pre>{@code
   * assertThat(supervisor).matchesApprovedShape("before the reload");
   * }</pre>
   *
   * @param name a part of the file's name
   * @return this
   * @throws AssertionError if there was no file, or the tree has another shape
   * @throws IllegalArgumentException if the name is blank or has a character that not every file
   *     system allows, such as a slash
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SupervisorAssert matchesApprovedShape(String name) {
    return withoutFailure(ApprovedShape.check(Objects.requireNonNull(name, "name"), this::tree));
  }

  private ProcessTree tree() {
    isNotNull();
    return actual.tree();
  }

  private SupervisorAssert withoutFailure(@Nullable Should failure) {
    if (failure != null) {
      throwAssertionError(failure);
    }
    return this;
  }
}
