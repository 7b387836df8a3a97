package io.github.subreaper.samples;

import static io.github.subreaper.ExitStatus.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.crash.CrashPoints;
import io.github.subreaper.crash.CrashRun;
import io.github.subreaper.junit.CrashTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A counter that survives {@code kill -9} at each point, and three that do not. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class CrashTwinsTest {
  private static final String READ = "n=$(cat state); [ \"$n\" ] || exit 9; ";
  private static final String REPLACE = "echo $((n + 1)) >state.new; mv state.new state; ";

  @TempDir Path prepared;

  @BeforeEach
  void prepare() throws IOException {
    Files.writeString(prepared.resolve("state"), "1\n");
  }

  @CrashTest
  void lockOfTheKernelAndAReplacedFile(CrashRun run) throws Exception {
    run.in(prepared)
        .launch(counter("exec 9>lock; flock -n 9 || exit 8; " + READ + REPLACE))
        .during(Launch::awaitExit);
    comesBack(run);
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      value = {
        "n=$(cat state); [ \"$n\" ] || exit 9; echo 2 >state; true => write state #1",
        "mkdir lock || exit 8; echo 2 >new; mv new state; rmdir lock => exit #1",
        "[ -e pid ] && exit 8; echo $$ >pid; echo 2 >new; mv new state; rm pid => write pid #1"
      })
  void stateInPlaceLockFileAndPidFileAreFound(String script, String point) {
    CrashPoints points = CrashPoints.of(counter(script), prepared);
    assertThatThrownBy(
            () ->
                points.check(
                    run -> {
                      run.during(Launch::awaitExit);
                      comesBack(run);
                    }))
        .hasMessageContaining("does not come back after kill -9 before ")
        .hasMessageContaining(point)
        .hasMessageContaining("A second run failed, too.");
  }

  private static Program counter(String script) {
    return Program.of("sh", "-c", script);
  }

  private static void comesBack(CrashRun run) throws Exception {
    run.recover(counter -> assertThat(counter.awaitExit()).isEqualTo(exited(0)));
  }
}
