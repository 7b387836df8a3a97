package io.github.subreaper.internal.junit.settings;

import static io.github.subreaper.internal.junit.settings.Settings.AWAIT;
import static io.github.subreaper.internal.junit.settings.Settings.CRASHES;
import static io.github.subreaper.internal.junit.settings.Settings.GRACE;
import static io.github.subreaper.internal.junit.settings.Settings.JUDGE;
import static io.github.subreaper.internal.junit.settings.Settings.LEAKS;
import static io.github.subreaper.internal.junit.settings.Settings.REPORTS;
import static io.github.subreaper.internal.junit.settings.Settings.SETTLE;
import static io.github.subreaper.internal.junit.settings.Settings.STRICT;
import static io.github.subreaper.internal.junit.settings.Settings.SURVIVORS;
import static io.github.subreaper.internal.junit.settings.Settings.UNSUPPORTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.Crashes;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.junit.Judge;
import io.github.subreaper.junit.Leaks;
import io.github.subreaper.junit.Reports;
import io.github.subreaper.junit.SubreaperExtension;
import io.github.subreaper.junit.Unsupported;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static final Duration ONE = Duration.ofSeconds(1);
  private static final Duration TWO = Duration.ofSeconds(2);
  private static final Settings HIGHER =
      Settings.NONE
          .with(LEAKS, Leaks.WARN)
          .with(JUDGE, Judge.CLASS)
          .with(STRICT, false)
          .with(GRACE, ONE)
          .with(SETTLE, ONE)
          .with(AWAIT, ONE)
          .with(SURVIVORS, List.of("a"))
          .with(UNSUPPORTED, Unsupported.SKIP)
          .with(REPORTS, Reports.ALWAYS)
          .with(CRASHES, Crashes.WARN);
  private static final Settings LOWER =
      Settings.NONE
          .with(LEAKS, Leaks.IGNORE)
          .with(JUDGE, Judge.RUN)
          .with(STRICT, true)
          .with(GRACE, TWO)
          .with(SETTLE, TWO)
          .with(AWAIT, TWO)
          .with(SURVIVORS, List.of("b"))
          .with(UNSUPPORTED, Unsupported.FAIL)
          .with(REPORTS, Reports.NEVER)
          .with(CRASHES, Crashes.IGNORE);

  @Test
  void higherLevelWinsInAllButStrict() {
    assertThat(HIGHER.over(LOWER)).isEqualTo(HIGHER.with(STRICT, true));
    assertThat(LOWER.over(HIGHER)).isEqualTo(LOWER);
  }

  @Test
  void whatIsNotSetFallsThrough() {
    assertThat(Settings.NONE.over(LOWER)).isEqualTo(LOWER);
    assertThat(LOWER.over(Settings.NONE)).isEqualTo(LOWER);
  }

  @Test
  void defaultsAreThoseOfTheCore() {
    assertThat(Settings.NONE.options()).isEqualTo(ScopeOptions.defaults());
  }

  @Test
  void optionsHoldWhatWasSet() {
    assertThat(LOWER.options())
        .isEqualTo(
            ScopeOptions.defaults()
                .withStrict(true)
                .withCrashes(Crashes.IGNORE)
                .withGrace(TWO)
                .withSettle(TWO)
                .withAwait(TWO)
                .withSurvivors("b"));
  }

  @Test
  void builderChecksAtTheCall() {
    SubreaperExtension.Builder builder = SubreaperExtension.builder();

    assertThatThrownBy(() -> builder.grace(ONE.negated()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("grace");
    assertThatThrownBy(() -> builder.settle(ONE.negated()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("settle");
    assertThatThrownBy(() -> builder.await(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("await");
    assertThatThrownBy(() -> builder.survivors("a", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("survivors");
    ConfigurableExtension built = builder.grace(Duration.ZERO).settle(Duration.ZERO).build();
    assertThat(built.settings())
        .isEqualTo(Settings.NONE.with(GRACE, Duration.ZERO).with(SETTLE, Duration.ZERO));
  }
}
