package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How the assertions of all classes fail, and what they refuse. */
final class Failures {
  private Failures() {}

  /** Compares the whole message: verdict, blank line, and evidence, which names the process. */
  static void assertFails(Launch launch, String verdict, Consumer<LaunchAssert> assertion) {
    assertFails(
        Naming.of(launch), launch.pid(), verdict, () -> assertion.accept(assertThat(launch)));
  }

  /** Compares the whole message: verdict, blank line, and evidence, which names the process. */
  static void assertFails(
      Descendant process, String verdict, Consumer<DescendantAssert> assertion) {
    assertFails(
        Naming.of(process), process.pid(), verdict, () -> assertion.accept(assertThat(process)));
  }

  private static void assertFails(
      String subject, long pid, String verdict, ThrowingCallable assertion) {
    assertThatThrownBy(assertion)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("Expecting " + subject + "\n" + verdict + "\n\n")
        .satisfies(
            failure ->
                assertThat(String.valueOf(failure.getMessage()).split("\n\n", 2)[1])
                    .contains(String.valueOf(pid)));
  }

  /** Null in place of a process is a failure, not a mistake of the caller. */
  static void assertEachNullFails(ThrowingCallable... assertions) {
    for (ThrowingCallable assertion : assertions) {
      assertThatThrownBy(assertion)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("not to be null");
    }
  }

  static void assertEachThrows(Class<? extends Exception> type, ThrowingCallable... calls) {
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call).isInstanceOf(type);
    }
  }

  /** An interrupt ends each wait, and its flag stays set. */
  static void assertEachIsInterrupted(ThrowingCallable... waits) {
    for (ThrowingCallable wait : waits) {
      Thread.currentThread().interrupt();
      Throwable thrown = catchThrowable(wait);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(thrown).isInstanceOf(WaitInterruptedException.class);
    }
  }
}
