package io.github.subreaper.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.internal.crash.CrashSweep;
import io.github.subreaper.testing.LibraryLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What a sweep says of itself. */
@Timeout(300)
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class CrashSweepTest {
  @TempDir private Path prepared;
  @TempDir private Path outside;

  @AutoClose private final LibraryLog log = new LibraryLog();

  private CrashPoints points(String script) {
    return CrashPoints.of(Program.of("sh", "-c", script), prepared);
  }

  private static void runs(CrashRun run) throws Exception {
    run.during(Launch::awaitExit);
    assertThat(run.directory()).isDirectory();
  }

  @Test
  void runThatNeitherRecoversNorLooksAtTheDirectoryIsRefused() {
    assertThatThrownBy(() -> points("mkdir d").check(run -> run.during(Launch::awaitExit)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the body called neither CrashRun.recover() nor CrashRun.directory(), so nothing would"
                + " see what a crash of `sh -c mkdir d` leaves. To fix: call recover(…) after"
                + " during(…), or check directory() there");
  }

  /** Makes one more directory in its first run, by another program. */
  private CrashPoints differing() {
    Path first = outside.resolve("first");
    return points("[ -e " + first + " ] || { : >" + first + "; mkdir d; }; mkdir e; true");
  }

  @Test
  void keysThatDifferAreNamedBeforeTheSweep() {
    assertThat(differing().sweep().record(CrashSweepTest::runs)).isNotEmpty();
    assertThat(log.messages())
        .anyMatch(
            text ->
                text.matches(
                    "(?s)`sh -c .*`: of two runs without a crash, \\d of \\d points were equal\\."
                        + " Only in one of them: .*mkdir mkdir d #1.* To fix: .*"));
  }

  @Test
  void missedPointsFailBeyondTheShareOnly() throws Exception {
    differing().withMissedPoints(0.9).check(CrashSweepTest::runs);
    assertThat(log.messages())
        .anyMatch(text -> text.contains("`: not reached in 3 runs, the 1. of "));
    Files.delete(outside.resolve("first"));
    assertThatThrownBy(() -> differing().withMissedPoints(0.05).check(CrashSweepTest::runs))
        .hasMessageContaining("points were not reached in 3 runs each");
    assertThatThrownBy(() -> differing().withMissedPoints(1.1))
        .hasMessage("a share is from 0 to 1: 1.1");
  }

  @Test
  void budgetNamesThePointsThatAreLeftOut() {
    CrashSweep sweep =
        points("exec 3>log; for i in 1 2 3 4; do echo $i >&3; done; mkdir d; true")
            .withBudget(1, 3)
            .sweep();
    List<String> crashes = sweep.record(CrashSweepTest::runs);
    assertThat(crashes).hasSize(1);
    assertThat(sweep.summary())
        .matches(
            "crashes: 1, at 1 of (\\d+) points; of two runs without a crash, \\1 of \\1 points were"
                + " equal; seed 3; left out: .*sh write log #1-4, .*sh exit #1")
        .doesNotContain(crashes.get(0).replaceFirst("^before ", ""));
    assertThat(log.messages()).anyMatch(text -> text.endsWith(sweep.summary()));
  }

  @Test
  void progressIsALine() throws Exception {
    assertThat(CrashPoints.progress(20, 100, 3, 10_000_000_000L))
        .isEqualTo("20 of 100 crashes done, 3 failed, 40 s left");
    List<String> lines = new ArrayList<>();
    points("mkdir d; true").withProgress(lines::add).check(CrashSweepTest::runs);
    assertThat(lines).hasSizeLessThan(100);
  }

  @Test
  void everyCrashIsTriedUnlessItIsToStopAtTheFirst() {
    CrashPoints bad = points("mkdir d; rmdir d");
    List<String> tried = new ArrayList<>();
    CrashRun.Action<CrashRun> body =
        run -> {
          tried.add(run.point());
          runs(run);
          if (!run.point().equals("recording")) {
            throw new AssertionError(run.point());
          }
        };
    Throwable all = catchThrowable(() -> bad.check(body));
    long different = tried.stream().distinct().count();
    assertThat(all.getSuppressed()).hasSize((int) different - 2);
    assertThat(tried).hasSize(2 + 2 * ((int) different - 1));
    tried.clear();
    Throwable first = catchThrowable(() -> bad.withStopAtFirstFailure().check(body));
    assertThat(first).hasMessageContaining("A second run failed, too.").hasNoSuppressedExceptions();
    assertThat(tried).hasSize(2 + 2);
  }
}
