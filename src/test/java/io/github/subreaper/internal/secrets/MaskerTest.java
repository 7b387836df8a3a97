package io.github.subreaper.internal.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskerTest {
  private final Masker masker = Masker.of(List.of());

  static Stream<String> forms() throws Exception {
    return lines("secret-forms.txt");
  }

  static Stream<String> innocents() throws Exception {
    return lines("innocent-lines.txt");
  }

  private static Stream<String> lines(String name) throws Exception {
    try (InputStream data = Objects.requireNonNull(MaskerTest.class.getResourceAsStream(name))) {
      return new String(data.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.replace('⏎', '\n'));
    }
  }

  /** Masks a line, or each word of a command line. */
  private String masked(String line) {
    return line.contains("¦")
        ? String.join("¦", masker.words(List.of(line.split("¦", -1))))
        : masker.text(line);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void secretIsMaskedAndNothingElse(String form) {
    assertThat(masked(form.replaceAll("[«»]", ""))).isEqualTo(form.replaceAll("«[^»]*»", "***"));
  }

  @ParameterizedTest
  @MethodSource("innocents")
  void innocentLineIsUnchanged(String line) {
    assertThat(masked(line)).isEqualTo(line);
  }

  @Test
  void valueOfASecretVariableIsMaskedWhereverItOccurs() {
    Masker.learn(
        Map.of(
            "DB_PASSWORD", "s3cr3tValue",
            "API_TOKEN", "first-line-1\nsecond-line-2\nabc",
            "DATABASE_URL", "postgres://me:url-Pass1@db/x",
            "TOKEN_PATH", "not-a-s3cret"));

    assertThat(masker.text("x s3cr3tValue, second-line-2 url-Pass1 abc not-a-s3cret"))
        .isEqualTo("x ***, *** *** abc not-a-s3cret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"short1", "123456789", "true", "/usr/lib/jvm/java", "postgres", "docker-desktop"})
  void valueThatIsLikelyByChanceIsMaskedBehindItsNameOnly(String value) {
    Masker.learn(Map.of("MY_SECRET", value));

    assertThat(masker.text("saw " + value)).isEqualTo("saw " + value);
  }

  @Test
  void secretOfACommandLineIsMaskedInLaterTexts() {
    assertThat(masker.text("with hunter-22")).isEqualTo("with hunter-22");
    assertThat(masker.words(List.of("a", "--password", "hunter-22"))).contains("***");

    assertThat(masker.text("with hunter-22")).isEqualTo("with ***");
    assertThat(masker.words(List.of("connect", "hunter-22"))).containsExactly("connect", "***");
  }

  @Test
  void moreNamesMayBeGiven() {
    Masker more = Masker.of(List.of("LICENCE_*", "*-file"));

    assertThat(more.words(List.of("--licence-number=hunter", "--password-file", "hunter")))
        .containsExactly("--licence-number=***", "--password-file", "***");
  }

  @Test
  @Timeout(60) // without memory of what is done it takes minutes
  void manyEqualTextsAreMaskedOnce() {
    String script = "i=0; while [ $i -lt 10 ]; do x=$i; i=$((i+1)); done; # ".repeat(60);
    for (int i = 0; i < 100_000; i++) {
      assertThat(masker.text(script.concat(""))).isEqualTo(script);
    }
  }

  static Stream<String> parts() {
    return Stream.of(
        "a",
        "-",
        "=",
        "\"",
        "\\",
        "'",
        "\0",
        "password=",
        "password='",
        "password ",
        "password is ",
        "key:\n",
        "--password ",
        "a://",
        "a://b@",
        "a:b@",
        "<secret ",
        "mysql ",
        "curl -u ",
        "eyJaaaaaaaa.",
        "bearer ",
        "sk-",
        "-----BEGIN ",
        "-----BEGIN A",
        "-----BEGIN PRIVATE KEY-----",
        "password=\\");
  }

  @ParameterizedTest
  @MethodSource("parts")
  @Timeout(60)
  void muchOfAnythingIsMasked(String part) {
    assertMasked(part, 8_000);
  }

  @ParameterizedTest
  @MethodSource("parts")
  @Tag("full")
  @Timeout(60) // where something is tried again from each character, this takes hours
  void muchOfAnythingIsMaskedInLinearTime(String part) {
    assertMasked(part, 200_000);
  }

  private void assertMasked(String part, int length) {
    String text = part.repeat(length / part.length());

    assertThat(masker.words(List.of("mysql", text.replace('\0', ' '), "--token", "x"))).hasSize(4);
    assertThat(masker.text(text)).isNotEmpty();
  }
}
