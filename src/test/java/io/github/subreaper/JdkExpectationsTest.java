package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.VirtualThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The JDK says the same about its processes with an active subreaper as without one. */
@Tag("slow")
class JdkExpectationsTest {
  /** One question of code under test to the JDK; its answer contains nothing that varies. */
  private interface Expectation {
    Object ask(Path directory) throws Exception;
  }

  @TempDir private Path directory;

  @ParameterizedTest(name = "{0}")
  @MethodSource("expectations")
  void jdkAnswersTheSameWithAndWithoutTheSubreaper(
      String name, Expectation expectation, Object answer) throws Exception {
    assertThat(expectation.ask(directory)).as("without the subreaper").isEqualTo(answer);
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open(name)) {
      assertThat(expectation.ask(directory)).as("with the subreaper").isEqualTo(answer);
      scope.tree();
      assertThat(expectation.ask(directory))
          .as("with the subreaper, after a scan")
          .isEqualTo(answer);
    }
  }

  static Stream<Arguments> expectations() {
    return Stream.of(
        row("exit codes, many at once", d -> exitCodes(), codes(256)),
        row("death by a signal", d -> sh("kill -KILL $$").waitFor(), 128 + SIGKILL),
        row("waitFor with a timeout", d -> timeout(), List.of(false, true, 143)),
        row("exitValue before the end", d -> exitValueBeforeTheEnd(), "process hasn't exited"),
        row("onExit", d -> sh("exit 5").onExit().get().exitValue(), 5),
        row("onExit of the handle", d -> onExitOfTheHandle(), List.of(false, 6)),
        row("destroy", d -> ended(Process::destroy), List.of(true, false, 143)),
        row("destroyForcibly", d -> ended(Process::destroyForcibly), List.of(true, false, 137)),
        row("handle", d -> handle(), List.of(true, true, true, true, true, false)),
        row(
            "large output",
            d -> sh("head -c 300000 /dev/zero").getInputStream().readAllBytes().length,
            300000),
        row("input and both outputs", d -> streams(), List.of("out in", "err in", 3)),
        row("redirect", JdkExpectationsTest::redirect, "text\n"),
        row("pipeline", d -> pipeline(), List.of("3", 0, 4)),
        row(
            "exec",
            d -> Runtime.getRuntime().exec(new String[] {"sh", "-c", "exit 9"}).waitFor(),
            9),
        row("environment and directory", JdkExpectationsTest::surroundings, "value here"),
        row("no such program", d -> noSuchProgram(), true),
        row("from threads that end", d -> fromThreads(false), codes(40)),
        row("from virtual threads", d -> fromThreads(true), codes(40)));
  }

  /** The one intended difference: an orphan is now a child of this JVM. */
  @Test
  void orphanIsAChildOfThisJvmOnlyWithTheSubreaper() throws Exception {
    assertThat(orphanIsAChild()).isFalse();
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("test")) {
      assertThat(orphanIsAChild()).isTrue();
      Await.until(() -> scope.orphans().size() == 1);
    }
  }

  /**
   * A child that dies before its thread does belongs to that thread first, then to the adopter,
   * where the orphans are of which the JDK has to be asked.
   */
  @Test
  void threadsThatEndKeepTheirStatusesWhileOrphansDie() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("test")) {
      Thread orphans = new Thread(() -> leaveOrphansUntil(over));
      orphans.start();
      try {
        for (int i = 0; i < 6; i++) {
          assertThat(fromThreads(false)).isEqualTo(codes(40));
        }
      } finally {
        over.set(true);
        orphans.join();
      }
      assertThat(scope.orphans()).isNotEmpty();
    }
  }

  private static void leaveOrphansUntil(AtomicBoolean over) {
    while (!over.get()) {
      try {
        sh("sleep 0.003 >/dev/null 2>&1 &").waitFor();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static boolean orphanIsAChild() throws Exception {
    Process launcher = sh("sleep 1000 >/dev/null 2>&1 & echo $!");
    long pid = Long.parseLong(new String(launcher.getInputStream().readAllBytes(), UTF_8).trim());
    launcher.waitFor();
    ProcessHandle orphan = ProcessHandle.of(pid).orElseThrow();
    try {
      boolean child = ProcessHandle.current().children().anyMatch(orphan::equals);
      assertThat(orphan.parent().equals(Optional.of(ProcessHandle.current()))).isEqualTo(child);
      return child;
    } finally {
      orphan.destroyForcibly();
    }
  }

  private static Arguments row(String name, Expectation expectation, Object answer) {
    return arguments(name, expectation, answer);
  }

  private static Process sh(String script) throws IOException {
    return new ProcessBuilder("sh", "-c", script).start();
  }

  private static List<Object> timeout() throws Exception {
    Process process = sh("exec sleep 1000");
    boolean early = process.waitFor(1, TimeUnit.MILLISECONDS);
    process.destroy();
    return List.of(early, process.waitFor(60, TimeUnit.SECONDS), process.exitValue());
  }

  private static String exitValueBeforeTheEnd() throws Exception {
    Process process = sh("exec sleep 1000");
    try {
      return "exited " + process.exitValue();
    } catch (IllegalThreadStateException e) {
      return String.valueOf(e.getMessage());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static List<Object> onExitOfTheHandle() throws Exception {
    Process process = sh("read line; exit 6");
    CompletableFuture<ProcessHandle> ended = process.toHandle().onExit();
    boolean early = ended.isDone();
    process.getOutputStream().close();
    ended.get();
    return List.of(early, process.waitFor());
  }

  private static List<Object> ended(Consumer<Process> how) throws Exception {
    Process process = sh("exec sleep 1000");
    boolean before = process.isAlive();
    how.accept(process);
    int code = process.waitFor();
    return List.of(before, process.isAlive(), code);
  }

  private static List<Integer> codes(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static List<Integer> exitCodes() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int code = 0; code < 256; code++) {
      processes.add(sh("exit " + code));
    }
    List<Integer> codes = new ArrayList<>();
    for (Process process : processes) {
      codes.add(process.waitFor());
    }
    return codes;
  }

  private static List<Object> handle() throws Exception {
    Process process = sh("exec sleep 1000");
    ProcessHandle handle = process.toHandle();
    ProcessHandle self = ProcessHandle.current();
    boolean parent = handle.parent().equals(Optional.of(self));
    boolean child = self.children().anyMatch(handle::equals);
    boolean descendant = self.descendants().anyMatch(handle::equals);
    boolean listed = ProcessHandle.allProcesses().anyMatch(handle::equals);
    boolean info = handle.info().startInstant().isPresent() && handle.info().user().isPresent();
    process.destroyForcibly().waitFor();
    return List.of(parent, child, descendant, listed, info, handle.isAlive());
  }

  private static List<Object> streams() throws Exception {
    Process process = sh("read line; echo out $line; echo err $line >&2; exit 3");
    process.getOutputStream().write("in\n".getBytes(UTF_8));
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8).trim();
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8).trim();
    return List.of(out, err, process.waitFor());
  }

  private static String redirect(Path directory) throws Exception {
    Path file = directory.resolve("out");
    int code =
        new ProcessBuilder("sh", "-c", "echo text")
            .inheritIO()
            .redirectOutput(file.toFile())
            .start()
            .waitFor();
    assertThat(code).isZero();
    return Files.readString(file);
  }

  private static List<Object> pipeline() throws Exception {
    List<Process> both =
        ProcessBuilder.startPipeline(
            List.of(
                new ProcessBuilder("sh", "-c", "echo a; echo b; echo c"),
                new ProcessBuilder("sh", "-c", "wc -l; exit 4")));
    String out = new String(both.get(1).getInputStream().readAllBytes(), UTF_8).trim();
    return List.of(out, both.get(0).waitFor(), both.get(1).waitFor());
  }

  private static String surroundings(Path directory) throws Exception {
    Files.createDirectories(directory.resolve("here"));
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", "echo $SUBREAPER_TEST $(basename $(pwd))");
    builder.environment().put("SUBREAPER_TEST", "value");
    Process process = builder.directory(directory.resolve("here").toFile()).start();
    return new String(process.getInputStream().readAllBytes(), UTF_8).trim();
  }

  private static boolean noSuchProgram() {
    try {
      new ProcessBuilder("/no/such/program").start();
      return false;
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).contains("No such file");
    }
  }

  /** Uses virtual threads from JDK 21 on. */
  private static List<Integer> fromThreads(boolean virtual) throws Exception {
    List<Integer> codes = new ArrayList<>();
    for (int code : codes(40)) {
      CompletableFuture<Process> started = new CompletableFuture<>();
      Runnable start =
          () -> {
            try {
              started.complete(sh("exit " + code));
            } catch (IOException e) {
              started.completeExceptionally(e);
            }
          };
      boolean available = virtual && Runtime.version().feature() >= 21;
      Thread thread = available ? VirtualThreads.unstarted(start) : new Thread(start);
      thread.start();
      thread.join();
      codes.add(started.get().waitFor());
    }
    return codes;
  }
}
