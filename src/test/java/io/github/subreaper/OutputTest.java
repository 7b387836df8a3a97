package io.github.subreaper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class OutputTest extends WaitFixture {
  private static final int MEBIBYTE = 1 << 20;

  // captured output -------------------------------------------------------------------------------

  @Test
  void theStreamsAreKeptApart() {
    Launch launch = launch("echo out; echo err >&2; printf more");
    launch.awaitExit();
    assertThat(launch.stdout()).isEqualTo("out\nmore");
    assertThat(launch.stderr()).isEqualTo("err\n");
  }

  @Test
  void twoLaunchesDoNotShareTheirOutput() {
    Launch one = launch("echo one");
    Launch two = launch("echo two");
    one.awaitExit();
    two.awaitExit();
    assertThat(one.stdout()).isEqualTo("one\n");
    assertThat(two.stdout()).isEqualTo("two\n");
  }

  @Test
  void outputOfADaemonIsCapturedAfterTheLaunchersExit() throws Exception {
    Launch launch =
        launch("mkfifo go; (sh -c 'read x < go; echo daemon; echo err >&2; sleep 1000' &)");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEmpty();
    go("go");
    assertThat(launch.awaitOutput("daemon")).isEqualTo("daemon");
    assertThat(launch.awaitOutput("err")).isEqualTo("err");
    assertThat(launch.stdout()).isEqualTo("daemon\n");
    assertThat(launch.stderr()).isEqualTo("err\n");
  }

  @Test
  void onlyTheLastMebibyteIsShown() {
    Launch launch = launch("head -c 1500000 /dev/zero | tr '\\0' a; echo; echo end");
    launch.awaitExit();
    assertThat(launch.stdout()).hasSize(MEBIBYTE).startsWith("aaa").endsWith("a\nend\n");
  }

  @Test
  void aMebibyteIsShownInFull() {
    Launch launch = launch("printf x; head -c 1048575 /dev/zero | tr '\\0' a");
    launch.awaitExit();
    assertThat(launch.stdout()).hasSize(MEBIBYTE).startsWith("xa");
  }

  @Test
  void malformedUtf8IsReplaced() {
    Launch launch = launch("printf 'a\\377b\\303\\244\\303'");
    launch.awaitExit();
    assertThat(launch.stdout()).isEqualTo("a\uFFFDbä\uFFFD");
  }

  @Test
  void anInterruptedThreadReadsTheSame() {
    Launch launch = launch("echo out; echo err >&2");
    launch.awaitExit();
    Thread.currentThread().interrupt();
    String out = launch.stdout();
    String err = launch.stderr();
    assertThat(Thread.interrupted()).as("the interrupt flag is kept").isTrue();
    assertThat(out).isEqualTo("out\n");
    assertThat(err).isEqualTo("err\n");
  }

  // waiting for a line ---------------------------------------------------------------------------

  @Test
  void lineWrittenBeforeTheWaitIsFound() {
    Launch launch = launch("echo one; echo two; echo tower");
    launch.awaitExit();
    assertThat(launch.awaitOutput("^t")).as("the first line that matches").isEqualTo("two");
  }

  @Test
  void lineIsFoundThoughMuchOutputFollows() {
    Launch launch = launch("echo ready; head -c 2000000 /dev/zero | tr '\\0' '\\n'");
    launch.awaitExit();
    assertThat(launch.awaitOutput("ready")).isEqualTo("ready");
  }

  @Test
  void lineWrittenDuringTheWaitIsFound() throws Exception {
    Launch launch = launch("mkfifo go; echo waiting; read x < go; echo ready >&2; sleep 1000");
    assertThat(launch.awaitOutput("waiting")).isEqualTo("waiting");
    assertThat(launch.stderr()).isEmpty();
    go("go");
    assertThat(launch.awaitOutput("r.*y")).isEqualTo("ready");
  }

  @Test
  void promptWithoutANewlineIsALine() {
    Launch launch = launch("printf 'login: '; sleep 1000");
    assertThat(launch.awaitOutput("login: ")).isEqualTo("login: ");
  }

  @Test
  void carriageReturnIsNotPartOfALine() {
    assertThat(launch("printf 'ready\\r\\n'").awaitOutput("ready")).isEqualTo("ready");
  }

  @Test
  void regexIsFoundAnywhereInALine() {
    Launch launch = launch("echo not; echo it is not ready yet");
    assertThat(launch.awaitOutput("is.*read")).isEqualTo("it is not ready yet");
    assertThat(launch.awaitOutput("yet$")).isEqualTo("it is not ready yet");
    assertThat(launch.awaitOutput("^not$")).isEqualTo("not");
    for (String missing : List.of("^ready", "ready$", "not\\s+it", "\\*ready")) {
      assertThatThrownBy(() -> launch.awaitOutput(missing))
          .as(missing)
          .isInstanceOf(WaitTimeoutException.class);
    }
  }

  @Test
  void emptyLineIsALine() {
    Launch launch = launch("printf one; sleep 1000");
    assertThat(launch.awaitOutput("one")).isEqualTo("one");
    assertThatThrownBy(() -> launch.awaitOutput("^$", Duration.ZERO))
        .isInstanceOf(WaitTimeoutException.class);
    assertThat(launch("echo one; echo; echo two").awaitOutput("^$")).isEmpty();
  }

  @Test
  void textThatIsNoRegexIsRefusedAtTheCall() {
    Launch launch = launch("echo '*'");
    launch.awaitExit();
    assertThatThrownBy(() -> launch.awaitOutput("*"))
        .isInstanceOf(PatternSyntaxException.class)
        .hasMessageContaining("lines are searched by a regex, in which `.*` stands for any text");
    assertThatThrownBy(() -> launch.awaitOutput("(", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> launch.awaitOutput("x", Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("timeout must not be negative");
  }

  @Test
  void waitFailsAtOnceWhenNoProcessIsLeftToWriteTheLine() {
    Launch launch = launch("echo something else; echo broken >&2; exit 3");
    assertThatThrownBy(() -> launch.awaitOutput("ready"))
        .asInstanceOf(InstanceOfAssertFactories.type(WaitTimeoutException.class))
        .returns(false, WaitTimeoutException::isTimeout)
        .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
        .startsWith(
            "No line of stdout or stderr in which the regex /ready/ is found, of `sh -c echo something"
                + " else; ")
        .contains(
            "`: every process of the launch has ended", "exited 3", "something else", "broken");
  }

  @Test
  void lastOutputOfAnEndingProcessIsNotMissed() {
    for (int i = 0; i < 50; i++) {
      assertThat(launch("(echo last &)").awaitOutput("last")).isEqualTo("last");
    }
  }

  @Test
  void lineThatDoesNotComeTimesOut() {
    Duration moment = Duration.ofMillis(50);
    Supervisor impatient = scope.open("impatient", ScopeOptions.defaults().withAwait(moment));
    Launch launch = impatient.launch("sh", "-c", "echo something else; sleep 1000");
    Launch other = scope.launch("sh", "-c", "echo something else; sleep 1000");
    Await.until(() -> !launch.stdout().isEmpty() && !other.stdout().isEmpty());
    Map<Launch, ThrowingCallable> waits =
        Map.of(
            launch, () -> launch.awaitOutput("ready"),
            other, () -> other.awaitOutput("ready", moment));
    waits.forEach(
        (its, wait) ->
            assertThatThrownBy(wait)
                .asInstanceOf(InstanceOfAssertFactories.type(WaitTimeoutException.class))
                .returns(true, WaitTimeoutException::isTimeout)
                .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
                .startsWith(
                    "Waited 0.050 s for a line of stdout or stderr in which the regex /ready/ is"
                        + " found, of `sh -c ")
                .contains("something else", its.pid() + " ", "is still running"));
  }

  // input ----------------------------------------------------------------------------------------

  @Test
  void standardInputIsEmptyByDefault() throws Exception {
    Launch sleeping = scope.launch("sleep", "1000");
    assertThat(Files.readSymbolicLink(Path.of("/proc/" + sleeping.pid() + "/fd/0")))
        .isEqualTo(Path.of("/dev/null"));
    Launch reading = scope.launch("cat");
    assertThat(reading.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(reading.stdout()).isEmpty();
  }

  @Test
  void aTextIsReadInUtf8ToItsEnd() {
    String text = "ä\u20ac\uD83D\uDE00\n" + "x".repeat(200_000);
    Launch launch = scope.launch(Program.of("cat").withStandardInput(text));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo(text);
  }

  @Test
  void anEmptyTextIsTheEndOfTheInput() {
    Launch launch = scope.launch(Program.of("cat").withStandardInput(""));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEmpty();
  }

  @Test
  void aTextCanBeReadAfterTheLaunchReturned() throws Exception {
    Set<String> before = Traces.look().files();
    Launch launch =
        scope.launch(
            Program.of("sh", "-c", "mkfifo go; echo ready; read x < go; cat")
                .withDirectory(directory)
                .withStandardInput("text"));
    launch.awaitOutput("ready");
    Set<String> during = Traces.look().files();
    go("go");
    launch.awaitExit();
    assertThat(launch.stdout()).isEqualTo("ready\ntext");
    during.removeAll(before);
    assertThat(during).as("its file is gone").hasSize(2).noneMatch(file -> file.endsWith("stdin"));
  }

  @Test
  void standardInputCanBeAFile() throws Exception {
    Path input = Files.writeString(directory.resolve("input"), "from a file");
    Launch launch = scope.launch(Program.of("cat").withStandardInput(input));
    launch.awaitExit();
    assertThat(launch.stdout()).isEqualTo("from a file");
    assertThat(input).exists();
  }

  @Test
  void aRelativeInputFileIsRelativeToTheJvmsDirectory() throws Exception {
    Path input = Files.writeString(directory.resolve("input"), "relative");
    Path relative = Path.of("").toAbsolutePath().relativize(input.toAbsolutePath());
    Launch launch =
        scope.launch(Program.of("cat").withDirectory(Path.of("/")).withStandardInput(relative));
    launch.awaitExit();
    assertThat(launch.stdout()).isEqualTo("relative");
  }

  // files ----------------------------------------------------------------------------------------

  private static Path stdoutOf(Launch launch) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/" + launch.pid() + "/fd/1"));
  }

  @Test
  void outputFileIsCutAt64MebibytesAndGrowsOn() throws Exception {
    Launch launch =
        launch(
            "mkfifo go; head -c 70000000 /dev/zero; echo written >&2;"
                + " read x < go; echo; echo after; sleep 1000");
    Path file = stdoutOf(launch);
    launch.awaitOutput("written");
    Await.until(() -> occupied(file), size -> size >= MEBIBYTE && size < 64L * MEBIBYTE);
    go("go");
    assertThat(launch.awaitOutput("after")).isEqualTo("after");
    assertThat(launch.stdout()).hasSize(MEBIBYTE).startsWith("\0\0").endsWith("\0\nafter\n");
    assertThat(occupied(file)).isLessThan(64L * MEBIBYTE);
  }

  /** Returns the disk space that a file takes: what was cut is a hole, and the size stays. */
  static long occupied(Path file) throws Exception {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    String blocks = new String(stat.getInputStream().readAllBytes(), UTF_8).trim();
    assertThat(stat.waitFor()).isZero();
    return Long.parseLong(blocks) * 512;
  }

  @Test
  void noLineIsLostWhenAFileIsCut() throws Exception {
    String padding = "x".repeat(90);
    Launch launch =
        scope.launch("awk", "BEGIN { for (i = 1; ; i++) printf \"%09d" + padding + "\\n\", i }");
    Path file = stdoutOf(launch);
    boolean cut = false;
    for (int looksAfter = 0; looksAfter < 3; looksAfter += cut ? 1 : 0) {
      cut |= occupied(file) < Files.size(file) - 8L * MEBIBYTE;
      List<String> lines = launch.stdout().lines().toList();
      // the first and the last line may be incomplete
      for (int i = 2; i < lines.size() - 1; i++) {
        String last = lines.get(i - 1);
        String next = String.format("%09d%s", 1 + Long.parseLong(last.substring(0, 9)), padding);
        if (!lines.get(i).equals(next)) {
          fail("after %s comes %s", last, lines.get(i));
        }
      }
    }
  }

  @Test
  void outputStaysReadableAfterTheEndAndItsFilesAreGone() throws Exception {
    Launch launch =
        launch("head -c 1500000 /dev/zero | tr '\\0' a; echo end; echo err >&2; exec sleep 1000");
    launch.awaitOutput("err");
    Path file = stdoutOf(launch);
    assertThat(file).exists();
    scope.close();
    assertThat(file).doesNotExist();
    assertThat(launch.stdout()).hasSize(MEBIBYTE).endsWith("aend\n");
    assertThat(launch.stderr()).isEqualTo("err\n");
    assertThat(launch.awaitOutput("err")).isEqualTo("err");
    assertThat(Traces.look().files()).noneMatch(name -> name.matches(".*\\.std(in|out|err)"));
  }

  @Test
  void afterTheLastCloseNoFileAndNoDescriptorIsLeft() throws Exception {
    Launch launch = launch("echo out; sleep 1000");
    launch.awaitOutput("out");
    Path workshop = Objects.requireNonNull(stdoutOf(launch).getParent());
    assertThat(Traces.look().files())
        .as("control: the private directory exists")
        .contains(workshop.toString());
    assertThat(Traces.look().descriptors()).as("control: descriptors are open").isNotEmpty();

    subreaper.close();
    assertThat(workshop).doesNotExist();
    assertThat(Traces.look().descriptors()).noneMatch(fd -> fd.contains(workshop.toString()));
    assertThat(launch.stdout()).isEqualTo("out\n");
  }

  @Test
  void outputIsReadableOnlyByItsUser() throws Exception {
    Launch launch = launch("echo secret; sleep 1000");
    launch.awaitOutput("secret");
    Path file = stdoutOf(launch);
    assertThat(Files.getPosixFilePermissions(file.getParent()).toString())
        .doesNotContain("GROUP")
        .doesNotContain("OTHERS");
    assertThat(Files.readString(file, UTF_8)).isEqualTo("secret\n");
  }
}
