package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.THROWABLE;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.crash.CrashRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** Programs with a known fault, and a correct twin, as tests with an invocation for each crash. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class CrashTestTest {
  private static final String COUNT = "n=$(cat state); [ \"$n\" ] || exit 9; ";
  private static final Program IN_PLACE =
      Program.of("sh", "-c", COUNT + ": >state; echo 2 >state; true");
  private static final Program REPLACED =
      Program.of("sh", "-c", COUNT + "echo 2 >tmp; mv tmp state");

  /** A counter in a prepared directory. */
  abstract static class Counter {
    @TempDir Path prepared;

    @BeforeEach
    void prepare() throws IOException {
      Files.writeString(prepared.resolve("state"), "1\n");
    }

    void comesBack(CrashRun run, Program program) throws Exception {
      run.in(prepared).launch(program).during(Launch::awaitExit);
      run.recover(launch -> assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0)));
    }
  }

  static class InPlaceTestCases extends Counter {
    @CrashTest
    void inPlace(CrashRun run) throws Exception {
      comesBack(run, IN_PLACE);
    }
  }

  static class ReplacedTestCases extends Counter {
    @CrashTest
    void replaced(CrashRun run) throws Exception {
      comesBack(run, REPLACED);
    }
  }

  @SubreaperTest
  static class ChosenTestCases extends Counter {
    static final List<String> RUNS = new ArrayList<>();

    @CrashTest(at = "mv rename tmp -> state #1")
    void one(CrashRun run) throws Exception {
      RUNS.add(run.point());
      comesBack(run, REPLACED);
    }

    @CrashTest(at = "mv rename tmp -> state #1", powerCuts = true)
    void powerCut(CrashRun run) throws Exception {
      comesBack(run, REPLACED);
    }

    @CrashTest(ignoring = "tmp*", budget = 3, seed = 7, cutWrites = true)
    void sample(CrashRun run) throws Exception {
      comesBack(run, REPLACED);
    }
  }

  static class MissedTestCases {
    @TempDir Path prepared;
    @TempDir static Path outside;

    /** Makes one more directory in its first run. */
    private void differs(CrashRun run, String name) throws Exception {
      Path first = outside.resolve(name);
      String script = "[ -e " + first + " ] || { : >" + first + "; mkdir d; }; mkdir e; true";
      run.in(prepared).launch(Program.of("sh", "-c", script)).during(Launch::awaitExit);
      assertThat(run.directory()).isDirectory();
    }

    @CrashTest(missedPoints = 0.9)
    void allowed(CrashRun run) throws Exception {
      differs(run, "allowed");
    }

    @CrashTest(missedPoints = 0.9, at = "mkdir mkdir d #1")
    void alone(CrashRun run) throws Exception {
      differs(run, "alone");
    }
  }

  static class WrongOrderTestCases {
    @CrashTest
    void launchesNowhere(CrashRun run) throws Exception {
      run.launch(REPLACED).during(Launch::awaitExit);
    }
  }

  static class AbortedTestCases extends Counter {
    @CrashTest
    void needsAnother(CrashRun run) {
      abort("not at " + run.point());
    }

    @CrashTest
    void runsNothing(CrashRun run) {
      assertThat(run.point()).isEqualTo("recording");
    }

    @CrashTest
    void recoversNothing(CrashRun run) throws Exception {
      run.in(prepared).launch(REPLACED).during(Launch::awaitExit);
    }
  }

  private static List<String> names(Kit.Run run) {
    return run.results().testEvents().started().stream()
        .map(event -> event.getTestDescriptor().getDisplayName())
        .toList();
  }

  @Test
  void faultFailsAtItsPointsAndTheirNeighboursReferToTheFirst() {
    List<Throwable> failures = Kit.run(InPlaceTestCases.class).failures();
    assertThat(failures).hasSizeGreaterThanOrEqualTo(2);
    assertThat(failures.get(0))
        .hasMessageStartingWith("`sh -c " + COUNT)
        .hasMessageContaining("does not come back after kill -9 before ")
        .hasMessageContaining("A second run failed, too.")
        .hasMessageContaining("Changed before the crash:\n  ~ state (2 bytes, now 0 bytes)");
    assertThat(failures.get(1))
        .hasMessageContaining(" failed in the same way.")
        .hasMessageNotContaining("Changed before the crash:");
  }

  @Test
  void twinPassesAtEachOfItsPoints() {
    Kit.Run run = Kit.run(ReplacedTestCases.class).assertPassed();
    assertThat(names(run))
        .startsWith("recording")
        .contains("before mv rename tmp -> state #1", "before mv exit #1")
        .doesNotHaveDuplicates();
  }

  @Test
  void pointsAreChosenByTheAnnotation() {
    ChosenTestCases.RUNS.clear();
    Kit.Run run = Kit.run(ChosenTestCases.class).assertPassed();
    assertThat(ChosenTestCases.RUNS)
        .containsExactly("recording", "recording", "mv rename tmp -> state #1");
    assertThat(names(run))
        .hasSize(2 + 4 + 4)
        .noneMatch(name -> name.contains(" tmp #"))
        .contains(
            "before mv rename tmp -> state #1",
            "power cut before mv rename tmp -> state #1, names kept",
            "power cut before mv rename tmp -> state #1, names lost");
  }

  /** The recording is aborted, or fails, and no invocation follows it. */
  @Test
  void recordingThatFailsIsTheOnlyInvocation() {
    Kit.Run run = Kit.run(AbortedTestCases.class);
    assertThat(names(run)).containsOnly("recording").hasSize(3);
    assertThat(run.failures())
        .hasSize(3)
        .anyMatch(TestAbortedException.class::isInstance)
        .anyMatch(failure -> "the body did not call CrashRun.during()".equals(failure.getMessage()))
        .anyMatch(
            failure -> String.valueOf(failure.getMessage()).contains("neither CrashRun.recover()"));
  }

  /** One of one is more than 90 %. */
  @Test
  void missedPointIsAbortedAndFailsBeyondTheShare() {
    List<Throwable> failures = Kit.run(MissedTestCases.class).failures();
    assertThat(failures)
        .filteredOn(failure -> !(failure instanceof TestAbortedException))
        .singleElement(THROWABLE)
        .hasMessageContaining("1 of 1 points were not reached in 3 runs each");
    assertThat(failures).anyMatch(TestAbortedException.class::isInstance);
  }

  @SubreaperTest(unsupported = Unsupported.FAIL)
  static class FailTestCases extends ReplacedTestCases {}

  @SubreaperTest(unsupported = Unsupported.SKIP)
  static class SkipTestCases extends ReplacedTestCases {}

  @SubreaperTest(unsupported = Unsupported.UNGUARDED)
  static class UnguardedTestCases extends ReplacedTestCases {}

  @Test
  void whereNothingCanBeTracedTheSettingDecides(@TempDir Path directory) throws Exception {
    String denied = Compiled.of(directory, "denied").toString();
    ChildJvm.Output output =
        ChildJvm.tests(
                ReplacedTestCases.class,
                FailTestCases.class,
                SkipTestCases.class,
                UnguardedTestCases.class)
            .below(denied, "EPERM", "ptrace")
            .run()
            .assertExit(0);
    String reason = "Crash points are impossible here: a sandbox refuses ptrace(2): EPERM";
    assertThat(output.lines("FAILED recording").lines())
        .hasSize(2)
        .allMatch(line -> line.contains("UnsupportedSystemException: " + reason));
    assertThat(output.lines("ABORTED recording").lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("unsupported = SKIP: " + reason))
        .anyMatch(line -> line.contains("unsupported = UNGUARDED: " + reason));
    assertThat(output.lines("@SubreaperTest(unsupported = SKIP)").lines()).hasSize(2);
    assertThat(output.text()).contains("--cap-add=SYS_PTRACE").doesNotContain("before ");
  }

  @Test
  void runHasOneProgramInOneDirectory() {
    assertThat(Kit.run(WrongOrderTestCases.class).onlyFailure())
        .hasMessageContaining("call in(directory) first");
  }
}
