package io.github.subreaper.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

  @Test
  void controlCharactersAreWrittenOut() {
    assertThat(Printable.of("a\nb\tc\rd\u001b[31me\u009b\u007f"))
        .isEqualTo("a\\nb\\tc\\x0dd\\x1b[31me\\x9b\\x7f");
  }

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "::error::x,\\::error::x",
        "  ::error::x,  \\::error::x",
        " \u00a0\u2003\ufeff::x, \u00a0\u2003\ufeff\\::x",
        "::,\\::",
        "a ##[error]b,a ##\\[error]b",
        "###[x]##[y],###\\[x]##\\[y]",
        "##vso[x]##teamcity[y],##vso\\[x]##teamcity\\[y]",
      })
  void commandsOfCiServersGetABackslash(String text, String printable) {
    assertThat(Printable.of(text)).isEqualTo(printable);
    assertThat(Printable.of(printable)).isEqualTo(printable);
    assertThat(new GlobMatcher(printable).matches(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ":x::y", "a ::b", "[::1]:80", "#[x] ## [x] ##x", "  x \\ ä ←"})
  void plainTextStaysAsItIs(String text) {
    assertThat(Printable.of(text)).isEqualTo(text);
  }
}
