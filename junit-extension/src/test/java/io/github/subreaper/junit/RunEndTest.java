package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a run that ends in another way than most. */
@Tag("slow")
class RunEndTest {
  private static final String GUARD = "subreaper.guard";

  private static Process sleep() throws IOException {
    return perl("sleep 1000");
  }

  private static Process perl(String script) throws IOException {
    Process process = new ProcessBuilder("perl", "-e", script, "--", "--password=hunter2").start();
    ChildJvm.say("pid", process.pid());
    return process;
  }

  private static Process unchecked(String script) {
    try {
      return perl(script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void exitOfATestIsSaidWithItsNameInThisRunAndTheNext(@TempDir Path reports) {
    ChildJvm.Output output = run(ExitingTestCases.class, reports).assertExit(3);
    ChildJvm.Output next = run(StaticTestCases.class, reports);
    ChildJvm.Output afterNext = run(StaticTestCases.class, reports);

    String exit =
        ", during RunEndTest.ExitingTestCases.b_exits(), by System.exit at "
            + ExitingTestCases.class.getName()
            + ".b_exits(RunEndTest.java:";
    assertThat(output.lines("the JVM exits before the end of the run" + exit))
        .contains(" · so far 1 test · 1 leak");
    assertThat(next.lines("subreaper: a previous run (pid ")).contains(") ended" + exit);
    assertThat(afterNext.text()).doesNotContain("a previous run");
  }

  private static ChildJvm.Output run(Class<?> tests, Path reports) {
    return ChildJvm.tests(tests)
        .with(GUARD, "true")
        .with("subreaper.directory", reports.toString())
        .runAndAssertEnded();
  }

  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class ExitingTestCases {
    @Test
    void a_leaks() throws IOException {
      sleep();
    }

    @Test
    void b_exits() throws IOException {
      sleep();
      System.exit(3);
    }
  }

  /** The hook of a library may have to end what a test of it shares. */
  @ParameterizedTest
  @ValueSource(strings = {"IN_AN_ENDED_SCOPE", "IN_AN_OPEN_SCOPE"})
  void exitOfATestLeavesWhatIsSharedToTheShutdownHooks(String where) {
    ChildJvm tests =
        where.equals("IN_AN_OPEN_SCOPE")
            ? ChildJvm.tests(ExitingHookedTestCases.class)
            : ChildJvm.tests(HookedTestCases.class, ExitingHookedTestCases.class);
    ChildJvm.Output output =
        tests.with(GUARD, "true").withOrigins().runAndAssertEnded().assertExit(3);

    assertThat(output.text())
        .contains("subreaper: the JVM exits before the end of the run", "shared: ended by the hook")
        .doesNotContain("outlived the run");
  }

  @Test
  void exitOfATestNamesWhatIsSharedAndOutlivesTheShutdownHooks() {
    ChildJvm.Output output =
        ChildJvm.tests(StaticTestCases.class, ExitingTestCases.class)
            .with(GUARD, "true")
            .withOrigins()
            .runAndAssertEnded()
            .assertExit(3);

    assertThat(output.text())
        .contains("2 processes outlived the run and its shutdown hooks, and are terminated now");
  }

  static class HookedTestCases {
    /** It takes a moment to end, and no hook waits for that. */
    static final Process SHARED =
        unchecked("$SIG{TERM} = sub { select undef, undef, undef, 0.3; exit }; sleep 1000");

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(HookedTestCases::end));
    }

    /** Waits for a while, since the end of the JVM runs all hooks at the same time. */
    private static void end() {
      try {
        boolean ended = SHARED.waitFor(1, TimeUnit.SECONDS);
        SHARED.destroy();
        System.err.println("shared: ended by " + (ended ? "the library" : "the hook"));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Test
    void sees() {
      assertThat(SHARED).matches(Process::isAlive);
    }
  }

  static class ExitingHookedTestCases {
    @Test
    void exits() {
      assertThat(HookedTestCases.SHARED).matches(Process::isAlive);
      System.exit(3);
    }
  }

  /** As with {@code forkCount=0}: the JVM goes on, so its end is not awaited. */
  @Test
  void otherClassLoaderIsJudgedAtTheEndOfTheRun() {
    judgeOtherClassLoader("FAIL", 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"WARN", "IGNORE"})
  @Tag("full")
  void otherClassLoaderIsJudgedByThePolicy(String policy) {
    judgeOtherClassLoader(policy, 0);
  }

  private static void judgeOtherClassLoader(String policy, int exit) {
    ChildJvm.Output output =
        ChildJvm.main(OtherClassLoader.class.getName(), StaticTestCases.class.getName())
            .with(GUARD, "true")
            .withOrigins()
            .with("subreaper.exit", policy)
            .runAndAssertEnded();

    output.assertExit(exit);
    assertThat(output.text().contains("1 process outlived the run, and is terminated now"))
        .isEqualTo(!policy.equals("IGNORE"));
    assertThat(output.text().contains(" (started at RunEndTest.java:"))
        .isEqualTo(!policy.equals("IGNORE"));
    assertThat(output.text()).doesNotContain("hunter2");
  }

  static final class OtherClassLoader {
    private OtherClassLoader() {}

    public static void main(String[] classes) throws Exception {
      List<URL> urls = new ArrayList<>();
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        urls.add(Path.of(entry).toUri().toURL());
      }
      try (URLClassLoader other =
          new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
        Thread.currentThread().setContextClassLoader(other);
        Method main =
            other.loadClass(RunTests.class.getName()).getDeclaredMethod("main", String[].class);
        main.setAccessible(true);
        main.invoke(null, (Object) classes);
      }
    }
  }

  static class StaticTestCases {
    private static final Process PROCESS = unchecked("sleep 1000");

    @Test
    void sees() {
      assertThat(PROCESS).matches(Process::isAlive);
    }
  }

  @Test
  @Tag("full") // the library waits 15 s for the hook
  void hookThatStillRunsIsNotSaidToHaveEnded() {
    ChildJvm.Output output =
        ChildJvm.tests(SlowHookTestCases.class)
            .with(GUARD, "true")
            .withOrigins()
            .runAndAssertEnded()
            .assertExit(0);

    assertThat(output.text())
        .contains("1 process outlived the run, and is terminated now, though a shutdown hook");
  }

  static class SlowHookTestCases extends StaticTestCases {
    static {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> LockSupport.parkNanos(17_000_000_000L)));
    }
  }
}
