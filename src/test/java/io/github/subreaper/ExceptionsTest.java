package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.subreaper.internal.access.Access;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One supertype catches all that the library throws, and an exception keeps its cause. */
@Timeout(120)
class ExceptionsTest extends ScopeFixture {
  @Test
  void launchThatFailsKeepsItsCause() {
    LaunchException failure =
        catchThrowableOfType(LaunchException.class, () -> scope.launch("no-such-program"));
    assertThat(failure).isInstanceOf(SubreaperException.class);
    assertThat(failure.getCause()).hasMessage(failure.getMessage());
  }

  @Test
  void callOnAnEndedScopeKeepsItsCause() {
    scope.end();
    assertThatThrownBy(() -> scope.launch("true"))
        .isInstanceOf(ScopeClosedException.class)
        .isInstanceOf(SubreaperException.class)
        .hasCauseInstanceOf(RuntimeException.class);
  }

  @Test
  void frameworkAddsItsAdviceToAnUnsupportedSystem() {
    UnsupportedSystemException cause =
        new UnsupportedSystemException("no prctl(2)", new IllegalStateException());
    assertThat(Access.get().withAdvice(cause, "Skip it."))
        .hasMessage("no prctl(2)\n  Skip it.")
        .hasCause(cause);
  }
}
