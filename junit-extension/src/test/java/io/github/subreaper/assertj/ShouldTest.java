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
import org.assertj.core.description.TextDescription;
import org.junit.jupiter.api.Test;

class ShouldTest {
  private static final String TREE = "  12 S sleep 1000\n";

  @Test
  void endWith() {
    assertThat(endWith("sh (pid 12)", exited(0), exited(7), TREE).create())
        .isEqualTo(
            """
            Expecting sh (pid 12)
            to end with: exited 0
            but it ended with: exited 7

              12 S sleep 1000""");
  }

  private static Should endWith(
      String subject, ExitStatus expected, ExitStatus actual, String evidence) {
    return Should.endWith(subject, expected, actual, actual.toString(), evidence);
  }

  private static Should haveDumpedCore(String subject, ExitStatus actual, String evidence) {
    return Should.haveDumpedCore(subject, actual, actual.toString(), evidence);
  }

  @Test
  void withoutEvidenceTheMessageEndsAfterTheVerdict() {
    assertThat(endWith("exit status", exited(0), exited(7), "").create())
        .isEqualTo(
            """
            Expecting exit status
            to end with: exited 0
            but it ended with: exited 7""");
  }

  @Test
  void percentSignsAndQuotesAreShownUnchanged() {
    assertThat(endWith("sh", exited(0), exited(7), "date \"+%n%s %d%%\"").create())
        .endsWith("\n\ndate \"+%n%s %d%%\"");
  }

  @Test
  void theDescriptionComesFirst() {
    assertThat(endWith("sh", exited(0), exited(7), "").create(new TextDescription("the %s", 1)))
        .startsWith("[the 1] Expecting sh\n");
  }

  @Test
  void endWithExplainsHowShellsReportSignals() {
    assertThat(endWith("sh (pid 12)", signaled(Signal.TERM), exited(143), "").create())
        .isEqualTo(
            """
            Expecting sh (pid 12)
            to end with: killed by SIGTERM
            but it ended with: exited 143
            (143 is 128 + 15: shells report death by SIGTERM this way, and so do programs that imitate them)\
            """);
  }

