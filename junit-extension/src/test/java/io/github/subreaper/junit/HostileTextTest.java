package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.assertj.RealScope;
import io.github.subreaper.internal.engine.FailingTraces;
import io.github.subreaper.internal.text.Text;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process chooses its name, its arguments and its output. Where messages show these, they command
 * neither a terminal nor GitHub Actions, which reads what a build prints.
 */
@Timeout(300)
class HostileTextTest {
  private static final String TEXT =
      "::error::a\u001b[2J\u009b1m\r  ::error::b\n \t\u2003::error::c ##[error]d ##vso[e]";

  /** As long as a name can be. */
  private static final String NAME = "\n::error::\u001b[2J";

  /** Prints the text, and has a child whose command line begins with it. */
  private static final String SCRIPT =
      """
      (exec -a "$1" sleep 1000) &
      until [ "$(tail -c 5 /proc/$!/cmdline | head -c 4)" = 1000 ]; do :; done
      printf '%s ready\\n' "$1" >&2
      printf '%s ready\\n' "$1"
      wait
      """;

  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private static String shell = "";

  private static final Logger LOGGER = Logger.getLogger("io.github.subreaper");

  private final BlockingQueue<LogRecord> log = new LinkedBlockingQueue<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          log.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOGGER.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOGGER.removeHandler(handler);
  }

  /** The name of a process is that of the file which it executes. */
  @BeforeAll
  static void copyShell(@TempDir Path directory) throws Exception {
    shell = Files.copy(Path.of("/bin/bash"), directory.resolve(NAME)).toString();
  }

  private static Program program() {
    return Program.of(shell, "-c", SCRIPT, "bash", TEXT);
  }

  private static void assertHarmless(String message) {
    assertThat(message).contains("::error::");
    assertThat(message.codePoints().filter(c -> c != '\n' && Character.isISOControl(c)))
        .as(message)
        .isEmpty();
    // The runner trims what .NET calls white space.
    assertThat(message.lines())
        .noneMatch(line -> line.replaceFirst("^[\\s\\p{Z}]+", "").startsWith("::"));
    assertThat(message).doesNotContain("##[").doesNotContainPattern("##\\w+\\[");
  }

  private static Named<Function<Launch, String>> failure(
      String name, Function<Launch, ThrowingCallable> assertion) {
    return named(
        name, launch -> String.valueOf(catchThrowable(assertion.apply(launch)).getMessage()));
  }

  static Stream<Named<Function<Launch, String>>> messages() {
    return Stream.of(
        failure("executed", one -> () -> assertThat(one).executed("nothing")),
        failure("neverExecuted", one -> () -> assertThat(one).neverExecuted("*")),
        failure("executedInOrder", one -> () -> assertThat(one).executedInOrder("sh", "date")),
        failure("hasStdout", one -> () -> assertThat(one).hasStdout("x")),
        failure("hasStdoutMatching", one -> () -> assertThat(one).hasStdoutMatching("^x$")),
        failure("hasStderr", one -> () -> assertThat(one).hasStderr("x")),
        failure("hasStderrContaining", one -> () -> assertThat(one).hasStderrContaining(TEXT + 1)),
        failure("hasShape", one -> () -> assertThat(one.tree()).hasShape("x")),
        failure("hasSize", one -> () -> assertThat(one.tree()).hasSize(9)),
        failure("contains", one -> () -> assertThat(one.tree()).contains(TEXT + 1)),
        failure("isDaemonized", one -> () -> assertThat(one.process()).isDaemonized()),
        failure("hasName", one -> () -> assertThat(one.process()).hasName("x")),
        failure("hasCommandLine", one -> () -> assertThat(one.process()).hasCommandLine("x")),
        failure(
            "hasChildren",
            one -> () -> assertThat(one.process()).hasChildrenWithin(Duration.ZERO, 7)),
        named("description", Launch::describe),
        named("journal", one -> one.journal().toString()),
        named("shape", one -> one.tree().toShape()));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void messageIsHarmless(Function<Launch, String> message) {
    try (RealScope scope = new RealScope()) {
      Launch launch = scope.patient().launch(program().traced());
      launch.awaitReady(Ready.all(Ready.output("ready"), Ready.output("ready")));
      assertHarmless(message.apply(launch));
    }
  }

  @Test
  void shapeStillMatches() {
    try (RealScope scope = new RealScope()) {
      Launch launch = scope.patient().launch(program());
      launch.awaitReady(Ready.output("ready"));
      assertThat(launch.tree().toShape()).contains("\n  \\::error::a");
      assertThat(launch.tree()).hasShape(launch.tree().toShape());
    }
  }

  /** Such a pid file is of a process whose name is reported. */
  @Test
  void processInThePidFileIsHarmless(@TempDir Path directory) throws Exception {
    try (RealScope scope = new RealScope()) {
      Launch launch = scope.patient().launch(program());
      launch.awaitReady(Ready.output("ready"));
      Path file = Files.writeString(directory.resolve("pid"), "" + launch.pid());

      Throwable failure =
          catchThrowable(() -> assertThat(launch.process().children().get(0)).isDaemonized(file));
      assertThat(failure).hasMessageContaining("which is \\n::error::\\x1b");
      assertHarmless(String.valueOf(failure.getMessage()));
    }
  }

  @Test
  void logOfATraceThatHasFailedIsHarmless(@TempDir Path directory) throws Exception {
    Path go = directory.resolve("go");
    try (RealScope scope = new RealScope()) {
      String script = "until [ -e " + go + " ]; do :; done; date; exit # " + TEXT;
      Launch launch = scope.patient().launch(Program.of("sh", "-c", script).traced());
      FailingTraces failing = new FailingTraces();
      try {
        Files.createFile(go);
        launch.awaitExit();
      } finally {
        failing.close();
      }
      assertHarmless(log.take().getMessage());
    }
  }

  private void assertHarmless(Kit.Run run, String key) {
    List<String> texts = new ArrayList<>(run.published(key));
    run.failures().forEach(failure -> texts.add(String.valueOf(failure.getMessage())));
    assertThat(texts).isNotEmpty();
    log.forEach(record -> texts.add(record.getMessage()));
    texts.stream().filter(text -> text.contains("error")).forEach(HostileTextTest::assertHarmless);
    assertThat(texts).anyMatch(text -> text.contains("::error::"));
  }

  private static void leak() throws Exception {
    Process process = new ProcessBuilder(shell, "-c", SCRIPT, "bash", TEXT).start();
    try (BufferedReader output = process.inputReader()) {
      while (!String.valueOf(output.readLine()).contains("ready")) {
        // the rest of the text
      }
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {LeakTestCases.class, ClassLeakTestCases.class})
  void leakIsHarmless(Class<?> testCases) {
    for (String policy : List.of("FAIL", "WARN")) {
      Kit.Run run =
          Kit.with("subreaper.settle", "0 s").and("subreaper.leaks", policy).start(testCases);
      assertHarmless(run, "subreaper.leaks");
      assertThat(run.failures()).hasSize(policy.equals("FAIL") ? 1 : 0);
    }
  }

  @SubreaperTest
  static class LeakTestCases {
    @Test
    void leaks() throws Exception {
      leak();
    }
  }

  @SubreaperTest
  static class ClassLeakTestCases {
    @BeforeAll
    static void prepare() throws Exception {
      leak();
    }

    @Test
    void passes() {}
  }

  @Test
  void knownLeakIsOneLineAndMatches(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("known.txt");
    Kit kit = Kit.with("subreaper.baseline", file.toString()).and("subreaper.settle", "0 s");

    kit.and("subreaper.baseline.update", "true").start(LeakTestCases.class).assertPassed();
    assertThat(Files.readAllLines(file))
        .hasSize(3)
        .contains("HostileTextTest.LeakTestCases.leaks ?::error::?[2J*");

    Kit.Run run = kit.start(LeakTestCases.class).assertPassed();
    assertHarmless(run, "subreaper.known");
  }

  @Test
  void timeOutIsHarmlessAndShort() {
    Kit.Run run =
        Kit.with("junit.jupiter.execution.timeout.threaddump.enabled", "true")
            .start(LateTestCases.class);
    assertHarmless(run, "subreaper.timeout");
    assertThat(String.join("\n", run.published("subreaper.timeout")))
        .containsPattern("on stdout: \"\\\\::y{198}…\"")
        .contains("\n\"main\n\\::error::a\\x1b")
        .containsPattern("\n {8}at ");
  }

  @SubreaperTest
  static class LateTestCases extends NeverEndingTestCases {
    @Daemon static final Program DAEMON = program().readyWhen(Ready.output("ready"));

    @Daemon
    static final Program LONG_LINE =
        Program.of(
                "sh",
                "-c",
                "printf ::; head -c 100000 /dev/zero | tr '\\0' y; echo >&2 ready; exec sleep 1000")
            .readyWhen(Ready.output("ready"));

    @Daemon
    static final Program JAVA = ChildJvm.program(Sleeping.class).readyWhen(Ready.output("sleeps"));
  }

  static final class Sleeping {
    public static void main(String[] arguments) throws InterruptedException {
      Thread.currentThread().setName("main\n" + TEXT);
      System.out.println("sleeps");
      NEVER.await();
    }
  }

  @Test
  void plainTextStaysAsItIs() {
    String plain = "a  b: c::d [::1]:80 #[x] ## [x] # | 'ä' ←";
    assertThat(Text.safe(plain)).isEqualTo(plain);
  }
}
