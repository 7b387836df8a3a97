package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a snapshot of living processes. A failure shows the tree. {@code hasShapeWithin}
 * and {@code keepsShapeFor} take new snapshots of the same scope or launch.
 */
public class ProcessTreeAssert extends AbstractAssert<ProcessTreeAssert, ProcessTree> {

  /**
   * Creates assertions; use {@link SubreaperAssertions#assertThat(ProcessTree)}.
   *
   * @param actual the tree to check
   */
  public ProcessTreeAssert(@Nullable ProcessTree actual) {
    super(actual, ProcessTreeAssert.class);
  }

  /**
   * Verifies that the name or command line of a process in the tree matches.
   *
   * <pre>{@code
   * supervisor.launch("sleep", "1000");
   * assertThat(supervisor.tree()).contains("sleep*"); // passes
   * assertThat(supervisor.tree()).contains("nginx*"); // fails
   * }</pre>
   *
   * @param glob {@code *}, {@code ?} and nothing else; a backslash escapes
   * @return this
   * @throws AssertionError if there is none
   */
  public ProcessTreeAssert contains(String glob) {
    Objects.requireNonNull(glob, "glob");
    isNotNull();
    if (actual.find(glob).isEmpty()) {
      throwAssertionError(Should.contain(actual.toString(), glob, hint(glob)));
    }
    return this;
  }

  private String hint(String glob) {
    return Hint.forGlob(glob, other -> !actual.find(other).isEmpty());
  }

  /**
   * Verifies how many processes of the tree have a name or command line that matches.
   *
   * <pre>{@code
   * supervisor.launch("sleep", "1000");
   * supervisor.launch("sleep", "1001");
   * assertThat(supervisor.tree()).contains("sleep*", 2); // passes
   * assertThat(supervisor.tree()).contains("sleep*", 1); // fails
   * }</pre>
   *
   * @param glob {@code *}, {@code ?} and nothing else; a backslash escapes
   * @param times exactly the number of processes; zero for none
   * @return this
   * @throws AssertionError if there are more or fewer
   * @throws IllegalArgumentException if the number is negative
   */
  public ProcessTreeAssert contains(String glob, int times) {
    Objects.requireNonNull(glob, "glob");
    Arguments.notNegative("times", times);
    isNotNull();
    List<Descendant> found = actual.find(glob);
    if (found.size() != times) {
      throwAssertionError(
          Should.contain(
              actual.toString(), glob, times, found.stream().map(Naming::of).toList(), hint(glob)));
    }
    return this;
  }

  /**
   * Verifies that no name or command line of a process in the tree matches.
   *
   * <pre>{@code
   * supervisor.launch("sleep", "1000");
   * assertThat(supervisor.tree()).doesNotContain("nginx*"); // passes
   * assertThat(supervisor.tree()).doesNotContain("sleep*"); // fails
   * }</pre>
   *
   * @param glob {@code *}, {@code ?} and nothing else; a backslash escapes
   * @return this
   * @throws AssertionError if there is one
   */
  public ProcessTreeAssert doesNotContain(String glob) {
    Objects.requireNonNull(glob, "glob");
    isNotNull();
    List<Descendant> found = actual.find(glob);
    if (!found.isEmpty()) {
      throwAssertionError(
          Should.contain(actual.toString(), glob, 0, found.stream().map(Naming::of).toList(), ""));
    }
    return this;
  }

  /**
   * Verifies how many processes were alive.
   *
   * <pre>{@code
   * supervisor.launch("sleep", "1000");
   * assertThat(supervisor.tree()).hasSize(1); // passes
   * assertThat(supervisor.tree()).hasSize(2); // fails
   * }</pre>
   *
   * @param size zero or more
   * @return this
   * @throws AssertionError if there were more or fewer
   * @throws IllegalArgumentException if the number is negative
   */
  public ProcessTreeAssert hasSize(int size) {
    Arguments.notNegative("size", size);
    isNotNull();
    if (actual.size() != size) {
      throwAssertionError(Should.haveSize(actual.toString(), size, actual.size()));
    }
    return this;
  }

  /**
   * Verifies that no process was alive.
   *
   * <pre>{@code
   * assertThat(supervisor.tree()).isEmpty(); // passes
   * supervisor.launch("sleep", "1000");
   * assertThat(supervisor.tree()).isEmpty(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if one was
   */
  public ProcessTreeAssert isEmpty() {
    return hasSize(0);
  }

  /**
   * Verifies which processes were alive, and which is the child of which.
   *
   * <p>A line of the pattern is a glob over a name or a command line. Children are indented below
   * their parent; the order of siblings does not matter. {@code {2}}, {@code {1,4}} and {@code
   * {2,}} give the number of processes, {@code [...]} their attributes; {@code ...} allows any
   * others. ASSERTIONS.md of the project has the grammar. A failure prints the tree as a pattern.
   *
   * <pre>{@code
   * assertThat(supervisor.tree()).hasShape("sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor.tree()).hasShape("sh -c *\n  sleep");     // fails: there are two of them
   * }</pre>
   *
   * @param pattern lines as above; an empty text means that no process is alive
   * @return this
   * @throws AssertionError if the tree has another shape
   * @throws IllegalArgumentException if the text is not a pattern; the message has line and column
   */
  public ProcessTreeAssert hasShape(String pattern) {
    return withoutFailure(ShapeCheck.now(pattern, this::tree));
  }

  /**
   * Waits until the processes have the shape, and stops waiting once no process is left that could
   * change the tree.
   *
   * <pre>{@code
   * assertThat(supervisor.tree()).hasShapeWithin(Duration.ofSeconds(5), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor.tree()).hasShapeWithin(Duration.ofSeconds(5), "nginx");                 // fails
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError if they do not have the shape in time, or no longer can; the message
   *     shows the last tree
   * @throws IllegalArgumentException if the duration is negative, or the text is not a pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public ProcessTreeAssert hasShapeWithin(Duration limit, String pattern) {
    return withoutFailure(ShapeCheck.within(limit, pattern, this::tree));
  }

  /**
   * Checks the tree again and again, and verifies that the processes have the shape each time. It
   * may miss what comes and goes between two checks. It stops early once no process is left that
   * could change the tree.
   *
   * <pre>{@code
   * assertThat(supervisor.tree()).keepsShapeFor(Duration.ofSeconds(2), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor.tree()).keepsShapeFor(Duration.ofSeconds(2), "sh -c *");                // fails at once
   * }</pre>
   *
   * @param time how long to watch; zero checks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError at the first check that finds another shape; the message shows that tree
   * @throws IllegalArgumentException if the duration is negative, or the text is not a pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public ProcessTreeAssert keepsShapeFor(Duration time, String pattern) {
    return withoutFailure(ShapeCheck.lasting(time, pattern, this::tree));
  }

  private ProcessTree tree() {
    isNotNull();
    return actual;
  }

  private ProcessTreeAssert withoutFailure(@Nullable Should failure) {
    if (failure != null) {
      throwAssertionError(failure);
    }
    return this;
  }
}
