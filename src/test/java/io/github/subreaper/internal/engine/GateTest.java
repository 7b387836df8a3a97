package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class GateTest {

  @Test
  void gateHeldOpenByAnotherForkLetsNoLaterChildThrough() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test")) {
      Engine engine = Engine.acquire();
      try {
        Path gate = engine.spawner.newGate();
        // holds the gate open, as a child of another thread does until its exec
        int held = KERNEL.fifos.openForBoth(gate);
        try {
          assertThat(supervisor.launch("true").awaitExit()).hasToString("exited 0");
        } finally {
          KERNEL.fifos.close(held);
          engine.directory.remove(gate);
        }
      } finally {
        engine.release();
      }
    }
  }
}
