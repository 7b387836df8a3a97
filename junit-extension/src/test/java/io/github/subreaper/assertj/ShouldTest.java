package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowableOfType;
import static io.github.subreaper.assertj.SubreaperAssertions.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;
import static java.util.Objects.requireNonNull;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import io.github.subreaper.WaitTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages of which the tests of the assertions do not compare all; those have the others. */
class ShouldTest {
  private static final String TREE = "  12 S sleep 1000\n";

  private static Should endWith(
      String subject, ExitStatus expected, ExitStatus actual, String evidence) {
    return Should.endWith(subject, expected, actual, actual.toString(), evidence);
  }

  @Test
  void endWithExplainsNoOtherCode() {
    assertThat(endWith("sh", exited(0), exited(128), "").create()).endsWith("exited 128");
    assertThat(endWith("sh", exited(0), exited(192), "").create())
        .contains("192 is 128 + 64: shells report death by SIGRTMIN+30 this way");
    assertThat(endWith("sh", exited(0), exited(193), "").create()).endsWith("exited 193");
    assertThat(endWith("sh", exited(0), signaled(Signal.KILL), "").create())
        .endsWith("killed by SIGKILL");
  }

  @Test
  void haveChildren() {
    assertThat(
            Should.haveChildren(
                    "sh (pid 11)",
                    2,
                    Duration.ofSeconds(10),
                    List.of("sleep (pid 12): alive"),
                    TREE)
                .create())
        .isEqualTo(
            """
            Expecting sh (pid 11)
            to have 2 children
            but after 10.0 s it has 1 child:
               sleep (pid 12): alive

              12 S sleep 1000""");
  }

  private static String havePrinted(String expected, String printed, boolean running) {
    OutputCheck check =
        new OutputCheck("echo (pid 11)", "stdout", running, printed, 0, () -> "", () -> "");
    return requireNonNull(check.is(expected)).create();
  }

  @Test
  void havePrintedShowsInvisibleDifferences() {
    assertThat(havePrinted("a", " a ", true))
        .isEqualTo(
            """
            Expecting echo (pid 11)
            to have printed on stdout:
               a
            but it printed:
                a
            (the two differ in white space only)
            (it is still running, so later output is missing: wait with exitsWith(…) before)\
            """);
    assertThat(havePrinted("\n\n", "", false))
        .isEqualTo(
            """
            Expecting echo (pid 11)
            to have printed on stdout:
               (nothing but white space)
            but it printed:
               (nothing)
            (the two differ in white space only)""");
  }

  @Test
  void containSoOften() {
    assertThat(Should.contain(TREE, "x", 2, List.of(), "\n(a hint)").create())
        .endsWith(
            " to contain 2 processes with a name or command line that matches the glob `x`, but"
                + " there are none:\n     12 S sleep 1000\n(a hint)");
  }

  @Test
  void haveSize() {
    assertThat(Should.haveSize("", 2, 0).create())
        .isEqualTo("Expecting process tree to have 2 processes, but it has no processes");
  }

  @Test
  void comeAsAwaitedTakesTheMessageOfTheWaitAsItIs() {
    try (RealScope scope = new RealScope()) {
      WaitTimeoutException wait =
          catchThrowableOfType(
              WaitTimeoutException.class,
              () -> scope.patient().awaitDescendant("100%", Duration.ZERO));
      assertThat(wait).hasMessageContaining("100%");
      assertThat(Should.comeAsAwaited(wait).create()).isEqualTo(wait.getMessage());
    }
  }
}
