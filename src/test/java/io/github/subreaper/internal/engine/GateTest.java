package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.linux.Fifo;
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
        int held = Fifo.openForBoth(gate);
        try {
          assertThat(supervisor.launch("true").awaitExit()).hasToString("exited 0");
        } finally {
          Fifo.close(held);
          engine.directory.remove(gate);
        }
      } finally {
        engine.release();
      }
    }
  }
}
