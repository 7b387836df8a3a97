package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Glob;
import io.github.subreaper.internal.assertj.facts.Hint;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.assertj.core.api.AbstractListAssert;
import org.assertj.core.api.WritableAssertionInfo;
import org.assertj.core.error.ShouldNotBeNull;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on several processes: those of AssertJ for lists, and some on all or any of them. None
 * waits. {@link #first()}, {@link #last()}, {@link #element(int)} and {@link #singleElement()}
 * return assertions on one of them. To run any other assertions on each, use {@link
 * org.assertj.core.api.AbstractIterableAssert#allSatisfy(java.util.function.Consumer) allSatisfy}.
 *
 * <pre>{@code
 * assertThatDescendants(supervisor.orphans()).hasSize(1).first().isAlive().hasName("nginx*");
 * launch.stop();
 * assertThatDescendants(supervisor.orphans()).noneAlive().allExitedWith(exited(0));
 * }</pre>
 *
 * @since 0.1.0
 */
public class DescendantsAssert
    extends AbstractListAssert<
        DescendantsAssert, List<? extends Descendant>, Descendant, DescendantAssert> {
  /** A field, since proxies of soft assertions intercept methods. */
  Navigation navigation = Navigation.HARD;

  /**
   * Creates assertions; use {@link SubreaperAssertions#assertThatDescendants(List)}.
   *
   * @param actual the processes to check
   */
  public DescendantsAssert(@Nullable List<? extends Descendant> actual) {
    super(actual, DescendantsAssert.class);
  }

  /**
   * Verifies that all of them have ended with this status. Does not wait; ignores core dumps.
   *
   * <pre>{@code
   * assertThatDescendants(killed).allExitedWith(signaled(Signal.KILL)); // passes
   * assertThatDescendants(killed).allExitedWith(exited(137));           // fails
   * }</pre>
   *
   * @param expected the status
   * @return this
   * @throws AssertionError if one is alive, or has ended otherwise
   */
  public DescendantsAssert allExitedWith(ExitStatus expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    List<Descendant> others =
        matching(
            process ->
                process
                    .exitStatus()
                    .filter(status -> ExitStatusAssert.isSameEnd(expected, status))
                    .isEmpty());
    if (!others.isEmpty()) {
      throwAssertionError(
          Should.allHaveEndedWith(
              actual.size(), expected, Naming.withStates(others), others.get(0).describe()));
    }
    return this;
  }

  /**
   * Verifies that all of them are alive; a zombie is not alive. Passes if there are none.
   *
   * <pre>{@code
   * assertThatDescendants(master.children()).allAlive(); // passes
   * master.children().get(0).signal(Signal.KILL);
   * assertThatDescendants(workers).allAlive();           // fails, and names the worker
   * }</pre>
   *
   * @return this
   * @throws AssertionError if one has ended
   */
  public DescendantsAssert allAlive() {
    isNotNull();
    List<Descendant> ended = matching(process -> !process.isAlive());
    if (!ended.isEmpty()) {
      throwAssertionError(
          Should.allBeAlive(actual.size(), Naming.withStates(ended), ended.get(0).describe()));
    }
    return this;
  }

  /**
   * Verifies the name of each of them, or its command line joined by spaces. Passes if there are
   * none.
   *
   * <pre>{@code
   * assertThatDescendants(master.children()).allHaveName("nginx: worker*"); // passes
   * assertThatDescendants(master.children()).allHaveName("nginx: cache*");  // fails
   * }</pre>
   *
   * @param glob as {@link Glob} reads it: {@code *}, {@code ?} and nothing else
   * @return this
   * @throws AssertionError if one has another name
   */
  public DescendantsAssert allHaveName(String glob) {
    Glob wanted = Glob.of(glob);
    isNotNull();
    List<Descendant> others = matching(process -> !wanted.matches(process));
    if (!others.isEmpty()) {
      throwAssertionError(
          Should.allHaveName(
              actual.size(), glob, Naming.withCommandLines(others), others.get(0).describe()));
    }
    return this;
  }

  /**
   * Verifies the name of at least one of them, or its command line joined by spaces.
   *
   * <pre>{@code
   * assertThatDescendants(master.children()).anyHasName("nginx: cache manager*"); // passes
   * assertThatDescendants(master.children()).anyHasName("redis*");                // fails
   * }</pre>
   *
   * @param glob as {@link Glob} reads it: {@code *}, {@code ?} and nothing else
   * @return this
   * @throws AssertionError if none has it
   */
  public DescendantsAssert anyHasName(String glob) {
    Glob wanted = Glob.of(glob);
    isNotNull();
    if (matching(wanted::matches).isEmpty()) {
      throwAssertionError(
          Should.anyHaveName(
              glob,
              Naming.withCommandLines(matching(process -> true)),
              Hint.forGlob(glob, other -> !matching(Glob.of(other)::matches).isEmpty()),
              evidence()));
    }
    return this;
  }

  private String evidence() {
    return actual.isEmpty() ? "" : actual.get(0).describe();
  }

  /**
   * Verifies that none of them is alive; a zombie is not alive.
   *
   * <pre>{@code
   * assertThatDescendants(supervisor.orphans()).noneAlive(); // fails while a daemon runs
   * launch.stop();
   * assertThatDescendants(supervisor.orphans()).noneAlive(); // passes
   * }</pre>
   *
   * @return this
   * @throws AssertionError if one is alive
   */
  public DescendantsAssert noneAlive() {
    isNotNull();
    List<Descendant> alive = matching(Descendant::isAlive);
    if (!alive.isEmpty()) {
      throwAssertionError(
          Should.haveNoneAlive(actual.size(), Naming.withStates(alive), alive.get(0).describe()));
    }
    return this;
  }

  private List<Descendant> matching(Predicate<Descendant> wanted) {
    return actual.stream().<Descendant>map(process -> process).filter(wanted).toList();
  }

  /**
   * Returns assertions on the first of them.
   *
   * <pre>{@code
   * assertThatDescendants(supervisor.orphans()).first().isAlive(); // passes while a daemon runs
   * assertThatDescendants(List.of()).first();                      // fails: there is none
   * }</pre>
   *
   * @return assertions on it
   * @throws AssertionError if there is none
   */
  @Override
  public final DescendantAssert first() {
    return at("have a first one", actual == null || actual.isEmpty() ? -1 : 0);
  }

  /**
   * Returns assertions on the last of them.
   *
   * <pre>{@code
   * assertThatDescendants(supervisor.orphans()).last().isAlive(); // passes while a daemon runs
   * assertThatDescendants(List.of()).last();                      // fails: there is none
   * }</pre>
   *
   * @return assertions on it
   * @throws AssertionError if there is none
   */
  @Override
  public final DescendantAssert last() {
    return at("have a last one", actual == null ? -1 : actual.size() - 1);
  }

  /**
   * Returns assertions on one of them.
   *
   * <pre>{@code
   * assertThatDescendants(master.children()).element(1).isAlive(); // passes with two workers
   * assertThatDescendants(master.children()).element(2);           // fails
   * }</pre>
   *
   * @param index from 0
   * @return assertions on it
   * @throws AssertionError if there are fewer
   */
  @Override
  public final DescendantAssert element(int index) {
    return at("have an element " + index, actual == null || index >= actual.size() ? -1 : index);
  }

  /**
   * Verifies that there is exactly one, and returns assertions on it.
   *
   * <pre>{@code
   * assertThatDescendants(List.of(daemon)).singleElement().isAlive(); // passes
   * assertThatDescendants(List.of(daemon, other)).singleElement();    // fails
   * }</pre>
   *
   * @return assertions on it
   * @throws AssertionError if there are none or several
   */
  @Override
  public final DescendantAssert singleElement() {
    return at("be a single one", actual == null || actual.size() != 1 ? -1 : 0);
  }

  /** Private, so that no proxy of soft assertions intercepts it: the navigation keeps it soft. */
  private DescendantAssert at(String to, int index) {
    try {
      if (actual == null) {
        throw assertionError(ShouldNotBeNull.shouldNotBeNull());
      }
      if (index < 0) {
        throw assertionError(
            Should.expecting(
                "processes", to, Should.thereAre(Naming.withStates(List.copyOf(actual))), ""));
      }
    } catch (AssertionError e) {
      return navigation.withoutProcess(e);
    }
    DescendantAssert found = navigation.to(actual.get(index));
    WritableAssertionInfo its = found.getWritableAssertionInfo();
    its.useRepresentation(info.representation());
    its.description(info.description());
    return found;
  }

  @Override
  protected DescendantAssert toAssert(Descendant process, String description) {
    return new DescendantAssert(process).as(description);
  }

  @Override
  protected DescendantsAssert newAbstractIterableAssert(Iterable<? extends Descendant> some) {
    List<Descendant> processes = new ArrayList<>();
    some.forEach(processes::add);
    return new DescendantsAssert(processes);
  }
}
