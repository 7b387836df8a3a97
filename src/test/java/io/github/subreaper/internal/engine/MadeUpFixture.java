package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;

import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** An engine with a session for made-up processes, which no scan finds. */
abstract class MadeUpFixture {
  private static final Policy POLICY =
      new Policy(
          Duration.ZERO,
          Duration.ZERO,
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          false,
          List.of());

  /** Above any pid of a kernel. */
  static final int MADE_UP = 1 << 23;

  final Engine engine = Engine.acquire();
  final Scope session = engine.scopes().openSession();

  @AfterEach
  void close() {
    engine.scopes().end(session);
    engine.release();
  }

  static Scope open(Scope in, String name) {
    return in.open(name, POLICY, KERNEL.procfs.ownTid());
  }

  /** A sleeping process whose group leads its session. */
  static ProcessStat stat(int pid, int parent, int group, long startTicks) {
    return new ProcessStat(
        pid, "made-up", 'S', parent, group, group, 0, 0, 0, 0, 0, 1, startTicks, 0);
  }
}
