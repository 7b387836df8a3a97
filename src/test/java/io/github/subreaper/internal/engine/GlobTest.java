package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {

  @ParameterizedTest
  @CsvSource({
    "nginx, nginx",
    "nginx*, nginx",
    "nginx*, nginx: master process",
    "*worker*, nginx: worker process",
    "*, ''",
    "*, anything",
    "**, x",
    "?, x",
    "a?c, abc",
    "a*b*c, aXbYbZc",
    "*.conf, /etc/x.conf",
    "'', ''",
    "a*, 'a\nb'",
    "a?b, 'a\nb'"
  })
  void matches(String glob, String subject) {
    assertThat(new Glob(glob).matches(subject)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "nginx, nginx2",
    "nginx, anginx",
    "ngin, nginx",
    "nginx, Nginx",
    "?, ''",
    "?, xy",
    "'', x",
    "a*b*c, aXbY",
    "*worker, worker process"
  })
  void doesNotMatch(String glob, String subject) {
    assertThat(new Glob(glob).matches(subject)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"a.c, abc", "[ab], a", "{a;b}, a", "a+, aa", "(a|b), a", "^a$, a", "a$, a"})
  void nothingElseIsSpecial(String glob, String other) {
    assertThat(new Glob(glob).matches(other)).isFalse();
    assertThat(new Glob(glob).matches(glob)).isTrue();
  }

  @Test
  void aBackslashTakesTheNextCharacterLiterally() {
    assertThat(new Glob("a\\*").matches("a*")).isTrue();
    assertThat(new Glob("a\\*").matches("ab")).isFalse();
    assertThat(new Glob("a\\?").matches("a?")).isTrue();
    assertThat(new Glob("a\\?").matches("ab")).isFalse();
    assertThat(new Glob("\\\\").matches("\\")).isTrue();
    assertThat(new Glob("\\a").matches("a")).isTrue();
    assertThat(new Glob("\\*\\**").matches("**anything")).isTrue();
  }

  @Test
  void aBackslashAtTheEndIsItself() {
    assertThat(new Glob("a\\").matches("a\\")).isTrue();
    assertThat(new Glob("a\\").matches("a")).isFalse();
  }

  @Test
  void aQuestionMarkIsOneCharacterAlsoBeyondTheBasicPlane() {
    assertThat(new Glob("a?b").matches("aäb")).isTrue();
    assertThat(new Glob("a?b").matches("a\uD83D\uDE00b")).isTrue();
    assertThat(new Glob("a??b").matches("a\uD83D\uDE00b")).isFalse();
  }

  @Test
  void theNameAndTheCommandLineJoinedByBlanksAreTried() {
    assertThat(new Glob("redis-server").matches("redis-server", List.of("/x/redis-server", "-p")))
        .isTrue();
    assertThat(new Glob("/x/* -p").matches("redis-server", List.of("/x/redis-server", "-p")))
        .isTrue();
    assertThat(new Glob("-p").matches("redis-server", List.of("/x/redis-server", "-p"))).isFalse();
  }

  @Test
  void anUnknownCommandLineIsNotAnEmptyOne() {
    assertThat(new Glob("").matches("sh", List.of())).isFalse();
    assertThat(new Glob("").matches("sh", List.of(""))).isTrue();
    assertThat(new Glob("s*").matches("sh", List.of())).isTrue();
  }

  @Test
  void manyStarsTakeNoLongerThanOne() {
    Glob glob = new Glob("*a".repeat(500) + "*b");
    String subject = "a".repeat(20_000);
    assertTimeoutPreemptively(
        Duration.ofMinutes(1), () -> assertThat(glob.matches(subject)).isFalse());
  }

  @Test
  void printsAsWritten() {
    assertThat(new Glob("a\\*?*")).hasToString("a\\*?*");
  }
}
