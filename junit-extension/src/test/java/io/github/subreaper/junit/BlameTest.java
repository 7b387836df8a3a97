package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which test fails for a leaked process, and which line of code its message names: for each way to
 * start a process, in each kind of test, serially and with tests and classes in parallel. The test
 * writes the table to {@code target/blame.md}.
 */
class BlameTest {
  private static final int SIDE_BY_SIDE = 3;
  private static final Pattern LINE = Pattern.compile("BlameTest\\.java:(\\d+)");

  /** How code under test starts the process that it leaks. */
  private enum Start {
    CHILD("new ProcessBuilder(\"sleep\", \"1001\")", "sleep", "1001"),
    ORPHAN("sh -c 'sleep 1001 &'", "sh", "-c", "sleep 1001 >/dev/null 2>&1 </dev/null &"),
    DAEMON(
        "sh -c '(setsid sleep 1001 &)'",
        "sh",
        "-c",
        "(setsid sleep 1001 >/dev/null 2>&1 </dev/null &) &"),
    SESSION(
        "setsid sh -c 'sleep 1001 &'",
        "setsid",
        "sh",
        "-c",
        "sleep 1001 >/dev/null 2>&1 </dev/null &");

    private final String text;
    private final String lines;

    Start(String text, String... command) {
      this.text = text;
      this.lines = String.join("\n", command);
    }

    List<String> command() {
      return List.of(lines.split("\n", -1));
    }
  }

  private static volatile Start how = Start.CHILD;
  private static volatile CyclicBarrier together = new CyclicBarrier(1);

  /** The line that each message has to name. */
  private static void leave() throws Exception {
    Meeting.at(together);
    Process process = new ProcessBuilder(how.command()).start(); // this line
    if (how != Start.CHILD) {
      process.waitFor();
    }
    Meeting.at(together);
  }

