package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.text.Counts;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0        | 100        | 0 µs, 50 µs, 100 µs
          0        | 3000       | 0 ms, 1 ms, 2 ms, 3 ms
          0        | 1234567    | 0.0 s, 0.5 s, 1.0 s
          0        | 3600000    | 0 s, 1 s, 2 s, 3 s
          -500000  | 900000     | −500 ms, 0 ms, 500 ms
          300      | 99000      | 50 ms
          0        | 100000000  | 0 s, 50 s, 100 s
          0        | 360000000  | 0 min, 2 min, 4 min, 6 min
          0        | 7200000000 | 0 min, 30 min, 60 min, 90 min, 120 min
          0        | 9999999999999999 | 0 h
          """)
  void labelsAreRoundNumbersInOneUnit(long fromMicros, long toMicros, String labels) {
    Axis axis = new Axis(fromMicros * 1_000, Math.min(toMicros, Long.MAX_VALUE / 2_000) * 1_000);

    List<String> found = axis.ticks(4).stream().map(Axis.Tick::label).toList();

    if (labels.equals("0 h")) {
      assertThat(found).hasSizeLessThanOrEqualTo(5).allMatch(label -> label.endsWith(" h"));
    } else {
      assertThat(String.join(", ", found)).isEqualTo(labels);
    }
  }

  @Test
  void whatIsOutsideIsAtTheEdge() {
    Axis axis = new Axis(100, 300);

    assertThat(axis.at(50)).isEqualTo("0%");
    assertThat(axis.at(200)).isEqualTo("50%");
    assertThat(axis.at(400)).isEqualTo("100%");
    assertThat(axis.width(0, 150)).isEqualTo("25%");
    assertThat(axis.width(300, 200)).isEqualTo("0%");
  }

  @Test
  void phasesDecideWhereTheAxisStarts() {
    MadeRecording made = new MadeRecording().phase("test", 10, 20);
    made.exited(0, -5_000, 30, 0, "old");

    Recording recording = made.make();

    assertThat(Axis.of(recording, Rows.of(recording, 500)))
        .isEqualTo(new Axis(MadeRecording.ms(10), MadeRecording.ms(30)));
  }

  @Test
  void withoutPhasesTheFirstBirthDoes() {
    MadeRecording made = new MadeRecording();
    made.exited(0, -5, 30, 0, "old");

    Recording recording = made.make();

    assertThat(Axis.of(recording, Rows.of(recording, 500)))
        .isEqualTo(new Axis(MadeRecording.ms(-5), MadeRecording.ms(30)));
  }

  @Test
  void absurdTimesOfAFileMakeAnAxisAllTheSame() {
    MadeRecording made = new MadeRecording().phase("test", -9e12, 9e12);

    Recording recording = made.make();
    Axis axis = Axis.of(recording, Rows.of(recording, 500));

    assertThat(axis.ticks(8)).hasSizeBetween(2, 10);
    assertThat(axis.at(Long.MAX_VALUE)).isEqualTo("100%");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 s",
    "340, 0.34 µs",
    "12345, 12.3 µs",
    "123456789, 123 ms",
    "3412345678, 3.41 s",
    "3416000000, 3.42 s",
    "59940000000, 59.9 s",
    "119990000000, 1 min 59.9 s",
    "120000000000, 2 min 0.0 s",
    "7260000000000, 2 h 1 min",
    "-500000000, −500 ms",
    "-9223372036854775808, '−2,562,047 h 47 min'"
  })
  void spansHaveThreeDigitsAndAUnit(long nanos, String text) {
    assertThat(Times.of(nanos)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1 byte",
    "1023, '1,023 bytes'",
    "1024, 1.0 KiB",
    "1800000, 1.7 MiB",
    "1048575, 1.0 MiB",
    "209715200, 200 MiB"
  })
  void bytesHaveAUnit(long bytes, String text) {
    assertThat(Counts.bytes(bytes)).isEqualTo(text);
  }
}
