package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ScopeOptionsTest {
  private final ScopeOptions defaults = ScopeOptions.defaults();

  @Test
  void defaultsAreThoseOfTheDocumentation() {
    assertThat(defaults.grace()).isEqualTo(Duration.ofSeconds(5));
    assertThat(defaults.settle()).isEqualTo(Duration.ofSeconds(1));
    assertThat(defaults.await()).isEqualTo(Duration.ofSeconds(10));
    assertThat(defaults.kill()).isEqualTo(Duration.ofSeconds(5));
    assertThat(defaults.strict()).isFalse();
    assertThat(defaults.survivors()).isEmpty();
    assertThat(ScopeOptions.defaults()).isSameAs(defaults);
    assertThat(defaults).hasToString("grace 5.0 s, settle 1.0 s, await 10.0 s, kill 5.0 s");
  }

  @Test
  void eachChangeIsACopyThatChangesOneValue() {
    Duration other = Duration.ofMillis(1234);
    assertValues(defaults.withGrace(other), other, null, null, null);
    assertValues(defaults.withSettle(other), null, other, null, null);
    assertValues(defaults.withAwait(other), null, null, other, null);
    assertValues(defaults.withKill(other), null, null, null, other);
    assertThat(defaults.withStrict(true).strict()).isTrue();
    assertThat(defaults.withSurvivors("a*", "b").survivors()).containsExactly("a*", "b");
    assertThat(defaults.withSurvivors("a").withSurvivors().survivors()).isEmpty();
  }

  private void assertValues(
      ScopeOptions changed,
      @Nullable Duration grace,
      @Nullable Duration settle,
      @Nullable Duration await,
      @Nullable Duration kill) {
    assertThat(changed.grace()).isEqualTo(grace == null ? defaults.grace() : grace);
    assertThat(changed.settle()).isEqualTo(settle == null ? defaults.settle() : settle);
    assertThat(changed.await()).isEqualTo(await == null ? defaults.await() : await);
    assertThat(changed.kill()).isEqualTo(kill == null ? defaults.kill() : kill);
    assertThat(changed.strict()).isFalse();
    assertThat(changed.survivors()).isEmpty();
  }

  @Test
  void twoAreEqualIfAllValuesAre() {
    Duration other = Duration.ofMillis(1234);
    List<ScopeOptions> different =
        List.of(
            defaults,
            defaults.withGrace(other),
            defaults.withSettle(other),
            defaults.withAwait(other),
            defaults.withKill(other),
            defaults.withStrict(true),
            defaults.withSurvivors("a"));
    assertThat(different).doesNotHaveDuplicates();
    for (ScopeOptions one : different) {
      ScopeOptions same = one.withGrace(Duration.ZERO).withGrace(one.grace());
      assertThat(same).isNotSameAs(one).isEqualTo(one).hasSameHashCodeAs(one);
    }
    assertThat(defaults).isNotEqualTo("grace 5.0 s");
  }

  @Test
  void globsAreCopied() {
    String[] globs = {"redis*"};
    ScopeOptions options = defaults.withSurvivors(globs);
    globs[0] = "other";
    assertThat(options.survivors()).containsExactly("redis*");
    assertThatThrownBy(() -> options.survivors().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void zeroIsValidForGraceAndSettleOnly() {
    assertThatCode(() -> defaults.withGrace(Duration.ZERO).withSettle(Duration.ZERO))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> defaults.withAwait(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("await must be more than zero");
    assertThatThrownBy(() -> defaults.withKill(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kill must be more than zero");
  }

  @Test
  void aNegativeDurationIsNamed() {
    assertThatThrownBy(() -> defaults.withGrace(Duration.ofSeconds(-2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("grace must not be negative: -2\\.0+ s");
    assertThatThrownBy(() -> defaults.withSettle(Duration.ofMillis(-500)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("settle must not be negative: -0\\.50? s");
    assertThatThrownBy(() -> defaults.withAwait(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("await must not be negative: -0.001 s");
    assertThatThrownBy(() -> defaults.withKill(Duration.ofMinutes(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("kill must not be negative: -60\\.0+ s");
  }

  @Test
  void theMostNegativeDurationIsRefusedLikeAnyOther() {
    assertThatThrownBy(() -> defaults.withGrace(Duration.ofSeconds(Long.MIN_VALUE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("grace must not be negative: ");
  }

  @Test
  void foreverIsAValidDuration() {
    Duration forever = ChronoUnit.FOREVER.getDuration();
    assertThat(defaults.withAwait(forever).withGrace(forever).await()).isEqualTo(forever);
  }

  @Test
  void anEmptyGlobIsRefused() {
    assertThatThrownBy(() -> defaults.withSurvivors("redis*", " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("survivors contains an empty glob, which matches no process");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullIsNamed() {
    Map.<String, ThrowingCallable>of(
            "grace", () -> defaults.withGrace(null),
            "settle", () -> defaults.withSettle(null),
            "await", () -> defaults.withAwait(null),
            "kill", () -> defaults.withKill(null),
            "survivors", () -> defaults.withSurvivors((String[]) null))
        .forEach(
            (name, call) -> assertThatNullPointerException().isThrownBy(call).withMessage(name));
    assertThatNullPointerException().isThrownBy(() -> defaults.withSurvivors((String) null));
  }
}
