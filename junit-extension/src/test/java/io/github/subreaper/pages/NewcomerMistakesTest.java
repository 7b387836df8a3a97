package io.github.subreaper.pages;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Named.named;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.Daemon;
import io.github.subreaper.junit.Kit;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a newcomer does wrong, and what the library answers: runs each row of MISTAKES.md. */
@Timeout(300)
@ResourceLock(Resources.SYSTEM_PROPERTIES)
@Tag("slow")
class NewcomerMistakesTest {
  private static final String PAGE = "junit-extension/MISTAKES.md";
  private static final String TITLE = "What the library says to common mistakes";

  /** The message ends before such a line: what follows is about this one launch. */
  private static final Pattern EVIDENCE =
      Pattern.compile("\\s*|  (launcher|ended|orphan|stdout|stderr) .*");

  /** The rows whose code is not a statement, or belongs into a test. */
  private static final Map<String, Executable> OTHERS =
      Map.of(
          "no @SubreaperTest on class or test",
          () -> fail(Kit.run(BareTestCases.class)),
          "no @SubreaperTest on a class with a @Daemon method",
          () -> fail(Kit.run(BareDaemonTestCases.class)),
          "the same, and its parameter is annotated",
          () -> {
            throw Objects.requireNonNull(
                Kit.run(BareParameterTestCases.class).onlyFailure().getCause());
          },
          "a static field keeps the Supervisor of the test before",
          () -> fail(Kit.run(StaticFieldTestCases.class)),
          "a launched daemon is expected to be a leak",
          () -> {
            Supervisor supervisor = supervisor();
            supervisor.launch("sleep", "1000");
            throw new AssertionError(supervisor.end());
          },
          "the setting is misspelt",
          () -> fail(run("subreaper.leak", "WARN")),
          "the unit of a duration does not exist",
          () -> fail(Kit.run(UnitTestCases.class)));

  @TempDir private static Path classes;
  private static Examples examples;
  private static Subreaper library;
  private static ServerSocket other;

  @TempDir private Path directory;

  @BeforeAll
  static void compile() throws Exception {
    other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    List<Example> statements =
        rows().stream()
            .map(Named::getPayload)
            .filter(row -> !OTHERS.containsKey(mistake(row)))
            .map(NewcomerMistakesTest::example)
            .toList();
    examples =
        new Examples(
            statements,
            Map.of("MISTAKES.md: " + TITLE, () -> new Mistakes(library, other.getLocalPort())),
            classes);
  }

  @AfterAll
  static void closeAll() throws IOException {
    other.close();
    if (examples != null) {
      examples.close();
    }
  }

  @BeforeEach
  void activate() {
    library = Subreaper.activate();
  }

  @AfterEach
  void close() {
    library.close();
  }

  private static Supervisor supervisor() {
    ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMillis(1500));
    return library.open("MyTest.test()", options);
  }

  private static String mistake(Page.Row row) {
    return row.cells().get(0);
  }

  private static Example example(Page.Row row) {
    String code = Page.spans(row.cells().get(1)).get(0);
    return new Example(
        PAGE, row.chapter(), mistake(row), row.line(), Example.Kind.STATEMENTS, code);
  }

  private static Kit.Run run(String property, String value) {
    System.setProperty(property, value);
    try {
      return Kit.run(PlainTestCases.class);
    } finally {
      System.clearProperty(property);
    }
  }

  private static void fail(Kit.Run run) throws Throwable {
    throw run.onlyFailure();
  }

  static class BareTestCases {
    @Test
    void test(Supervisor supervisor) {}
  }

  static class BareDaemonTestCases {
    @Daemon
    static Program server() {
      return Program.of("sleep", "1000");
    }

    @Test
    void test(Launch server) {}
  }

  static class BareParameterTestCases {
    @Daemon
    static Program server() {
      return Program.of("sleep", "1000");
    }

    @Test
    void test(@Daemon("server") Launch server) {}
  }

  @SubreaperTest(settle = "500 msec")
  static class UnitTestCases {
    @Test
    void test() {}
  }

  @SubreaperTest
  static class PlainTestCases {
    @Test
    void test() {}
  }

  @SubreaperTest
  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class StaticFieldTestCases {
    private static @Nullable Supervisor kept;

    @Test
    void a(Supervisor supervisor) {
      kept = supervisor;
    }

    @Test
    void b() {
      Objects.requireNonNull(kept).launch("sleep", "1000");
    }
  }

  static List<Named<Page.Row>> rows() throws IOException {
    return Page.read(PAGE).rows().stream().map(row -> named(mistake(row), row)).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void theMessageSaysWhatToDoAndIsOnThePage(Page.Row row) throws IOException {
    Throwable failure =
        catchThrowable(() -> OTHERS.getOrDefault(mistake(row), () -> runExample(row)).execute());
    assertThat(failure).isNotNull();
    String message = String.valueOf(failure.getMessage());
    String excerpt =
        Stream.concat(
                message.lines().takeWhile(line -> !EVIDENCE.matcher(line).matches()),
                message.lines().filter(line -> line.startsWith("  note ")))
            .map(line -> cell(normal(line)))
            .collect(joining("<br>"));
    assertThat("| " + mistake(row) + " | " + row.cells().get(1) + " | " + excerpt + " |")
        .as("To fix: if this row is right, put it into %s", PAGE)
        .isEqualTo(Files.readAllLines(Page.ROOT.resolve(PAGE)).get(row.line() - 1));
  }

  private void runExample(Page.Row row) throws Exception {
    examples.run(example(row), supervisor(), directory, directory);
  }

  /** Replaces what is another one with each run. */
  private String normal(String line) {
    String text =
        line.replace(directory.toString(), "/dir")
            .replace("port " + other.getLocalPort(), "port 5432")
            .replaceAll("ended, after [0-9.]+ s", "ended, after 0.01 s")
            .replaceAll("not in PATH: [^)]*", "not in PATH: …")
            .replaceAll("(?<=more than |limit of )\\d+", "1048576")
            .replaceAll("(\\d) +\\S+ +\\S+ +\\d+:\\d\\d ", "$1 ? S 0:00 ")
            .replaceAll(" +adopted .*", "")
            .replaceAll("runs as \\S+ \\(uid \\d+\\)", "runs as root (uid 0)")
            .replace(BareTestCases.class.getName(), "MyTest")
            .replace(BareDaemonTestCases.class.getName(), "MyTest")
            .replace("NewcomerMistakesTest.BareParameterTestCases", "MyTest")
            .replaceAll(
                "at (?:\\S+ → )?\\S+\\(MISTAKES.md:\\d+\\)", "at MyTest.test(MyTest.java:41)")
            .replaceAll(": did you mean .*\\?", "");
    for (Descendant one : library.descendants()) {
      // A pid may be equal to another number of the line.
      text = text.replaceAll("(?<=^ {0,9}|pid |\\(|names )" + one.pid() + "\\b", "4711");
    }
    return text.strip();
  }

  /** Keeps a text from being taken for Markdown, except for its own code in backticks. */
  private static String cell(String text) {
    return Pattern.compile("`[^`]*`|[|<*]")
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    found.group().startsWith("`")
                        ? found.group()
                        : found.group().equals("<") ? "&lt;" : "\\" + found.group()));
  }

  @Test
  void eachMistakeIsOnThePage() throws IOException {
    assertThat(rows())
        .extracting(Named::getName)
        .doesNotHaveDuplicates()
        .containsAll(OTHERS.keySet())
        .hasSizeGreaterThan(OTHERS.size() + 30);
  }
}
