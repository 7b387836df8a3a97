package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ScopeOptionsTest {
  private final ScopeOptions defaults = ScopeOptions.defaults();

  @Test
  void defaultsAreThoseOfTheDocumentation() {
    assertThat(defaults)
        .isEqualTo(
            new ScopeOptions(
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                false,
                List.of()));
  }

  @Test
  void eachChangeIsACopyThatChangesOneValue() {
    Duration other = Duration.ofMillis(1234);
    assertThat(defaults.withGrace(other)).isEqualTo(options(other, null, null, null));
    assertThat(defaults.withSettle(other)).isEqualTo(options(null, other, null, null));
    assertThat(defaults.withAwait(other)).isEqualTo(options(null, null, other, null));
    assertThat(defaults.withKill(other)).isEqualTo(options(null, null, null, other));
    assertThat(defaults.withStrict(true).withStrict(false)).isEqualTo(defaults);
    assertThat(defaults.withStrict(true).strict()).isTrue();
    assertThat(defaults.withSurvivors("a*", "b").survivors()).containsExactly("a*", "b");
    assertThat(defaults.withSurvivors("a").withSurvivors().survivors()).isEmpty();
    assertThat(ScopeOptions.defaults()).isSameAs(defaults);
  }

  private ScopeOptions options(
      @Nullable Duration grace,
      @Nullable Duration settle,
      @Nullable Duration await,
      @Nullable Duration kill) {
    return new ScopeOptions(
        grace == null ? defaults.grace() : grace,
        settle == null ? defaults.settle() : settle,
        await == null ? defaults.await() : await,
        kill == null ? defaults.kill() : kill,
        false,
        List.of());
  }

  @Test
  void globsAreCopied() {
    List<String> globs = new ArrayList<>(List.of("redis*"));
    ScopeOptions options =
        new ScopeOptions(
            defaults.grace(), defaults.settle(), defaults.await(), defaults.kill(), false, globs);
    globs.clear();
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
    assertThatThrownBy(() -> defaults.withGrace(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("grace");
    assertThatThrownBy(() -> defaults.withSettle(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("settle");
    assertThatThrownBy(() -> defaults.withAwait(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("await");
    assertThatThrownBy(() -> defaults.withKill(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("kill");
    assertThatThrownBy(() -> defaults.withSurvivors((String[]) null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("survivors");
    assertThatThrownBy(() -> defaults.withSurvivors((String) null))
        .isInstanceOf(NullPointerException.class);
  }
}
