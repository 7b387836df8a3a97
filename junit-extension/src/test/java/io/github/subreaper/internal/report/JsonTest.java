package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void whatIsWrittenIsReadAgain() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("text", "a \"b\" \\ / é 漢 😀");
    value.put("numbers", List.of(0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE));
    value.put("fraction", new BigDecimal("12.345"));
    value.put("words", Arrays.asList(true, false, null));
    value.put("empty", List.of(Map.of(), List.of(), ""));

    assertThat(Json.read(Json.write(value))).isEqualTo(value);
  }

  @Test
  void allOfTheGrammarIsRead() {
    assertThat(
            Json.read(
                " { \"a\" : [ 1 , -0 , 1.50 , 2e3 , 2E-1 ] , \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\" "
                    + ": \"\\ud83d\\ude00\" }\r\n"))
        .isEqualTo(
            Map.of(
                "a",
                List.of(
                    1L, 0L, new BigDecimal("1.50"), new BigDecimal("2e3"), new BigDecimal("2E-1")),
                "\"\\/\b\f\n\r\té",
                "😀"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,\"a\":2}",
        "{1:2}",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "0x10",
        "NaN",
        "Infinity",
        "nul",
        "True",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u١٢٣٤\"",
        "\"\t\"",
        "\"\n\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\ud800\"",
        "1 2",
        "[] // comment",
        "\u00a01",
        "9223372036854775808",
        "1e400000000",
        "1e-400000000",
        "1e99999999999999999999",
      })
  void whatIsNotJsonIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Json.read(text));
  }

  @Test
  void nestingThatWouldFillTheStackIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Json.read("[".repeat(100_000)));
    assertThatIllegalArgumentException().isThrownBy(() -> Json.read("{\"a\":".repeat(100_000)));
  }

  @Test
  void noCharacterCommandsATerminalOrEndsAScript() {
    StringBuilder all = new StringBuilder();
    for (char c = 0; c < Character.MAX_VALUE; c++) {
      if (!Character.isSurrogate(c)) {
        all.append(c);
      }
    }

    String written = Json.write(all.toString());

    assertThat(Json.read(written)).isEqualTo(all.toString());
    assertThat(written.chars())
        .noneMatch(Character::isISOControl)
        .noneMatch(c -> Character.getType(c) == Character.FORMAT)
        .noneMatch(c -> "<>&\u2028\u2029".indexOf(c) >= 0);
  }

  @Test
  void halfAPairOfSurrogatesIsReplaced() {
    assertThat(Json.write("a\ud800b\udc00")).isEqualTo("\"a\\ufffdb\\ufffd\"");
    assertThat(Json.write("\ud83d\ude00")).isEqualTo("\"😀\"");
  }

  @Test
  void whatIsNoValueIsNotWritten() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.write(Double.NaN))
        .withMessage("no JSON value: a java.lang.Double");
  }
}
