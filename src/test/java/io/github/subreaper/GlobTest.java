package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

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
  void globPrintsAsWritten() {
    assertThat(Glob.of("a\\*?*")).hasToString("a\\*?*");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullIsRejectedByName() {
    assertThatNullPointerException().isThrownBy(() -> Glob.of(null)).withMessage("glob");
  }
}
