package io.github.subreaper.internal.junit.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationSyntaxTest {

  @ParameterizedTest
  @CsvSource({
    "5 s, PT5S",
    "5s, PT5S",
    "5, PT5S",
    "0 s, PT0S",
    "500 ms, PT0.5S",
    "100 μs, PT0.0001S", // U+03BC
    "100 µs, PT0.0001S", // U+00B5
    "7 ns, PT0.000000007S",
    "2 m, PT2M",
    "3 H, PT3H",
    "1 d, PT24H",
    "90 Ms, PT0.09S",
  })
  void readsWhatJUnitsTimeoutsRead(String text, Duration expected) {
    assertThat(DurationSyntax.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "5 sek", "-1 s", "1.5 s", "5  s", "PT5S", "s", "1 s 2 ms", "５ s"})
  void saysThatItIsNoDuration(String text) {
    assertThatThrownBy(() -> DurationSyntax.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not a duration");
  }

  @ParameterizedTest
  @ValueSource(strings = {"99999999999999999999 s", "9223372036854775807 d"})
  void saysThatItIsTooLong(String text) {
    assertThatThrownBy(() -> DurationSyntax.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("too long a duration");
  }
}
