package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The public face of globs; GlobMatcherTest has their grammar. */
@Timeout(120)
class GlobTest {

  @Test
  void aProcessMatchesByItsNameOrByItsCommandLine() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("GlobTest")) {
      Descendant sleep = scope.launch("sleep", "1000").process();

      assertThat(Glob.of("sleep").matches(sleep)).as("by name").isTrue();
      assertThat(Glob.of("sleep 1*").matches(sleep)).as("by command line").isTrue();
      assertThat(Glob.of("1*").matches(sleep)).as("by an argument alone").isFalse();
    }
  }

  @Test
  void aTextMatchesAsAWhole() {
    assertThat(Glob.of("*.conf").matches("nginx.conf")).isTrue();
    assertThat(Glob.of("*.conf").matches("nginx.conf~")).isFalse();
  }

  @Test
  void processThatIsKnownByNameAndCommandLineOnlyMatchesLikeAnyOther() {
    List<String> words = List.of("/usr/sbin/nginx", "-c", "x");
    assertThat(Glob.of("nginx *").matches("other", words)).isTrue();
    assertThat(Glob.of("*/nginx *").matches("other", words)).isTrue();
    assertThat(Glob.of("sbin/nginx *").matches("other", words)).isFalse();
    assertThat(Glob.of("other").matches("other", List.of())).isTrue();
    assertThat(Glob.of("nginx *").matches("/usr/sbin/nginx -c x")).as("a text").isFalse();
  }

  @Test
  void onlyAGlobWithoutWildcardsHasALiteral() {
    assertThat(Glob.of("\\*a\\\\").literal()).contains("*a\\");
    assertThat(Glob.of("").literal()).contains("");
    assertThat(Glob.of("a*").literal()).isEmpty();
    assertThat(Glob.of("a?").literal()).isEmpty();
  }

  @Test
  void globPrintsAsWritten() {
    assertThat(Glob.of("a\\*?*")).hasToString("a\\*?*");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullIsRejectedByName() {
    assertThatNullPointerException().isThrownBy(() -> Glob.of(null)).withMessage("glob");
  }
}
