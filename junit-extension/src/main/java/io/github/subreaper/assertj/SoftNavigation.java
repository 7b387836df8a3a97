package io.github.subreaper.assertj;

import io.github.subreaper.ExitStatus;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Condition;
import org.assertj.core.api.InstanceOfAssertFactory;

/** Stays soft: on to the status, or, after a failure, to assertions that check nothing. */
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

  /** What a proxy of its own collects is never looked at. */
  @Override
  public ExitStatusAssert after(AssertionError failure) {
    softly.collectAssertionError(failure);
    @SuppressWarnings("unchecked") // a subclass that has the same SELF
    Class<ExitStatusAssert> unchecked =
        (Class<ExitStatusAssert>) (Class<? extends ExitStatusAssert>) Unchecked.class;
    return new SubreaperSoftAssertions().proxy(unchecked, ExitStatus.class, NONE);
  }

  /** Calls nothing that it is given: there is no status to give to it. Public for its proxy. */
  public static class Unchecked extends ExitStatusAssert {
    public Unchecked(ExitStatus none) {
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
