package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.Failures.assertEachNullFails;
import static io.github.subreaper.assertj.Failures.assertEachThrows;
import static io.github.subreaper.assertj.Failures.assertFails;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;

import io.github.subreaper.Glob;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.internal.assertj.facts.Hint;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

/** Checks assertions on what a launch has printed. */
@Timeout(60)
class LaunchOutputTest {
  private static final String STILL_RUNNING =
      "\n(it is still running, so later output is missing: wait with exitsWith(…) before)";

  @AutoClose private final RealScope scope = new RealScope();

  private Launch ended(String script) {
    Launch launch = scope.sh(script);
    assertThat(launch).exitsWith(0);
    return launch;
  }

  // the whole output ----------------------------------------------------------------------------

  @Test
  void hasStdoutComparesAllButOneNewline() {
    assertThat(scope.sh("echo hello")).exitsWith(0).hasStdout("hello").hasStdout("hello\n");
    assertThat(scope.sh("printf hello")).exitsWith(0).hasStdout("hello").hasStdout("hello\n");
    assertThat(scope.sh("printf 'a\\n\\n'")).exitsWith(0).hasStdout("a\n");
    assertThat(scope.sh("echo err >&2")).exitsWith(0).hasStdout("");
  }

  @Test
  void hasStdoutFailsForAnotherText() {
    Launch launch = ended("echo hello");

    assertFails(
        launch,
        "to have printed on stdout:\n   hell\nbut it printed:\n   hello",
        it -> it.hasStdout("hell"));
    assertFails(
        launch,
        "to have printed on stdout:\n    hello\nbut it printed:\n   hello\n"
            + "(the two differ in white space only)",
        it -> it.hasStdout(" hello"));
  }

  @Test
  void hasStdoutFailureLetsAnIdeShowTheDifference() {
    Launch launch = ended("echo 100%n");

    Throwable failure = catchThrowable(() -> assertThat(launch).as("out").hasStdout("hell"));

    assertThat(failure)
        .isInstanceOfSatisfying(
            AssertionFailedError.class,
            error -> {
              assertThat(error.getActual().getValue()).isEqualTo("100%n\n");
              assertThat(error.getExpected().getValue()).isEqualTo("hell");
            })
        .hasMessageStartingWith("[out] Expecting launch of `sh -c echo 100%n` (pid ")
        .hasMessageContaining("100%n");
    assertThat(failure.getStackTrace()[0].getClassName()).isEqualTo(getClass().getName());
  }

  @Test
  void hasStderrComparesStderrOnly() {
    Launch launch = ended("echo out; echo hello >&2");
    assertThat(launch).hasStderr("hello").hasStderr("hello\n").hasStdout("out");

    assertFails(
        launch,
        "to have printed on stderr:\n   hell\nbut it printed:\n   hello",
        it -> it.hasStderr("hell"));
    assertThat(catchThrowable(() -> assertThat(launch).hasStderr("hell")))
        .isInstanceOfSatisfying(
            AssertionFailedError.class,
            error -> assertThat(error.getActual().getValue()).isEqualTo("hello\n"));
  }

  // lines ---------------------------------------------------------------------------------------

  @Test
  void aRegexIsFoundAnywhereInALine() {
    assertThat(ended("echo one; echo 'port 80: open'; printf three"))
        .hasStdoutMatching("80")
        .hasStdoutMatching("^port \\d+: open$")
        .hasStdoutMatching("^one$")
        .hasStdoutMatching("^three$")
        .hasStdoutMatching("");
    assertThat(ended("echo one >&2; echo 'port 80: refused' >&2"))
        .hasStderrMatching("refused")
        .hasStderrMatching("^port \\d+: refused$");
  }

  @Test
  void aRegexIsFoundInOneLineOnly() {
    Launch launch = ended("echo one; echo two");

    assertFails(
        launch,
        """
        to have printed on stdout a line in which the regex /one\\ntwo/ is found
        but it printed:
           one
           two""",
        it -> it.hasStdoutMatching("one\ntwo"));
    assertThat(launch).hasStdoutContaining("one\ntwo");
  }

  @Test
  void hasStderrMatchingFailsIfItIsFoundInNoLine() {
    Launch launch = ended("echo one >&2; echo 'port 80: refused' >&2; echo three >&2");

    assertFails(
        launch,
        """
        to have printed on stderr a line in which the regex /^refused/ is found
        but it printed:
           one
           port 80: refused
           three""",
        it -> it.hasStderrMatching("^refused"));
  }

  @Test
  void neverPrintsLooksAtBothStreams() {
    assertThat(ended("echo fine; echo 'no panic: all is well' >&2"))
        .neverPrintsFault()
        .neverPrints("^panic");
    Launch launch = ended("echo fine; echo 'panic: index out of range' >&2");

    assertThatThrownBy(() -> assertThat(launch).neverPrints("^panic"))
        .hasMessageContaining("to have printed on stderr no lines in which the regex /^panic/");
    assertThatThrownBy(() -> assertThat(launch).neverPrintsFault())
        .hasMessageContaining("to have printed on stderr no lines in which the regex")
        .hasMessageContaining("but there is 1:\n   panic: index out of range");
  }

