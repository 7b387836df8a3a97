package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A piped input, consumers of the output, and output to files. */
@Timeout(600)
class StreamsTest {
  private static final int MEBIBYTE = 1 << 20;

  private final List<String> descriptorsBefore = descriptors();
  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope =
      subreaper.open("StreamsTest", ScopeOptions.defaults().withAwait(LONG));

  @TempDir private Path directory;

  /** Nothing of a pipe stays after the last scope, and no thread. */
  @AfterEach
  void nothingIsLeft() {
    subreaper.close();
    // the JDK closes the pipes of a Process after its waitFor() has returned
    Await.until(() -> descriptorsBefore.containsAll(descriptors()));
    assertThat(Traces.threads("subreaper output")).isEmpty();
  }

  private static List<String> descriptors() {
    List<String> pipes = new ArrayList<>();
    for (int fd : KERNEL.descriptors().open(Procfs.SELF)) {
      String target = KERNEL.descriptors().target(Procfs.SELF, fd);
      if (target != null && (target.startsWith("pipe:") || target.contains(".std"))) {
        pipes.add(fd + " " + target);
      }
    }
    return pipes;
  }

  private Program shell(String script) {
    return Program.of("sh", "-c", script).withDirectory(directory);
  }

  /** Writes more than a pipe takes, on another thread. */
  private static FutureTask<Void> writeMuch(Launch launch) throws InterruptedException {
    FutureTask<Void> writing =
        new FutureTask<>(
            () -> {
              launch.stdin().write("x".repeat(MEBIBYTE));
              return null;
            });
    Thread thread = new Thread(writing);
    thread.start();
    Await.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return writing;
  }

