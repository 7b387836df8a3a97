package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A scope whose processes carry a mark in their command line. After each test no marked process may
 * be left.
 */
abstract class EndFixture {
  static final Duration SHORT = Duration.ofMillis(50);
  static final ScopeOptions PATIENT =
      ScopeOptions.defaults().withAwait(LONG).withGrace(Duration.ofMinutes(1)).withKill(LONG);

  final Subreaper subreaper = Subreaper.activate();
  final Supervisor scope = subreaper.open(getClass().getSimpleName(), PATIENT);

  /** A number of seconds that no other process on this machine sleeps: the mark of this test. */
  final String mark = "7" + ThreadLocalRandom.current().nextLong(10_000_000, 99_999_999);

  @TempDir Path directory;

  @AfterEach
  void close() throws IOException {
    subreaper.close();
    assertThat(marked()).as("marked processes left on the machine").isEmpty();
  }

  /** Returns all living processes of the machine with the mark in their command line. */
  List<String> marked() throws IOException {
    return marked(mark);
  }

  static List<String> marked(String mark) throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        try {
          String command = Files.readString(process.resolve("cmdline"));
          if (command.contains(mark)) {
            found.add(process.getFileName() + " " + command.replace('\0', ' '));
          }
        } catch (NoSuchFileException e) {
          found.remove(process.toString()); // it has ended
        } catch (IOException e) {
          if (!String.valueOf(e.getMessage()).contains("No such process")) {
            throw e;
          }
        }
      }
    }
    return found;
  }

  /** Returns options for processes that have to be killed: hardly any grace, no settle time. */
  static ScopeOptions graceless() {
    return PATIENT.withGrace(Duration.ofMillis(100)).withSettle(Duration.ZERO);
  }

  /**
   * Returns options without a settle time, so that no test waits for leaks to end by themselves.
   */
  static ScopeOptions unsettled() {
    return PATIENT.withSettle(Duration.ZERO);
  }

  Launch launch(String script) {
    return launch(scope, script);
  }

  /** Launches a script in which MARK stands for the mark of this test. */
  Launch launch(Supervisor in, String script) {
    return in.launch(program(script));
  }

  Program program(String script) {
    return Program.of("sh", "-c", script.replace("MARK", mark)).withDirectory(directory);
  }

  Process ambient(String script) throws IOException {
    return new ProcessBuilder("sh", "-c", script.replace("MARK", mark))
        .directory(directory.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Writes the line to a FIFO that a script waits for. */
  void go(String fifo) throws IOException {
    Files.writeString(directory.resolve(fifo), "\n");
  }

  static void assertEnded(Descendant process, ExitStatus status, Ending how) {
    assertThat(process.exitStatus()).as(process.toString()).contains(status);
    assertThat(process.ending()).as(process.toString()).contains(how);
    assertThat(process.isAlive()).as(process.toString()).isFalse();
  }

  static final ExitStatus TERMINATED = ExitStatus.signaled(Signal.TERM);
  static final ExitStatus KILLED = ExitStatus.signaled(Signal.KILL);
}
