package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import org.junit.jupiter.api.Test;

class GlobTest {

  @Test
  void starIsAnyText() {
    assertThat(new Glob("nginx*").matches("nginx")).isTrue();
    assertThat(new Glob("*master*").matches("nginx: master process\nx")).isTrue();
    assertThat(new Glob("*master").matches("nginx: master process")).isFalse();
    assertThat(new Glob("*").matches("")).isTrue();
  }

  @Test
  void questionMarkIsOneCharacter() {
    assertThat(new Glob("s?").matches("sh")).isTrue();
    assertThat(new Glob("s?").matches("s")).isFalse();
    assertThat(new Glob("s?").matches("ssh")).isFalse();
  }

  @Test
  void nothingElseIsSpecial() {
    assertThat(new Glob("[kw]orker.{2}^$|()+").matches("[kw]orker.{2}^$|()+")).isTrue();
    assertThat(new Glob("a.c").matches("abc")).isFalse();
  }

  @Test
  void backslashTakesTheNextCharacterLiterally() {
    assertThat(new Glob("\\*\\?\\\\").matches("*?\\")).isTrue();
    assertThat(new Glob("\\*").matches("x")).isFalse();
    assertThat(new Glob("\\d").matches("d")).isTrue();
    assertThat(new Glob("a\\").matches("a\\")).isTrue();
  }
}
