package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class PaletteTest {

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"PAPER", "SOFT", "LINE"})
  void textIsLegible(Palette ink) {
    for (Palette behind : new Palette[] {Palette.PAPER, Palette.SOFT}) {
      Stream.<Function<Palette, String>>of(Palette::light, Palette::dark)
          .forEach(
              scheme ->
                  assertThat(contrast(scheme.apply(ink), scheme.apply(behind)))
                      .as("%s on %s", scheme.apply(ink), scheme.apply(behind))
                      .isGreaterThanOrEqualTo(4.5));
    }
  }

  /** As the Web Content Accessibility Guidelines define it. */
  private static double contrast(String one, String other) {
    double a = luminance(one);
    double b = luminance(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  private static double luminance(String color) {
    return 0.2126 * part(color, 1) + 0.7152 * part(color, 3) + 0.0722 * part(color, 5);
  }

  private static double part(String color, int at) {
    double value = Integer.parseInt(color.substring(at, at + 2), 16) / 255.0;
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }
}