  private static int lineOfLeave() throws IOException {
    List<String> lines =
        Files.readAllLines(
            Path.of("src/test/java", BlameTest.class.getName().replace('.', '/') + ".java"));
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).endsWith(".start(); // this line")) {
        return i + 1;
      }
    }
    throw new AssertionError("the line is missing");
  }

  /** The work of a parallel test: it starts a process too, and leaves nothing. */
  private static void leaveNothing() throws Exception {
    Meeting.at(together);
    new ProcessBuilder("true").start().waitFor();
    Meeting.at(together);
  }

  abstract static class TwoTests {
    @Test
    void a1() throws Exception {
      leave();
    }

    @Test
    void a2() throws Exception {
      leaveNothing();
    }
  }

  @SubreaperTest
  static class PlainCases extends TwoTests {}

  @SubreaperTest
  static class RepeatedCases {
    @RepeatedTest(2)
    void a1(RepetitionInfo repetition) throws Exception {
      if (repetition.getCurrentRepetition() == 1) {
        leave();
      } else {
        leaveNothing();
      }
    }
  }

  @SubreaperTest
  static class ParameterizedCases {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a1(boolean leaves) throws Exception {
      if (leaves) {
        leave();
      } else {
        leaveNothing();
      }
    }
  }

  @SubreaperTest
  static class FactoryCases {
    @TestFactory
    Stream<DynamicTest> a1() {
      return Stream.of(DynamicTest.dynamicTest("leaves", BlameTest::leave));
    }

    @Test
    void a2() throws Exception {
      leaveNothing();
    }
  }

  @SubreaperTest
  @TestInstance(Lifecycle.PER_CLASS)
  @Execution(ExecutionMode.CONCURRENT)
  static class PerClassCases extends TwoTests {}

  @SubreaperTest
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  static class SameThreadCases extends TwoTests {}

  @SubreaperTest
  @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
  static class SeparateThreadCases extends TwoTests {}

  @SubreaperTest
  static class NestedCases {
    @Nested
    class Inner {
      @Test
      void a1() throws Exception {
        leave();
      }
    }

    @Test
    void a2() throws Exception {
      leaveNothing();
    }
  }

  /** Runs in parallel with each of them. */
  @SubreaperTest
  static class BesideCases {
    @Test
    void a3() throws Exception {
      leaveNothing();
    }
  }

  /** A kind of test, and the scope that must be blamed. */
  private record Kind(String name, Class<?> cases, String culprit) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("@Test", PlainCases.class, "PlainCases.a1()"),
          new Kind("@RepeatedTest", RepeatedCases.class, "RepeatedCases.a1(RepetitionInfo)[1]"),
          new Kind(
              "@ParameterizedTest", ParameterizedCases.class, "ParameterizedCases.a1(boolean)[1]"),
          new Kind("@TestFactory", FactoryCases.class, "FactoryCases.a1()"),
          new Kind("PER_CLASS", PerClassCases.class, "PerClassCases.a1()"),
          new Kind("@Timeout", SameThreadCases.class, "SameThreadCases.a1()"),
          new Kind(
              "@Timeout SEPARATE_THREAD", SeparateThreadCases.class, "SeparateThreadCases.a1()"),
          new Kind("@Nested", NestedCases.class, "NestedCases.Inner.a1()"));

  /** Settles for more than a second: until then start events may be missing. */
  private static Kit parallel() {
    return Kit.with("junit.jupiter.execution.parallel.enabled", "true")
        .and("subreaper.settle", "1100 ms")
        .and("junit.jupiter.execution.parallel.mode.default", "concurrent")
        .and("junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
        .and("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .and("junit.jupiter.execution.parallel.config.fixed.parallelism", "8");
  }

  /** This is what a newcomer tries first. */
  @Test
  void theFirstLeakOfAJvmFailsItsTestAndNamesTheLine() throws Exception {
    String said = ChildJvm.tests(PlainCases.class).withOrigins().run().assertExit(0).text();
    assertThat(said)
        .contains("FAILED a1(): ")
        .contains("SUCCESSFUL a2(): ")
        .contains("SUCCESSFUL BlameTest$PlainCases: ")
        .contains("a1() left sleep running (started at BlameTest.java:" + lineOfLeave() + ")");
  }

  @ParameterizedTest
  @EnumSource(Start.class)
  void aPlainTestIsBlamed(Start start) throws Exception {
    how = start;
    together = new CyclicBarrier(1);
    Outcome outcome = outcome(Kit.run(PlainCases.class), lineOfLeave());
    assertThat(outcome).isEqualTo(new Outcome("PlainCases.a1()", "right"));
  }

  @Test
  @Tag("full")
  void theTestThatLeaksFailsAndItsMessageNamesTheLine() throws Exception {
    int line = lineOfLeave();
    List<String> table = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    table.add("| started by | kind of test | serial | line | side by side | line |");
    table.add("|---|---|---|---|---|---|");
    for (Start start : Start.values()) {
      how = start;
      for (Kind kind : KINDS) {
        together = new CyclicBarrier(1);
        Outcome serial = outcome(Kit.run(kind.cases), line);
        together = new CyclicBarrier(SIDE_BY_SIDE);
        Outcome side = outcome(parallel().start(kind.cases, BesideCases.class), line);
        String row =
            String.format(
                Locale.ROOT,
                "| `%s` | %s | %s | %s | %s | %s |",
                start.text,
                kind.name,
                serial.scope,
                serial.line,
                side.scope,
                side.line);
        table.add(row);
        if (!serial.isExactly(kind) || !side.isRightOrShared(kind, start)) {
          wrong.add(row);
        }
      }
    }
    Files.write(Path.of("target/blame.md"), table, StandardCharsets.UTF_8);
    System.out.println(String.join("\n", table));
    assertThat(wrong).isEmpty();
  }

  /** The result of one run. */
  private record Outcome(String scope, String line) {
    boolean isExactly(Kind kind) {
      return scope.equals(kind.culprit) && line.equals("right");
    }

    /**
     * A child is assigned by its thread. A daemon may stay in doubt, but is never assigned wrongly.
     */
    boolean isRightOrShared(Kind kind, Start start) {
      boolean shared =
          scope.equals("test run") && (line.startsWith("one of ") || line.equals("right"));
      return isExactly(kind) || (start != Start.CHILD && shared);
    }
  }

  private static Outcome outcome(Kit.Run run, int line) {
    List<Throwable> failures = run.failures();
    for (Throwable failure : failures) {
      if (!(failure instanceof LeakedProcessesError)) {
        throw new AssertionError("not a leak" + run, failure);
      }
    }
    if (failures.size() != 1) {
      return new Outcome(failures.size() + " failures", "");
    }
    LeakedProcessesError error = (LeakedProcessesError) failures.get(0);
    for (Descendant leaked : error.report().leaked()) {
      assertEnded(leaked.pid());
    }
    List<String> named =
        LINE.matcher(error.report().toString()).results().map(one -> one.group(1)).toList();
    boolean among = named.contains(Integer.toString(line));
    boolean sure = !error.report().toString().contains("which start it comes from is unknown");
    String which =
        among ? (sure ? "right" : "one of " + named.size()) : named.isEmpty() ? "none" : "wrong";
    return new Outcome(error.report().scope().replace("BlameTest.", ""), which);
  }
}