  private static void assertStopped(FutureTask<Void> writing, String reason) {
    assertThatThrownBy(writing::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  // input ----------------------------------------------------------------------------------------

  @Test
  void programReadsWhatIsWrittenAndThenTheEnd() throws Exception {
    Launch launch = scope.launch(Program.of("sort").withPipedInput());
    try (Writer input = launch.stdin()) {
      input.write("b\n");
      input.append('a').append("\n");
    }
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo("a\nb\n");
    launch.stdin().close();
    assertThatThrownBy(() -> launch.stdin().write("c"))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write to the standard input of `sort`: it was closed");
  }

  @Test
  void eachWriteArrivesWithoutAFlush() throws Exception {
    Launch launch = scope.launch(Program.of("cat").withPipedInput());
    for (int i = 0; i < 20; i++) {
      launch.stdin().write("line " + i + "\n");
      assertThat(launch.awaitOutput("^line " + i + "$")).isEqualTo("line " + i);
    }
    assertThat(launch.isAlive()).isTrue();
  }

  @Test
  void halvesOfACharacterMayComeWithTwoWrites() throws Exception {
    Launch launch = scope.launch(Program.of("cat").withPipedInput());
    String smile = "\uD83D\uDE00";
    launch.stdin().write("ä" + smile.charAt(0));
    launch.stdin().write(smile.charAt(1));
    launch.stdin().write((smile + "!").toCharArray(), 0, 3);
    launch.stdin().close();
    launch.awaitExit();
    assertThat(launch.stdout()).isEqualTo("ä" + smile + smile + "!");
  }

  @Test
  void muchMoreThanAPipeHoldsArrivesInWhole() throws Exception {
    Launch launch = scope.launch(Program.of("wc", "-c").withPipedInput());
    launch.stdin().write("x".repeat(5 * MEBIBYTE));
    launch.stdin().close();
    launch.awaitExit();
    assertThat(launch.stdout().strip()).isEqualTo(Integer.toString(5 * MEBIBYTE));
  }

  @Test
  void programFindsAnOrdinaryPipeAndNothingElse() throws Exception {
    for (Program program :
        List.of(Program.of("sleep", "1000"), Program.of("sleep", "1000").withCanaries())) {
      Launch launch = scope.launch(program.withPipedInput());
      String target = KERNEL.descriptors().target((int) launch.pid(), 0);
      assertThat(target).startsWith("pipe:");
      assertThat(Access.get().standardStreams(launch).get(0)).hasToString(target);
      String flags = Files.readString(Path.of("/proc/" + launch.pid() + "/fdinfo/0"));
      assertThat(flags).containsPattern("flags:\\s+0?100000|flags:\\s+00\n");
      List<String> own = descriptors();
      own.removeAll(descriptorsBefore);
      assertThat(own).as("the writing end only").filteredOn(fd -> fd.endsWith(target)).hasSize(1);
      launch.stop();
    }
  }

  @Test
  void launchWithoutAPipedInputHasNoWriter() {
    Launch launch = scope.launch(Program.of("true").withPipedInput().withStandardInput("text"));
    assertThatThrownBy(launch::stdin)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "`true` has no input that this JVM writes. To fix: launch"
                + " Program.of(…).withPipedInput()");
  }

  @Test
  void endOfTheScopeFreesAWriterWhoseProgramNeverReads() throws Exception {
    Supervisor inner = scope.open("inner");
    FutureTask<Void> writing =
        writeMuch(inner.launch(Program.of("sleep", "1000").withPipedInput()));
    inner.end();
    assertStopped(writing, "cannot write to the standard input of `sleep 1000`: ");
  }

  /** The daemon of another launch has the reading end, so the writer gets no EPIPE. */
  @Test
  void stopFreesAWriterThoughAnotherProcessHasTheReadingEnd() throws Exception {
    Launch launch = scope.launch(Program.of("sleep", "1000").withPipedInput());
    Launch other =
        scope.launch(
            Program.of("sleep", "1001")
                .withStandardInput(Path.of("/proc/" + launch.pid() + "/fd/0")));
    FutureTask<Void> writing = writeMuch(launch);
    launch.stop();
    assertStopped(writing, "its launch has ended");
    assertThat(other.isAlive()).isTrue();
  }

  @Test
  void closeByAnotherThreadFreesAWriter() throws Exception {
    Launch launch = scope.launch(Program.of("sleep", "1000").withPipedInput());
    FutureTask<Void> writing = writeMuch(launch);
    launch.stdin().close();
    assertStopped(writing, "it was closed");
  }

  @Test
  void interruptFreesAWriterAndStaysSet() {
    Launch launch = scope.launch(Program.of("sleep", "1000").withPipedInput());
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> launch.stdin().write("x".repeat(MEBIBYTE)))
        .isInstanceOf(InterruptedIOException.class)
        .hasMessageStartingWith(
            "interrupted while the program did not read the standard input of `sleep 1000`, after ");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void programThatHasEndedReadsNothing() {
    Launch launch = scope.launch(Program.of("true").withPipedInput());
    launch.awaitExit();
    assertThatThrownBy(() -> launch.stdin().write("x"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no process has it open any more");
  }

  @Test
  void launchThatFailsKeepsNoPipeAndNoThread() {
    assertThatThrownBy(
            () ->
                scope.launch(
                    Program.of("sleep", "1")
                        .withDirectory(directory.resolve("missing"))
                        .withOutput(line -> {})
                        .withPipedInput()))
        .isInstanceOf(LaunchException.class);
    assertThatThrownBy(
            () ->
                scope.launch(
                    Program.of("sleep", "1")
                        .withUser("no-such-user")
                        .withOutput(line -> {})
                        .withPipedInput()))
        .isInstanceOf(LaunchException.class);
    // the JDK closes the pipes of a Process after its waitFor() has returned
    Await.until(() -> descriptorsBefore.containsAll(descriptors()));
    assertThat(Traces.threads("subreaper output")).isEmpty();
  }

  // consumers ------------------------------------------------------------------------------------

  @Test
  void consumerGetsEachLineWhileTheProgramRuns() {
    List<String> lines = new CopyOnWriteArrayList<>();
    Instant before = Instant.now();
    Launch launch =
        scope.launch(
            shell("echo one; echo two >&2; printf 'cr\\r\\n\\nend'; exec sleep 1000")
                .withOutput(
                    line -> {
                      assertThat(line.at()).isBetween(before, Instant.now());
                      lines.add((line.isError() ? "err " : "out ") + line);
                    }));
    Await.until(() -> lines.size() == 4);
    assertThat(lines).containsSubsequence("out one", "out cr", "out ").contains("err two");
    assertThat(launch.stdout()).isEqualTo("one\ncr\r\n\nend");
    scope.close();
    assertThat(lines).as("the last line has no end").hasSize(5).endsWith("out end");
  }

  @Test
  void eachConsumerGetsAllLinesThoughOneThrows() {
    List<String> first = new CopyOnWriteArrayList<>();
    List<String> second = new CopyOnWriteArrayList<>();
    Launch launch =
        scope.launch(
            shell("for i in 1 2 3; do echo $i; done")
                .withOutput(
                    line -> {
                      first.add(line.text());
                      throw new AssertionError("on purpose");
                    })
                .withOutput(line -> second.add(line.text())));
    launch.awaitExit();
    scope.close();
    assertThat(first).containsExactly("1", "2", "3");
    assertThat(second).isEqualTo(first);
  }

  @Test
  void fileIsNotCutBeforeItsConsumerHasReadIt() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicLong bytes = new AtomicLong();
    AtomicLong expected = new AtomicLong();
    Launch launch =
        scope.launch(
            Program.of(
                    "awk",
                    "BEGIN { s = \"xxxxxxxxxx\"; while (length(s) < 60000) s = s s;"
                        + " for (i = 0; i < 900; i++) printf \"%09d%s\\n\", i, s;"
                        + " fflush(); print \"written\" > \"/dev/stderr\"; system(\"sleep 1000\") }")
                .withOutput(
                    line -> {
                      if (line.isError()) {
                        return;
                      }
                      Await.opened(go);
                      if (Integer.parseInt(line.text().substring(0, 9)) == expected.get()) {
                        expected.incrementAndGet();
                      }
                      bytes.addAndGet(line.text().length() + 1);
                    }));
    launch.awaitOutput("written");
    Path file = Files.readSymbolicLink(Path.of("/proc/" + launch.pid() + "/fd/1"));
    Launch other = scope.launch(shell("head -c 70000000 /dev/zero; echo written >&2; sleep 1000"));
    other.awaitOutput("written");
    Path cut = Files.readSymbolicLink(Path.of("/proc/" + other.pid() + "/fd/1"));
    Await.until(
        () -> OutputTest.occupied(cut), size -> size < 64L * MEBIBYTE); // and the first one was not
    assertThat(OutputTest.occupied(file))
        .as("it is whole")
        .isGreaterThanOrEqualTo(Files.size(file));
    go.countDown();
    Await.untilAsserted(() -> assertThat(bytes).hasValue(Files.size(file)));
    assertThat(expected).as("lines in their order").hasValue(900);
    Await.until(() -> OutputTest.occupied(file), size -> size < 64L * MEBIBYTE); // now it is cut
  }

  @Test
  void endOfTheScopeWaitsForASlowConsumer() {
    AtomicLong lines = new AtomicLong();
    CountDownLatch slow = new CountDownLatch(1);
    Launch launch =
        scope.launch(
            shell("seq 200; echo written >&2")
                .withOutput(
                    line -> {
                      Await.opened(slow);
                      lines.incrementAndGet();
                    }));
    launch.awaitExit();
    Thread closing = new Thread(scope::close);
    closing.start();
    Await.until(() -> isWaiting(closing));
    assertThat(lines).hasValue(0);
    slow.countDown();
    Await.until(() -> !closing.isAlive());
    assertThat(lines).hasValue(201);
  }

  /** Returns whether a thread waits in the streams of a launch. */
  private static boolean isWaiting(Thread thread) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().contains(".engine.streams."));
  }