  @Test
  void endWithExplainsThatTheSignalItselfIsKnown() {
    assertThat(endWith("sh (pid 12)", exited(139), signaled(Signal.SEGV, true), "").create())
        .isEqualTo(
            """
            Expecting sh (pid 12)
            to end with: exited 139
            but it ended with: killed by SIGSEGV (core dumped)
            (128 + 11 is how shells report that; here the signal itself is known: expect signaled(SIGSEGV))\
            """);
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
  void endWithAnUnknownStatusSaysWhyItIsUnknown() {
    assertThat(endWith("sh", exited(0), new ExitStatus.Unknown("reaped by pid 9"), "").create())
        .endsWith("but it ended with: ended, status unknown: reaped by pid 9");
  }

  @Test
  void haveDumpedCore() {
    assertThat(haveDumpedCore("sh (pid 12)", signaled(Signal.SEGV), TREE).create())
        .isEqualTo(
            """
            Expecting sh (pid 12)
            to have dumped core
            but it ended with: killed by SIGSEGV
            (whether a core is dumped depends on `ulimit -c` and core(5))

              12 S sleep 1000""");
    assertThat(haveDumpedCore("exit status", exited(0), "").create())
        .isEqualTo(
            """
            Expecting exit status
            to have dumped core
            but it ended with: exited 0""");
  }

  @Test
  void beAlive() {
    assertThat(Should.beAlive("sh (pid 12)", "exited 0", TREE).create())
        .isEqualTo(
            """
            Expecting sh (pid 12)
            to be alive
            but it is not: exited 0

              12 S sleep 1000""");
  }

  @Test
  void beOrphan() {
    assertThat(Should.beOrphan("sleep (pid 12)", "sh (pid 11)", TREE).create())
        .isEqualTo(
            """
            Expecting sleep (pid 12)
            to be an orphan
            but this JVM has not adopted it; its parent: sh (pid 11)

              12 S sleep 1000""");
  }

  @Test
  void haveName() {
    assertThat(Should.haveName("sleep (pid 12)", "nginx*", "`sleep 1000`", "", TREE).create())
        .isEqualTo(
            """
            Expecting sleep (pid 12)
            to have a name or command line that matches the glob `nginx*`
            but its command line is `sleep 1000`

              12 S sleep 1000""");
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
    assertThat(
            Should.haveChildren("sh (pid 11)", 1, Duration.ofMillis(200), List.of(), "").create())
        .isEqualTo(
            """
            Expecting sh (pid 11)
            to have 1 child
            but after 0.20 s it has no children""");
  }

  @Test
  void haveChildrenBeforeItsEnd() {
    assertThat(Should.haveChildrenBeforeItsEnd("sh (pid 11)", 2, "exited 1", TREE).create())
        .isEqualTo(
            """
            Expecting sh (pid 11)
            to have 2 children
            but it has ended before: exited 1

              12 S sleep 1000""");
  }

  @Test
  void listenOn() {
    assertThat(
            Should.listenOn(
                    "sh (pid 11)",
                    "port 80",
                    Duration.ofSeconds(10),
                    "127.0.0.1:8080, [::1]:8080",
                    TREE)
                .create())
        .isEqualTo(
            """
            Expecting sh (pid 11)
            to listen on port 80
            but after 10.0 s it listens on 127.0.0.1:8080, [::1]:8080

              12 S sleep 1000""");
  }

  @Test
  void listenBeforeItsEnd() {
    assertThat(Should.listenBeforeItsEnd("sh (pid 11)", "port 80", "exited 1", TREE).create())
        .isEqualTo(
            """
            Expecting sh (pid 11)
            to listen on port 80
            but it has ended before: exited 1

              12 S sleep 1000""");
  }

  @Test
  void notListenOn() {
    assertThat(
            Should.notListenOn(
                    "launch of `x` (pid 11)", "port 80", List.of("sh (pid 12): 127.0.0.1:80"), TREE)
                .create())
        .isEqualTo(
            """
            Expecting launch of `x` (pid 11)
            to not listen on port 80
            but it does:
               sh (pid 12): 127.0.0.1:80

              12 S sleep 1000""");
  }

  @Test
  void havePrinted() {
    assertThat(havePrinted("a\nb", "a\nc\n", false, TREE))
        .isEqualTo(
            """
            Expecting echo (pid 11)
            to have printed on stdout:
               a
               b
            but it printed:
               a
               c

              12 S sleep 1000""");
  }

  private static String havePrinted(
      String expected, String printed, boolean running, String evidence) {
    OutputCheck check =
        new OutputCheck("echo (pid 11)", "stdout", running, printed, 0, () -> "", () -> evidence);
    return requireNonNull(check.is(expected)).create();
  }

  @Test
  void havePrintedShowsInvisibleDifferences() {
    assertThat(havePrinted("a", " a ", true, ""))
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
    assertThat(havePrinted("\n\n", "", false, ""))
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
  void haveNoOrphans() {
    assertThat(
            Should.haveNoOrphans(
                    "launch of `x` (pid 11)",
                    List.of("sh (pid 12): exited 0", "sleep (pid 13): alive"),
                    TREE)
                .create())
        .isEqualTo(
            """
            Expecting launch of `x` (pid 11)
            to have left no orphans
            but this JVM adopted 2:
               sh (pid 12): exited 0
               sleep (pid 13): alive

              12 S sleep 1000""");
  }

  @Test
  void haveNoProcesses() {
    assertThat(Should.haveNoProcesses("scope `t`", 1, TREE).create())
        .isEqualTo(
            """
            Expecting scope `t`
            to have no living processes
            but it has 1 process

              12 S sleep 1000""");
  }

  @Test
  void haveNoLeaks() {
    assertThat(Should.haveNoLeaks("scope `t`", List.of("sleep (pid 12): alive"), TREE).create())
        .isEqualTo(
            """
            Expecting scope `t`
            to have no leaks
            but if it ended now, it would leak 1 process:
               sleep (pid 12): alive

              12 S sleep 1000""");
  }

  @Test
  void contain() {
    assertThat(Should.contain(TREE, "nginx*", "\n(a hint)").create())
        .isEqualTo(
            """
            Expecting process tree to contain a process with a name or command line that matches\
             the glob `nginx*`, but there is none:
                 12 S sleep 1000
            (a hint)""");
  }

  @Test
  void containSoOften() {
    assertThat(Should.contain(TREE, "sl*", 0, List.of("sleep (pid 12)"), "\n(a hint)").create())
        .isEqualTo(
            """
            Expecting process tree to contain no processes with a name or command line that matches\
             the glob `sl*`, but there is 1:
               sleep (pid 12)
            of:
                 12 S sleep 1000""");
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
