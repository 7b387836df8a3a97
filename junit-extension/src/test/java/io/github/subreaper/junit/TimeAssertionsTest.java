package io.github.subreaper.junit;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.assertj.Convention;
import io.github.subreaper.waits.Await;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Assertions about time, while the wall clock is set during the run. */
class TimeAssertionsTest {
  private static final String STEP_FILE = "STEP_FILE";

  /** Longer than anything here takes, shorter than each step. */
  private static final Duration LONGEST = Duration.ofMinutes(20);

  @TempDir private Path directory;

  @Test
  void stepOfTheWallClockMakesNoAssertionWrong() throws Exception {
    Path file = Files.write(directory.resolve("step"), bytes(Duration.ZERO));
    ChildJvm.main(Assertions.class.getName(), directory.toString())
        .below(
            "env",
            "LD_PRELOAD=" + Compiled.of(directory, "steppedclock", "-shared", "-fPIC"),
            STEP_FILE + "=" + file)
        .run()
        .assertExit(0);
  }

  private static byte[] bytes(Duration offset) {
    return ByteBuffer.allocate(Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .putLong(offset.toSeconds())
        .array();
  }

  static final class Assertions {
    private Assertions() {}

    public static void main(String[] arguments) throws Exception {
      assertStepIsHarmless(Duration.ofHours(-1), Path.of(arguments[0]));
      assertStepIsHarmless(Duration.ZERO, Path.of(arguments[0])); // an hour forward
    }

    private static void assertStepIsHarmless(Duration offset, Path directory) throws Exception {
      ScopeOptions patient = ScopeOptions.defaults().withAwait(Await.LONG);
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("job", patient)) {
        Launch before = scope.launch("sleep", "1000");
        Duration least = Duration.ofMillis(50);
        Await.until(() -> before.process().lifetime().compareTo(least) > 0);
        Instant stamp = Instant.now();
        // Overwritten without truncation, since the library maps the file.
        Files.write(Path.of(System.getenv(STEP_FILE)), bytes(offset), StandardOpenOption.WRITE);
        assertThat(Duration.between(stamp, Instant.now()).abs())
            .as("control: the clock was set")
            .isGreaterThan(LONGEST);

        assertThat(before.process()).isYoungerThan(LONGEST);
        assertThatThrownBy(() -> assertThat(before.process()).isYoungerThan(least))
            .isInstanceOf(AssertionError.class);
        before.signal(Signal.KILL);
        assertThat(before).exitsWith(ExitStatus.signaled(Signal.KILL)).tookLessThan(LONGEST);
        assertThatThrownBy(() -> assertThat(before).tookLessThan(least))
            .isInstanceOf(AssertionError.class);
        assertPidFile(scope, directory);
      }
    }

    /** Stamps the file by hand, since only the JVM's clock was set, not the kernel's. */
    private static void assertPidFile(Supervisor scope, Path directory) throws Exception {
      Path file = directory.resolve("pid");
      Instant before = Instant.now();
      Program program = Program.of("sh", "-c", "sleep 1000 & echo $! >pid");
      Descendant daemon = scope.launch(program.withDirectory(directory)).awaitOrphan();
      Convention[] others =
          Arrays.stream(Convention.values())
              .filter(convention -> convention != Convention.PID_FILE)
              .toArray(Convention[]::new);
      Files.setLastModifiedTime(file, FileTime.from(before));
      assertThat(daemon).isDaemonized(file, others);
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(600)));
      assertThatThrownBy(() -> assertThat(daemon).isDaemonized(file, others))
          .hasMessageMatching("(?s).*pid was written \\S+ s after the launcher had returned.*");
    }
  }
}
