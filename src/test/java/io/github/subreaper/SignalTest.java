package io.github.subreaper;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalTest {

  @ParameterizedTest
  @CsvSource({
    "TERM, 15",
    "SIGTERM, 15",
    "term, 15",
    "sigKill, 9",
    "34, 34",
    "1, 1",
    "RTMIN, 34",
    "SIGRTMIN+1, 35",
    "RTMIN+30, 64",
    "RTMAX, 64",
    "RTMAX-2, 62",
    "IOT, 6",
    "CLD, 17",
    "POLL, 29",
    "IO, 29"
  })
  void namesAndNumbersAreUnderstood(String text, int number) {
    assertThat(Signal.valueOf(text).number()).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SIG",
        "TERMINATE",
        "SIGSIGTERM",
        "0",
        "65",
        "-1",
        "15 ",
        "RTMIN+31",
        "RTMIN-1",
        "RTMAX-31",
        "RTMAX+1",
        "RTMIN+x",
        "RTMIN+",
        "TERM\0",
        "99999999999"
      })
  void unknownSignalIsRefusedWithItsText(String text) {
    assertThatThrownBy(() -> Signal.valueOf(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no such signal: \"" + text + "\"; a name as in kill -l, or a number from 1 to 64");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullIsRefused() {
    assertThatThrownBy(() -> Signal.valueOf(null)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void everySignalIsParsedFromItsText() {
    assertThat(IntStream.rangeClosed(1, 64).mapToObj(Integer::toString))
        .allSatisfy(
            number -> {
              Signal signal = Signal.valueOf(number);
              assertThat(Signal.valueOf(signal.toString()))
                  .isEqualTo(signal)
                  .hasToString("" + signal);
            });
  }

  @Test
  void signalsAreEqualByNumber() {
    assertThat(Signal.valueOf("15")).isEqualTo(Signal.TERM).hasSameHashCodeAs(Signal.TERM);
    assertThat(Signal.valueOf("POLL")).isEqualTo(Signal.valueOf("IO"));
    assertThat(Signal.TERM).isNotEqualTo(Signal.KILL).isNotEqualTo(15).isNotEqualTo(null);
  }

  @Test
  void namesPrintWithTheirPrefix() {
    assertThat(List.of(Signal.TERM, Signal.valueOf("34"), Signal.valueOf("36")))
        .extracting(Signal::toString)
        .containsExactly("SIGTERM", "SIGRTMIN", "SIGRTMIN+2");
  }

  @Test
  void numbersAreThoseOfThisMachinesShell() throws Exception {
    Process shell =
        new ProcessBuilder(
                "sh", "-c", "n=1; while [ $n -le 31 ]; do kill -l $n; n=$((n + 1)); done")
            .redirectErrorStream(true)
            .start();
    List<String> names =
        new String(shell.getInputStream().readAllBytes(), US_ASCII).lines().toList();
    assertThat(names).hasSize(31);
    assertThat(names.stream().map(name -> Signal.valueOf(name).number()))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 31).boxed().toList());
  }
}