  @Test
  void consumerThatEndsTheScopeGetsTheRestAfterwards() {
    Supervisor inner = scope.open("inner");
    CompletableFuture<Long> all = new CompletableFuture<>();
    CountDownLatch written = new CountDownLatch(1);
    AtomicLong bytes = new AtomicLong();
    Launch launch =
        inner.launch(
            Program.of(
                    "awk",
                    "BEGIN { s = sprintf(\"%1000s\", \"\");"
                        + " for (i = 0; i < 5000; i++) print s; print \"last\" }")
                .withOutput(
                    line -> {
                      if (bytes.get() == 0) {
                        Await.opened(written);
                        inner.end();
                      }
                      bytes.addAndGet(line.text().length());
                      if (line.text().equals("last")) {
                        all.complete(bytes.get());
                      }
                    }));
    launch.awaitExit();
    written.countDown();
    assertThat(all.join()).isEqualTo(5_000_004);
    Await.until(() -> Traces.threads("subreaper output").isEmpty());
    assertThat(launch.stdout()).hasSize(MEBIBYTE);
  }

  @Test
  @Tag("full")
  void consumerThatHangsHoldsTheEndForFiveSecondsOnly() {
    CountDownLatch never = new CountDownLatch(1);
    AtomicReference<Thread> thread = new AtomicReference<>();
    Launch launch =
        scope.launch(
            shell("seq 10")
                .withOutput(
                    line -> {
                      thread.set(Thread.currentThread());
                      Await.opened(never);
                    }));
    launch.awaitExit();
    scope.close();
    assertThat(Objects.requireNonNull(thread.get()).isAlive()).isTrue();
    never.countDown();
    Await.until(() -> !Objects.requireNonNull(thread.get()).isAlive());
  }

