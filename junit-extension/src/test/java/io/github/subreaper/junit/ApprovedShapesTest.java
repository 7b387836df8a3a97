package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.subreaper.Binding;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.RunningTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which file a test has, in a run of its own with its own working directory. */
@Tag("slow")
class ApprovedShapesTest {
  private static final String RESOURCES = "src/test/resources";
  private static final String[] FILES = {
    "ApprovedShapesTest.ApprovingTestCases.Inner.test.shape",
    "ApprovedShapesTest.ApprovingTestCases.dynamic.shape",
    "ApprovedShapesTest.ApprovingTestCases.inATimeout.shape",
    "ApprovedShapesTest.ApprovingTestCases.inAnotherThread.shape",
    "ApprovedShapesTest.ApprovingTestCases.inherited.shape",
    "ApprovedShapesTest.ApprovingTestCases.launchesForAll.shape",
    "ApprovedShapesTest.ApprovingTestCases.launchesForEach.shape",
    "ApprovedShapesTest.ApprovingTestCases.parameterized.a.shape",
    "ApprovedShapesTest.ApprovingTestCases.parameterized.b.shape",
    "ApprovedShapesTest.ApprovingTestCases.repeated.shape",
    "ApprovedShapesTest.ApprovingTestCases.throughAHelper.shape",
  };

  @TempDir private Path working;

  private ChildJvm run() throws IOException {
    Files.createDirectories(working.resolve(RESOURCES));
    return ChildJvm.tests(ApprovingTestCases.class)
        .below("sh", "-c", "export CI=false; cd \"$0\" && exec \"$@\"", working.toString());
  }

  private String[] files() throws IOException {
    try (Stream<Path> all = Files.walk(working.resolve(RESOURCES))) {
      return all.filter(Files::isRegularFile)
          .map(file -> working.resolve(RESOURCES).relativize(file).toString())
          .map(file -> file.replace("io/github/subreaper/junit/", ""))
          .sorted()
          .toArray(String[]::new);
    }
  }

  @Test
  void eachTestMethodHasAFileWhichAParameterOfJUnitApproves() throws Exception {
    ChildJvm.Output approving = run().with(RunTests.PREFIX + "subreaper.approve", "true").run();
    approving.assertExit(0);
    assertThat(approving.lines("FAILED")).contains("inAnotherThread(").hasLineCount(1);
    assertThat(files()).containsExactly(FILES);

    Path shapes = working.resolve(RESOURCES).resolve("io/github/subreaper/junit");
    Path missing = shapes.resolve(FILES[0]);
    Files.delete(missing);
    Path changed = Files.writeString(shapes.resolve(FILES[4]), "sleep 9");
    ChildJvm.Output comparing = run().run().assertExit(0);
    assertThat(comparing.lines("FAILED"))
        .contains("FAILED inherited(Supervisor)")
        .contains(
            "There was no approved shape of ApprovedShapesTest.ApprovingTestCases.Inner.test(")
        .hasLineCount(2);
    assertThat(comparing.text()).contains("sleep 9     ← missing", "sleep 1001  ← new");
    assertThat(missing).hasContent("sleep 1001\n");
    assertThat(changed).hasContent("sleep 9");
  }

  @Test
  void malformedParameterFails() throws Exception {
    assertThat(run().with(RunTests.PREFIX + "subreaper.approve", "yes").run().lines("FAILED"))
        .contains("Setting \"approve\": \"yes\" is not a boolean.");
    assertThat(files()).isEmpty();
  }

  @Test
  void threadIsBoundToItsTestDuringAStepOnly() {
    RunningTest outer = RunningTest.of(ApprovedShapesTest.class, "outer", "outer()");
    Binding bound = Access.get().bindTest(outer);
    try {
      Kit.run(BoundTestCases.class).assertPassed();
      assertThat(Access.get().runningTest()).containsSame(outer);
    } finally {
      bound.close();
    }
    assertThat(Access.get().runningTest()).isEmpty();
  }

  @SubreaperTest
  static class BoundTestCases {
    @Test
    void bound() {
      RunningTest running = Access.get().runningTest().orElseThrow();
      assertThat(running.testClass()).isEqualTo(BoundTestCases.class);
      assertThat(running.method()).isEqualTo("bound");
      assertThat(running).hasToString("ApprovedShapesTest.BoundTestCases.bound()");
      assertThat(running.approves()).isFalse();
      assertThat(CompletableFuture.supplyAsync(Access.get()::runningTest).join()).isEmpty();
    }
  }

  abstract static class BaseTestCases {
    @Test
    void inherited(Supervisor supervisor) {
      sleepAndCheck(supervisor);
    }

    static void sleepAndCheck(Supervisor supervisor) {
      supervisor.launch("sleep", "1001");
      assertThat(supervisor).matchesApprovedShape();
    }
  }

  @SubreaperTest
  static class ApprovingTestCases extends BaseTestCases {
    @BeforeAll
    static void launchesForAll(Supervisor supervisor) {
      sleepAndCheck(supervisor);
    }

    @BeforeEach
    void launchesForEach(Supervisor supervisor) {
      assertThat(supervisor).matchesApprovedShape();
    }

    @AfterAll
    static void launchesNoMore(Supervisor supervisor) {
      assertThat(supervisor).hasShape("sleep 1001");
    }

    @Test
    void throughAHelper(Supervisor supervisor) {
      sleepAndCheck(supervisor);
    }

    @Test
    void inAnotherThread(Supervisor supervisor) {
      supervisor.launch("sleep", "1001");
      CompletableFuture.runAsync(() -> assertThat(supervisor).matchesApprovedShape()).join();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void inATimeout(Supervisor supervisor) {
      sleepAndCheck(supervisor);
    }

    @RepeatedTest(2)
    void repeated(Supervisor supervisor) {
      sleepAndCheck(supervisor);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void parameterized(String name, Supervisor supervisor) {
      supervisor.launch("sh", "-c", "sleep 1001; : " + name);
      assertThat(supervisor).matchesApprovedShape(name);
    }

    @TestFactory
    Stream<DynamicTest> dynamic(Supervisor supervisor) {
      return Stream.of("one", "two")
          .map(
              name ->
                  dynamicTest(
                      name,
                      () -> {
                        try (Supervisor own = supervisor.open(name)) {
                          sleepAndCheck(own);
                        }
                      }));
    }

    @Nested
    class Inner {
      @Test
      void test(Supervisor supervisor) {
        sleepAndCheck(supervisor);
      }
    }
  }
}
