package io.github.subreaper.internal.engine.spawn;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The child of a launch before its exec: it waits at a FIFO. */
class UnbornChildTest {
  @Test
  void childIsFoundThoughItWasTakenForOneThatNoLaunchHasStarted(@TempDir Path directory) {
    long limit = KERNEL.fileLocks.get(Procfs.SELF);
    Path gate = directory.resolve("gate");
    KERNEL.fifos.create(gate);
    Tags tags = Tags.claim(KERNEL, limit);
    Lane lane = new Lane(KERNEL, TIME);
    try {
      UnbornChild children = new UnbornChild(KERNEL, tags);
      lane.begin(
          new PosixSpawn.Request(
                  Path.of("/bin/true"),
                  List.of("true".getBytes(UTF_8)),
                  KERNEL.spawn.environment(),
                  PosixSpawn.Streams.NONE)
              .behind(gate));
      int pid = Await.until(() -> children.find(lane, Set.of()), found -> found > 0);

      KERNEL.fileLocks.set(pid, tags.ofChild(tags.nextChild()));
      assertThat(children.find(lane, Set.of())).isEqualTo(pid);
      KERNEL.fileLocks.set(pid, tags.ofLaunch(tags.allocate()));
      assertThat(children.find(lane, Set.of())).as("an earlier launch").isZero();
    } finally {
      int open = KERNEL.fifos.openForBoth(gate);
      Await.until(() -> KERNEL.waits().collect(lane.result().pid()) != null);
      KERNEL.fifos.close(open);
      lane.close(Await.LONG.toNanos());
      KERNEL.fileLocks.set(Procfs.SELF, limit);
    }
  }
}
