package io.github.subreaper.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobMatcherTest {

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
    "a?b, 'a\nb'",
    "a\\*, a*", // a backslash takes the next character literally
    "a\\?, a?",
    "\\\\, \\",
    "\\a, a",
    "\\*\\**, **anything",
    "a\\, a\\", // at the end it is itself
    "a?b, aäb",
    "a?b, a\uD83D\uDE00b" // one character, also beyond the basic plane
  })
  void matches(String glob, String subject) {
    assertThat(new GlobMatcher(glob).matches(subject)).isTrue();
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
    "*worker, worker process",
    "a\\*, ab",
    "a\\?, ab",
    "a\\, a",
    "a??b, a\uD83D\uDE00b",
    "x.conf, /etc/x.conf" // a text that is no process has no base name
  })
  void doesNotMatch(String glob, String subject) {
    assertThat(new GlobMatcher(glob).matches(subject)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"a.c, abc", "[ab], a", "{a;b}, a", "a+, aa", "(a|b), a", "^a$, a", "a$, a"})
  void nothingElseIsSpecial(String glob, String other) {
    assertThat(new GlobMatcher(glob).matches(other)).isFalse();
    assertThat(new GlobMatcher(glob).matches(glob)).isTrue();
  }

  @Test
  void theNameAndTheCommandLineJoinedByBlanksAreTried() {
    assertThat(
            new GlobMatcher("redis-server")
                .matches("redis-server", List.of("/x/redis-server", "-p")))
        .isTrue();
    assertThat(new GlobMatcher("/x/* -p").matches("redis-server", List.of("/x/redis-server", "-p")))
        .isTrue();
    assertThat(new GlobMatcher("-p").matches("redis-server", List.of("/x/redis-server", "-p")))
        .isFalse();
  }

  /** The first column is the glob, the others are the words. */
  @ParameterizedTest
  @CsvSource({
    "sleep 60, /usr/bin/sleep, 60",
    "nginx *, /usr/sbin/nginx, -c x",
    "nginx*, /usr/sbin/nginx, -c x",
    "n?inx -c *, /usr/sbin/nginx, -c /etc/x",
    "nginx, sbin/nginx,",
    "my app/bin/x -p, '/opt/my app/bin/x', -p",
    "n\\ginx *, /usr/sbin/nginx, x",
    "*, /usr/sbin/nginx, x"
  })
  void firstWordWithoutASlashMayBeABaseName(String glob, String first, @Nullable String second) {
    List<String> words = second == null ? List.of(first) : List.of(first, second);
    assertThat(new GlobMatcher(glob).matches("comm", words)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "bin/sleep 60, /usr/bin/sleep, 60",
    "s*/x, /usr/bin/sleep, /x",
    "s\\/x, /usr/bin/s/x,",
    "60, /usr/bin/sleep, 60",
    "my, '/opt/my app/bin/x',",
    "eep 60, /usr/bin/sleep, 60",
    "x, 'app: /usr/bin/x',",
    "sleep 60, /usr/bin/sleep, 61",
    "'', /usr/bin/,",
    "b, '/a/ b',",
    "' b', '/a/ b',",
    "x, ' /a/x',"
  })
  void noOtherPartOfACommandLineMatches(String glob, String first, @Nullable String second) {
    List<String> words = second == null ? List.of(first) : List.of(first, second);
    assertThat(new GlobMatcher(glob).matches("comm", words)).isFalse();
  }

  @Test
  void textThatIsNoProcessIsMatchedAsItIs() {
    assertThat(new GlobMatcher("x.conf").matches("/etc/x.conf", List.of())).isFalse();
  }

  @Test
  void anUnknownCommandLineIsNotAnEmptyOne() {
    assertThat(new GlobMatcher("").matches("sh", List.of())).isFalse();
    assertThat(new GlobMatcher("").matches("sh", List.of(""))).isTrue();
    assertThat(new GlobMatcher("s*").matches("sh", List.of())).isTrue();
  }

  @Test
  void manyStarsTakeNoLongerThanOne() {
    GlobMatcher glob = new GlobMatcher("*a".repeat(500) + "*b");
    String subject = "a".repeat(20_000);
    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> assertThat(glob.matches(subject, List.of("/bin/" + subject, subject))).isFalse());
  }

  @Test
  void onlyAGlobWithoutWildcardsHasALiteral() {
    assertThat(new GlobMatcher("\\*a").literal()).isEqualTo("*a");
    assertThat(new GlobMatcher("\\*a?").literal()).isNull();
  }

  @Test
  void printsAsWritten() {
    assertThat(new GlobMatcher("a\\*?*")).hasToString("a\\*?*");
  }

  @Test
  void processThatIsKnownByNameAndCommandLineOnlyMatchesLikeAnyOther() {
    List<String> words = List.of("/usr/sbin/nginx", "-c", "x");
    assertThat(new GlobMatcher("nginx *").matches("other", words)).isTrue();
    assertThat(new GlobMatcher("*/nginx *").matches("other", words)).isTrue();
    assertThat(new GlobMatcher("sbin/nginx *").matches("other", words)).isFalse();
    assertThat(new GlobMatcher("other").matches("other", List.of())).isTrue();
    assertThat(new GlobMatcher("nginx *").matches("/usr/sbin/nginx -c x")).as("a text").isFalse();
  }
}
