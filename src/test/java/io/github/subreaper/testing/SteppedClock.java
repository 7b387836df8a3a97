package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Sets the wall clock of a JVM while it runs, and no other clock: a preloaded library adds the step
 * in a file. File times stay those of the kernel's clock.
 */
public final class SteppedClock {
  private static final String STEP_FILE = "STEP_FILE";

  private SteppedClock() {}

  /** Runs a class to its end in a JVM whose wall clock can be set. */
  public static ChildJvm.Result run(Path directory, Class<?> main, String... arguments)
      throws Exception {
    Path library = CProgram.build(directory, "steppedclock", "-shared", "-fPIC");
    Path file = Files.write(directory.resolve("step"), bytes(Duration.ZERO));
    return ChildJvm.run(
        List.of(),
        List.of(),
        Map.of("LD_PRELOAD", library.toString(), STEP_FILE, file.toString()),
        main,
        arguments);
  }

  /** Sets the wall clock of the calling JVM to the kernel's time plus a step. */
  public static void set(Duration step) {
    try {
      Instant before = Instant.now();
      Path file = Path.of(System.getenv(STEP_FILE));
      Files.write(file, bytes(step), StandardOpenOption.WRITE); // never truncated: it is mapped
      assertThat(Duration.between(before, Instant.now()).abs())
          .as("control: the clock was set")
          .isGreaterThan(step.abs().dividedBy(2));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Duration step) {
    return ByteBuffer.allocate(Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .putLong(step.toSeconds())
        .array();
  }
}
