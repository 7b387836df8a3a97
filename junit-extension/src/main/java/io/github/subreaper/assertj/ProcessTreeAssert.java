package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.Glob;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.assertj.facts.Arguments;
import io.github.subreaper.internal.assertj.facts.Hint;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a snapshot of living processes. A failure shows the tree.
 *
 * <ul>
 *   <li>{@code hasShapeWithin} waits as long as the duration given, {@code matchesApprovedShape} at
 *       most as long as the scope's {@code await}, and {@code keepsShapeFor} watches for the whole
 *       duration given. These three take new snapshots of the same scope or launch, and end early
 *       once no process is left that could change the tree.
 *   <li>All others check the snapshot, once.
 * </ul>
 *
 * <p>An interrupt ends a wait with a {@link WaitInterruptedException}, and its flag stays set.
 *
 * @since 0.1.0
 */
public class ProcessTreeAssert extends AbstractShapeAssert<ProcessTreeAssert, ProcessTree> {

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
   * @param glob as {@link Glob} reads it: {@code *}, {@code ?} and nothing else
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
   * @param glob as {@link Glob} reads it: {@code *}, {@code ?} and nothing else
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
   * @param glob as {@link Glob} reads it: {@code *}, {@code ?} and nothing else
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

  @Override
  ProcessTree tree() {
    return actual;
  }
}
