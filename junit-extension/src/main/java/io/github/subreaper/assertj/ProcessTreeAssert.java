package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessTree;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions on a snapshot of living processes. A failure shows the tree. */
public class ProcessTreeAssert extends AbstractAssert<ProcessTreeAssert, ProcessTree> {

  /**
   * Made by {@link SubreaperAssertions#assertThat(ProcessTree)}.
   *
   * @param actual the tree to look at
   */
  public ProcessTreeAssert(@Nullable ProcessTree actual) {
    super(actual, ProcessTreeAssert.class);
  }

  /**
   * Verifies that a process of the tree has such a name or command line.
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
      throwAssertionError(Should.contain(actual.toString(), glob));
    }
    return this;
  }

  /**
   * Verifies that no process of the tree has such a name or command line.
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
          Should.notContain(actual.toString(), glob, found.stream().map(Naming::of).toList()));
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
   * @throws IllegalArgumentException for a negative number
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
}
