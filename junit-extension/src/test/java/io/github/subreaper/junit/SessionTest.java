package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static io.github.subreaper.junit.Processes.isAlive;
import static io.github.subreaper.junit.Processes.leak;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** What lives as long as the launcher session. */
class SessionTest {

  @Test
  void endOfANestedSessionLeavesTheOuterOneAsItIs() {
    Kit.Run run = Kit.run(OuterTestCases.class).assertPassed();
    assertEnded(run.pid());
  }

  @SubreaperTest
  static class OuterTestCases {
    @Test
    void runsTheTestKit(Supervisor supervisor, TestReporter reporter) {
      Launch before = supervisor.launch("sleep", "1000");
      reporter.publishEntry("pid", Long.toString(before.pid()));

      Kit.Run inner = Kit.run(LeakPolicyTest.LaunchingTestCases.class);

      inner.assertPassed();
      assertEnded(inner.pid());
      assertThat(before.isAlive()).isTrue();
      assertThat(supervisor.launch("sleep", "1000").isAlive()).isTrue();
    }
  }

  @Test
  @Tag("full")
  void survivorStaysForTheWholeSessionAndEndsWithIt() {
    ChildJvm.Output output =
        ChildJvm.tests(SurvivorTestCases.class, LaterTestCases.class).run().assertExit(0);

    assertThat(output.text()).contains("alive later: true");
    assertEnded(output.number("pid"));
  }

  @SubreaperTest
  static class SurvivorTestCases {
    private static long pid;

    @Test
    @SubreaperTest(survivors = "sleep 1003")
    void startsWhatMayStay() {
      pid = leak("sleep 1003");
      ChildJvm.say("pid", pid);
    }
  }

  @SubreaperTest
  static class LaterTestCases {
    @Test
    void isStillThere() {
      ChildJvm.say("alive later", isAlive(SurvivorTestCases.pid));
    }
  }

  @Test
  @Tag("full")
  void guardianWritesItsLogWhereTheLaunchersParameterSays(@TempDir Path directory) {
    Path reports = directory.resolve("reports");
    ChildJvm.Output output =
        ChildJvm.tests(HaltingTestCases.class)
            .with(RunTests.PREFIX + "subreaper.directory", reports.toString())
            .run()
            .assertExit(3);

    Path log = reports.resolve("guardian-" + output.number("jvm") + ".new");
    Await.until(() -> Files.exists(log) && Files.readString(log).endsWith("complete\n"));
    assertThat(log).content().contains("ended " + output.number("pid") + " sleep");
    assertThat(output.text()).contains("property: /dev/null/none"); // restored
  }

  @SubreaperTest
  static class HaltingTestCases {
    @Test
    void halts(Supervisor supervisor) {
      ChildJvm.say("pid", supervisor.launch("sleep", "1000").pid());
      ChildJvm.say("jvm", ProcessHandle.current().pid());
      ChildJvm.say("property", System.getProperty("subreaper.directory"));
      Runtime.getRuntime().halt(3);
    }
  }

  @Test
  void outOfMemoryInATestLeavesNothingAfterTheSession() {
    ChildJvm.Output output = ChildJvm.tests(OutOfMemoryTestCases.class).run();

    assertThat(output.text()).contains("out of memory in a test");
    assertEnded(output.number("pid"));
    assertEnded(output.number("launched"));
  }

  @SubreaperTest
  static class OutOfMemoryTestCases {
    @Test
    void test(Supervisor supervisor) {
      ChildJvm.say("pid", leak());
      ChildJvm.say("launched", supervisor.launch("sleep", "1000").pid());
      throw new OutOfMemoryError("out of memory in a test");
    }
  }

  @Test
  @Tag("full")
  void withoutTheExtensionOutOfMemoryLeavesAProcess() {
    ChildJvm.Output output = ChildJvm.tests(UnguardedOutOfMemoryTestCases.class).run();

    Processes.endLeftBehind(output.number("pid"));
  }

  static class UnguardedOutOfMemoryTestCases {
    @Test
    void test() {
      ChildJvm.say("pid", leak());
      throw new OutOfMemoryError("out of memory in a test");
    }
  }

  @Test
  void jvmThatExitsInTheMiddleOfATestLeavesNothing() {
    ChildJvm.Output output = ChildJvm.tests(ExitingTestCases.class).run().assertExit(3);

    assertEnded(output.number("pid"));
  }

  @SubreaperTest
  static class ExitingTestCases {
    @Test
    void test() {
      ChildJvm.say("pid", leak());
      System.exit(3);
    }
  }
}
