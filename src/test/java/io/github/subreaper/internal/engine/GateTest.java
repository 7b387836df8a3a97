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
        // as what another thread forks does until its exec: then a child never waits to be tagged
        int held = Fifo.openForBoth(gate);
        try {
          assertThat(supervisor.launch("true").awaitExit()).hasToString("exited 0");
        } finally {
          Fifo.close(held);
          engine.workshop.remove(gate);
        }
      } finally {
        engine.release();
      }
    }
  }
}
