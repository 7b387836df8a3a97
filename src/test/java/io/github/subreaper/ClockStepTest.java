package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.SteppedClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The wall clock is set while the JVM runs, as by ntpd or when a machine resumes. */
@Tag("full")
class ClockStepTest {
  private static final ScopeOptions PATIENT = ScopeOptions.defaults().withAwait(Await.LONG);

  /** Longer than anything in this test takes, and shorter than each step of the clock. */
  private static final Duration LONGEST = Duration.ofMinutes(20);

  private static final Pattern TIME = Pattern.compile("([0-9.]+) (ms|s)\\b");

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void stepOfTheWallClockChangesNoDuration(int hours) throws Exception {
    SteppedClock.run(directory, Durations.class, "" + hours).exitedNormally();
  }

  static final class Durations {
    public static void main(String[] arguments) throws Exception {
      Duration step = Duration.ofHours(Integer.parseInt(arguments[0]));
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        Descendant before = scope.launch("sleep", "1000").process();
        Process leak = new ProcessBuilder("sleep", "1000").start();
        assertThat(scope.leaks()).hasSize(1);

        SteppedClock.set(step);
        assertThat(before.details().age()).isBetween(Duration.ZERO, LONGEST);
        assertThat(before.lifetime()).isBetween(Duration.ZERO, LONGEST);
        end(before);

        Launch after = scope.launch("sh", "-c", "sleep 1000 & sleep 1000 & kill $!");
        Descendant orphan = after.awaitOrphan();
        assertThat(Duration.between(before.startTime(), orphan.startTime()))
            .isBetween(Duration.ZERO, LONGEST);
        assertThat(Duration.between(orphan.startTime(), orphan.adoptedAt().orElseThrow()))
            .isBetween(Duration.ZERO, LONGEST);
        assertThat(orphan.details().age()).isBetween(Duration.ZERO, LONGEST);
        assertTimesIn(after.tree().toString(), "adopted ([0-9.]+) ms after launch");
        end(orphan);
        assertThatThrownBy(() -> after.awaitOrphan("nothing"))
            .satisfies(failure -> assertTimesIn(failure.getMessage(), "ended, after ([0-9.]+) s"));

        ScopeReport report = scope.end();
        assertThat(report.leaked().get(0).lifetime()).isBetween(Duration.ZERO, LONGEST);
        assertThat(leak.waitFor()).isNotZero();
      }
      System.exit(0);
    }

    private static void end(Descendant process) {
      process.signal(Signal.KILL);
      process.awaitExit();
      Duration time = Duration.between(process.startTime(), process.endedAt().orElseThrow());
      assertThat(time).isBetween(Duration.ZERO, LONGEST).isEqualTo(process.lifetime());
      assertThatThrownBy(process::details)
          .satisfies(failure -> assertTimesIn(failure.getMessage(), " after ([0-9.]+) s"));
    }

    private static void assertTimesIn(@Nullable String text, String one) {
      assertThat(text).containsPattern(one);
      assertThat(TIME.matcher(String.valueOf(text)).results().map(Durations::time))
          .as(text)
          .allSatisfy(time -> assertThat(time).isBetween(Duration.ZERO, LONGEST));
    }

    private static Duration time(MatchResult found) {
      double number = Double.parseDouble(found.group(1));
      return Duration.ofMillis((long) (found.group(2).equals("s") ? number * 1000 : number));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void clockStepDoesNotMixUpLogLinesOfThisRunAndAnEarlierOne(int hours) throws Exception {
    SteppedClock.run(directory, Logs.class, "" + hours, directory.toString()).exitedNormally();
  }

  static final class Logs {
    public static void main(String[] arguments) throws Exception {
      Duration step = Duration.ofHours(Integer.parseInt(arguments[0]));
      Path earlier = Files.writeString(Path.of(arguments[1], "earlier"), "it is up\n");
      Path made = Files.writeString(Path.of(arguments[1], "made"), "it is up\n");
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        SteppedClock.set(step);
        // The kernel's clock was not set, so the file gets the time that the kernel would have set.
        setTime(earlier, Instant.now().minusSeconds(60));
        Launch launch = scope.launch("sleep", "1000");
        assertThatThrownBy(
                () -> launch.awaitReady(Ready.logLine(earlier, "up"), Duration.ofMillis(1)))
            .hasMessageContaining(": the file has no such line");

        setTime(made, Instant.now());
        launch.awaitReady(Ready.logLine(made, "up"));
        SteppedClock.set(step.minus(Duration.ofHours(2)));
        setTime(made, Instant.now());
        launch.awaitReady(Ready.logLine(made, "up"));
      }
      System.exit(0);
    }

    private static void setTime(Path file, Instant time) throws Exception {
      Files.setLastModifiedTime(file, FileTime.from(time));
    }
  }
}
