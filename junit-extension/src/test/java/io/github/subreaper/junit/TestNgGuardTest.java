package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.sleep;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.testng.SkipException;
import org.testng.annotations.AfterClass;
import org.testng.annotations.AfterMethod;
import org.testng.annotations.DataProvider;

/** Suites of TestNG, which is on the class path of the child JVMs only. */
class TestNgGuardTest {
  private static final Path JARS = Path.of("target/testng").toAbsolutePath();

  private static ChildJvm.Output run(Class<?>... testCases) {
    Required.orSkip(Files.exists(JARS), "needs to be run by Maven, which copies " + JARS);
    ChildJvm.Output output =
        ChildJvm.tests(testCases)
            .with("subreaper.guard", "true")
            .on(JARS + "/*" + File.pathSeparator + System.getProperty("java.class.path"))
            .run();
    assertThat(output.numbers("pid")).isNotEmpty().allSatisfy(Processes::assertEnded);
    return output;
  }

  @Test
  void leakOfTheLastTestIsReportedOnceAndAccusesTheTest() {
    ChildJvm.Output output = run(LastTestCases.class);

    output.assertExit(1);
    assertThat(output.text())
        .contains("LastTestCases.leaks() left sleep", "1 test · 1 process ", "1 leak ·")
        .doesNotContain("LastTestCases left");
  }

  public static class LastTestCases {
    @AfterMethod
    public void after() {}

    @org.testng.annotations.Test
    public void leaks() {
      sleep();
    }
  }

  /** The first class, whose end the engine reports too early, is open no more. */
  @Test
  void daemonOfAClassAfterParallelDataAccusesItsTest() {
    ChildJvm.Output output = run(ADataTestCases.class, BDaemonTestCases.class);

    output.assertExit(0);
    assertThat(output.lines("FAILED leaks")).contains("BDaemonTestCases.leaks() left sleep");
  }

  public static class ADataTestCases {
    @DataProvider(parallel = true)
    public Object[][] numbers() {
      return new Object[][] {{1}, {2}, {3}};
    }

    @org.testng.annotations.Test(dataProvider = "numbers")
    public void passes(int number) {}

    @AfterClass
    public void after() {}
  }

  public static class BDaemonTestCases {
    @org.testng.annotations.Test
    public void leaks() throws Exception {
      Process sh =
          new ProcessBuilder("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!")
              .redirectErrorStream(true)
              .start();
      ChildJvm.say("pid", new String(sh.getInputStream().readAllBytes(), UTF_8).strip());
      sh.waitFor();
    }
  }

  @Test
  void leakOfASkippedTestFailsTheRun() {
    ChildJvm.Output output = run(SkippedTestCases.class);

    output.assertExit(1);
    assertThat(output.text())
        .contains("ABORTED skips", "SkippedTestCases.skips() left sleep", "1 leak ·");
  }

  public static class SkippedTestCases {
    @org.testng.annotations.Test
    public void skips() {
      sleep();
      throw new SkipException("skipped");
    }
  }
}
