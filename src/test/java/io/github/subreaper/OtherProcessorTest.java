package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.crash.CrashPoints;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What exists on x86-64 only is refused elsewhere. */
@DisabledIfSystemProperty(named = "os.arch", matches = "amd64")
class OtherProcessorTest {
  @Test
  void crashPointsAreRefusedWithTheReason(@TempDir Path directory) {
    CrashPoints points = CrashPoints.of(Program.of("true"), directory);
    assertThatThrownBy(() -> points.check(run -> run.during(Launch::awaitExit)))
        .isInstanceOf(UnsupportedSystemException.class)
        .hasMessageContaining("crash points need x86-64, and this is ");
  }
}
