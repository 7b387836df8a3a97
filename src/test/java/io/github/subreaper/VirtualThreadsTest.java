package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.VirtualThreadWorkload;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Up to JDK 23 a virtual thread that waits while it holds a monitor keeps its carrier, so the
 * thread that it waits for may get none.
 */
@Timeout(300)
class VirtualThreadsTest {
  private static final int THREADS = 12;
  private static final int LAUNCHES = 60;

  @Test
  void virtualThreadsOnTwoCarriersDoNotDeadlock() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "virtual threads came with JDK 21");
    ChildJvm.Result result =
        ChildJvm.run(
            List.of(),
            List.of(
                "-Djdk.virtualThreadScheduler.parallelism=2",
                "-Djdk.virtualThreadScheduler.maxPoolSize=2"),
            Map.of(),
            VirtualThreadWorkload.class,
            Integer.toString(THREADS),
            Integer.toString(LAUNCHES));
    assertThat(result.exitedNormally().value("right")).isEqualTo("" + THREADS * LAUNCHES);
  }
}