  @Test
  void aCarriageReturnBeforeANewlineBelongsToNoLine() {
    assertThat(ended("printf 'one\\r\\ntwo\\rthree\\r\\n'"))
        .hasStdoutMatching("^one$")
        .hasStdoutMatching("^two\rthree$", 1)
        .hasStdoutMatching("\r$", 0)
        .hasStdoutMatching("", 2);
  }

  @Test
  void linesInWhichARegexIsFoundAreCounted() {
    assertThat(ended("echo retry; echo 'retry, retry'; echo; echo done"))
        .hasStdoutMatching("retry", 2)
        .hasStdoutMatching("^$", 1)
        .hasStdoutMatching("", 4)
        .hasStdoutMatching("error", 0)
        .hasStderrMatching("", 0);
  }

  @Test
  void anotherNumberOfLinesFailsAndShowsThem() {
    Launch launch = ended("(echo retry 1; echo done; echo retry 2) >&2");

    assertFails(
        launch,
        """
        to have printed on stderr no lines in which the regex /retry/ is found
        but there are 2:
           retry 1
           retry 2""",
        it -> it.hasStderrMatching("retry", 0));
    assertFails(
        launch,
        """
        to have printed on stderr 2 lines in which the regex /done/ is found
        but there is 1:
           done""",
        it -> it.hasStderrMatching("done", 2));
    assertFails(
        launch,
        """
        to have printed on stderr 1 line in which the regex /error/ is found
        but it printed:
           retry 1
           done
           retry 2""",
        it -> it.hasStderrMatching("error", 1));
  }

  @Test
  void onlyMissingLinesMayStillCome() {
    Launch launch = scope.sh("echo one; sleep 1000; true");
    launch.awaitOutput("one");

    assertFails(
        launch,
        "to have printed on stdout:\n   x\nbut it printed:\n   one" + STILL_RUNNING,
        it -> it.hasStdout("x"));
    assertFails(
        launch,
        "to have printed on stdout a line in which the regex /x/ is found\nbut it printed:\n   one"
            + STILL_RUNNING,
        it -> it.hasStdoutMatching("x"));
    assertFails(
        launch,
        "to have printed on stdout 2 lines in which the regex /one/ is found\nbut there is 1:\n"
            + "   one"
            + STILL_RUNNING,
        it -> it.hasStdoutMatching("one", 2));
    assertFails(
        launch,
        "to have printed on stdout no lines in which the regex /one/ is found\nbut there is 1:\n"
            + "   one",
        it -> it.hasStdoutMatching("one", 0));
  }

  @Test
  void nothingIsClaimedOfOutputThatWasNotKept() {
    Program program = Program.of("sh", "-c", "echo ERROR; seq 1 30000").withKeptOutput(100_000);
    Launch launch = scope.patient().launch(program);
    assertThat(launch).exitsWith(0);
    String cut = launch.stdout();

    for (ThrowingCallable unknown :
        List.<ThrowingCallable>of(
            () -> assertThat(launch).hasStdoutMatching("ERROR", 0),
            () -> assertThat(launch).hasStdoutMatching("ERROR"),
            () -> assertThat(launch).hasStdoutMatching("^30000$", 1),
            () -> assertThat(launch).hasStdoutContaining("ERROR"),
            () -> assertThat(launch).hasStdout(cut))) {
      assertThatThrownBy(unknown)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining(" bytes of its output were not kept (To fix: launch")
          .hasMessageContaining("withKeptOutput(bytes)")
          .satisfies(failure -> assertThat(failure.getMessage()).hasSizeLessThan(5_000));
    }
    assertThat(launch).hasStdoutContaining("\n29999\n").hasStdoutMatching("^30000$");
  }

