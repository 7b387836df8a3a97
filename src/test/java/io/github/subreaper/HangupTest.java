package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.EndingWorkload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernel sends SIGHUP to a process group that a death leaves orphaned while a member is
 * stopped: setpgid(2). In its own session, as in CI, a JVM's group is orphaned from the start.
 */
class HangupTest {

  /** Leaders of new groups, whose parents and children are in the group of the JVM. */
  private static final String ACROSS_GROUPS = "i((ip)gip)((ip)gip)ip";

  @Test
  void stoppedProcessesInTheJvmsGroupDoNotMakeTheKernelSendSighupToTheJvm(@TempDir Path directory)
      throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            List.of("setsid", "--wait"),
            List.of(),
            Map.of(),
            EndingWorkload.class,
            CProgram.build(directory, "chaos", "-lpthread").toString(),
            Files.createFile(directory.resolve("ledger")).toString(),
            ACROSS_GROUPS,
            "5");
    assertThat(result.exitedNormally().value("rounds")).isEqualTo("10");
  }
}
