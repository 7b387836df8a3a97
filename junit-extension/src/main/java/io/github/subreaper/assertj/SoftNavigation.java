package io.github.subreaper.assertj;

import io.github.subreaper.ExitStatus;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Condition;
import org.assertj.core.api.InstanceOfAssertFactory;

/**
 * Keeps assertions soft: leads to the object, or after a failure to assertions that check nothing.
 */
final class SoftNavigation implements Navigation {
  private static final ExitStatus NONE =
      new ExitStatus.Unknown("the assertion that waited for it has failed");

  private final SubreaperSoftAssertions softly;

  SoftNavigation(SubreaperSoftAssertions softly) {
    this.softly = softly;
  }

  @Override
  public ExitStatusAssert to(ExitStatus status) {
    softly.succeeded();
    return softly.assertThat(status);
  }

  /** Uses other soft assertions, whose failures are never reported. */
  @Override
  public ExitStatusAssert withoutStatus(AssertionError failure) {
    softly.collectAssertionError(failure);
    @SuppressWarnings("unchecked") // a subclass that has the same SELF
    Class<ExitStatusAssert> unchecked =
        (Class<ExitStatusAssert>) (Class<? extends ExitStatusAssert>) UncheckedStatus.class;
    return new SubreaperSoftAssertions().proxy(unchecked, ExitStatus.class, NONE);
  }

  /**
   * Calls none of its arguments, since there is no status to pass to them. Public for its proxy.
   */
  public static class UncheckedStatus extends ExitStatusAssert {
    public UncheckedStatus(ExitStatus none) {
      super(none);
    }

    @Override
    public <A extends AbstractAssert<?, ?>> A asInstanceOf(InstanceOfAssertFactory<?, A> factory) {
      return factory.createAssert((Object) null);
    }

    @Override
    public <T> ExitStatusAssert isInstanceOfSatisfying(Class<T> type, Consumer<T> requirements) {
      return this;
    }

    @Override
    public ExitStatusAssert matches(Predicate<? super ExitStatus> predicate) {
      return this;
    }

    @Override
    public ExitStatusAssert matches(Predicate<? super ExitStatus> predicate, String description) {
      return this;
    }

    @Override
    public ExitStatusAssert doesNotMatch(Predicate<? super ExitStatus> predicate) {
      return this;
    }

    @Override
    public ExitStatusAssert doesNotMatch(
        Predicate<? super ExitStatus> predicate, String description) {
      return this;
    }

    @Override
    protected ExitStatusAssert satisfiesForProxy(Consumer<? super ExitStatus>[] requirements) {
      return this;
    }

    @Override
    protected ExitStatusAssert satisfiesAnyOfForProxy(Consumer<? super ExitStatus>[] assertions) {
      return this;
    }

    @Override
    public ExitStatusAssert satisfies(Condition<? super ExitStatus> condition) {
      return this;
    }

    @Override
    public ExitStatusAssert is(Condition<? super ExitStatus> condition) {
      return this;
    }

    @Override
    public ExitStatusAssert isNot(Condition<? super ExitStatus> condition) {
      return this;
    }

    @Override
    public ExitStatusAssert has(Condition<? super ExitStatus> condition) {
      return this;
    }

    @Override
    public ExitStatusAssert doesNotHave(Condition<? super ExitStatus> condition) {
      return this;
    }
  }
}