  @Test
  void aLongOutputIsNotRepeated() {
    Launch launch = ended("seq 1000");

    assertThatThrownBy(() -> assertThat(launch).hasStdoutMatching("x"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("\nbut it printed:\n   1\n   2\n")
        .hasMessageContaining("\n   25\n   … 960 lines more …\n   986\n")
        .hasMessageContaining("\n   1000\n\n");
  }

  // text ----------------------------------------------------------------------------------------

  @Test
  void aTextIsTakenAsItIs() {
    assertThat(ended("echo 'cost: $5 (net)'; echo 'a*b' >&2"))
        .hasStdoutContaining("$5 (net)\n")
        .hasStderrContaining("a*b");
  }

  @Test
  void aTextThatIsMissingFails() {
    Launch launch = ended("echo one; echo two; echo three >&2");

    assertFails(
        launch,
        """
        to have printed on stdout a text that contains:
           two
           three
        but it printed:
           one
           two""",
        it -> it.hasStdoutContaining("two\nthree"));
    assertFails(
        launch,
        """
        to have printed on stderr a text that contains:
           two
        but it printed:
           three
        (stdout contains that text)""",
        it -> it.hasStderrContaining("two"));
  }

  // hints ---------------------------------------------------------------------------------------

  @Test
  void aFailureSaysWhatWouldHaveMatched() {
    Launch launch = ended("echo 'listening on [::1]:80'; echo bad >&2");

    assertFails(
        launch,
        """
        to have printed on stdout a line in which the regex /listening on [::1]:80/ is found
        but it printed:
           listening on [::1]:80
        (a line contains this very text, in which some characters mean something else in a regex:\
         escape them, or use hasStdoutContaining)""",
        it -> it.hasStdoutMatching("listening on [::1]:80"));
    assertFails(
        launch,
        """
        to have printed on stdout a line in which the regex /listening ?n *80/ is found
        but it printed:
           listening on [::1]:80
        (as a glob it matches a line, but this is a regex: `.*` stands for any text, `.` for any one\
         character)""",
        it -> it.hasStdoutMatching("listening ?n *80"));
    assertFails(
        launch,
        """
        to have printed on stdout 1 line in which the regex /^bad$/ is found
        but it printed:
           listening on [::1]:80
        (stderr has such a line)""",
        it -> it.hasStdoutMatching("^bad$", 1));
    assertFails(
        launch,
        """
        to have printed on stdout a line in which the regex /liste*x/ is found
        but it printed:
           listening on [::1]:80""",
        it -> it.hasStdoutMatching("liste*x"));
  }

  @Test
  void hintsForGlobsHaveBeenTried() {
    List<String> tried = List.of("nginx", "nginx: master process");

    assertThat(hint("ginx", tried))
        .startsWith("\n(`*ginx` matches: a glob is compared with all of");
    assertThat(hint("nginx: ", tried)).startsWith("\n(`nginx: *` matches: ");
    assertThat(hint("^nginx$", tried)).startsWith("\n(`nginx` matches: ");
    assertThat(hint("^nginx: .* process$", tried)).startsWith("\n(`nginx: * process` matches: ");
    assertThat(hint("ster", tried)).startsWith("\n(`*ster*` matches: ");
    assertThat(hint("redis", tried)).isEmpty();
    assertThat(hint("", tried)).isEmpty();
  }

  private static String hint(String glob, List<String> texts) {
    return Hint.forGlob(glob, other -> texts.stream().anyMatch(Glob.of(other)::matches));
  }

  // arguments -----------------------------------------------------------------------------------

  @Test
  void nullLaunchIsAFailure() {
    assertEachNullFails(
        () -> assertThat((Launch) null).hasStdout(""),
        () -> assertThat((Launch) null).hasStderr(""),
        () -> assertThat((Launch) null).hasStdoutMatching(""),
        () -> assertThat((Launch) null).hasStderrMatching("", 1),
        () -> assertThat((Launch) null).hasStderrContaining(""));
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badArgumentsAreRejectedAtTheCall() {
    LaunchAssert launch = assertThat(scope.sh("exit 0"));

    assertEachThrows(
        NullPointerException.class,
        () -> launch.hasStdout(null),
        () -> launch.hasStderr(null),
        () -> launch.hasStdoutMatching(null),
        () -> launch.hasStderrMatching(null),
        () -> launch.hasStdoutMatching(null, 1),
        () -> launch.hasStderrMatching(null, 1),
        () -> launch.hasStdoutContaining(null),
        () -> launch.hasStderrContaining(null));
    assertThatThrownBy(() -> launch.hasStdoutMatching("("))
        .isInstanceOf(PatternSyntaxException.class)
        .hasMessageContaining("lines are searched by a regex, in which `.*` stands for any text");
    assertThatThrownBy(() -> launch.hasStderrMatching("*x", 1))
        .isInstanceOf(PatternSyntaxException.class);
    assertThatThrownBy(() -> launch.hasStdoutMatching("x", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("times must not be negative: -1");
    assertThatThrownBy(() -> launch.hasStderrMatching("x", -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010",
        "WARNING: ThreadSanitizer: data race (pid=4711)",
        "a.c:3:5: runtime error: signed integer overflow: 2147483647 + 1",
        "panic: runtime error: index out of range [3] with length 3",
        "fatal error: all goroutines are asleep - deadlock!",
        "thread 'main' panicked at src/main.rs:2:5:",
        "thread 'main' (4711) panicked at src/main.rs:2:5:",
        "# A fatal error has been detected by the Java Runtime Environment:",
      })
  void faultThatIsPrinted(String line) {
    assertThat(Pattern.compile(LaunchAssert.FAULT).matcher(line).find()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server is ready to accept connections",
        "don't panic: all is well",
        "0 runtime errors",
        "thread 'main' started",
        "log level ERROR: off",
      })
  void innocentLine(String line) {
    assertThat(Pattern.compile(LaunchAssert.FAULT).matcher(line).find()).isFalse();
  }
}