  @Test
  void lineLongerThanAMebibyteComesInPieces() {
    List<String> pieces = new CopyOnWriteArrayList<>();
    Launch launch =
        scope.launch(
            shell("head -c 1500000 /dev/zero | tr '\\0' a; echo; echo end")
                .withOutput(line -> pieces.add(line.text())));
    launch.awaitExit();
    scope.close();
    assertThat(pieces).hasSize(3).endsWith("end");
    assertThat(pieces.get(0)).hasSize(MEBIBYTE);
    assertThat(pieces.get(0).length() + pieces.get(1).length()).isEqualTo(1_500_000);
  }

  // files ----------------------------------------------------------------------------------------

  @Test
  void outputToAFileEmptiesItAndStays() throws Exception {
    Path out = Files.writeString(directory.resolve("out"), "earlier, and longer\n");
    Path err = directory.resolve("err");
    List<String> lines = new CopyOnWriteArrayList<>();
    Launch launch =
        scope.launch(
            shell("echo one; echo two >&2")
                .withStandardOutput(out)
                .withStandardError(err)
                .withOutput(line -> lines.add(line.text())));
    assertThat(launch.awaitOutput("one")).isEqualTo("one");
    launch.awaitExit();
    assertThat(launch.stdout()).isEqualTo("one\n");
    assertThat(launch.stderr()).isEqualTo("two\n");
    assertThat(Access.get().standardStreams(launch).get(1)).isEqualTo(out.toRealPath());
    scope.close();
    assertThat(out).hasContent("one\n");
    assertThat(err).hasContent("two\n");
    assertThat(launch.stdout()).isEqualTo("one\n");
    assertThat(lines).containsExactlyInAnyOrder("one", "two");
  }

  @Test
  void outputFileThatCannotBeWrittenIsRefused() {
    assertThatThrownBy(
            () ->
                scope.launch(
                    Program.of("true").withStandardOutput(directory.resolve("missing/out"))))
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("its output cannot be written: ")
        .hasMessageContaining("missing/out");
    Launch launch = scope.launch(Program.of("echo").withStandardOutput(Path.of("/dev/null")));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void mergedStreamsAreOneInTheOrderOfTheWrites() throws Exception {
    Path file = directory.resolve("file");
    Program program = shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2").withMergedStreams();
    for (Program one : List.of(program, program.withStandardOutput(file))) {
      Launch launch = scope.launch(one);
      launch.awaitExit();
      assertThat(launch.stdout()).isEqualTo("1\n2\n3\n4\n");
      assertThat(launch.stderr()).isEmpty();
      List<Path> streams = Access.get().standardStreams(launch);
      assertThat(streams.get(2)).isEqualTo(streams.get(1));
    }
    assertThat(file).hasContent("1\n2\n3\n4\n");
    Launch same = scope.launch(program.withStandardError(file).withStandardOutput(file));
    same.awaitExit();
    assertThat(file).hasContent("1\n2\n3\n4\n");
  }

  @Test
  void asMuchOutputIsKeptAsWasAskedFor() {
    Program program = shell("head -c 3000000 /dev/zero | tr '\\0' a; echo; echo end");
    Launch much = scope.launch(program.withKeptOutput(4 * MEBIBYTE));
    Launch little = scope.launch(program.withKeptOutput(5));
    much.awaitExit();
    little.awaitExit();
    for (int i = 0; i < 2; i++) { // before and after the end of the scope
      assertThat(much.stdout()).hasSize(3_000_005);
      assertThat(little.stdout()).isEqualTo("\nend\n");
      scope.close();
    }
    assertThat(much.describe().length()).isLessThan(MEBIBYTE + 10_000);
    for (int none : List.of(0, -1, (1 << 30) + 1)) {
      assertThatThrownBy(() -> Program.of("true").withKeptOutput(none))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void outputWhoseFileOtherCodeHasRemovedDoesNotSeemEmpty() throws IOException {
    Launch launch = scope.launch("sh", "-c", "echo text; exec sleep 1000");
    launch.awaitOutput("text");
    Files.delete(Access.get().standardStreams(launch).get(1));

    assertThatIllegalStateException()
        .isThrownBy(launch::stdout)
        .withMessageContaining("has written to stdout is lost: its file ")
        .withMessageEndingWith(
            " was removed. To fix: do not empty the temporary directory while tests run");
    assertThat(launch.describe()).contains("  stdout    some of it may be missing: its file ");
    assertThat(launch.stderr()).isEmpty();
    scope.end();
    assertThatIllegalStateException().isThrownBy(launch::stdout);
  }
}
