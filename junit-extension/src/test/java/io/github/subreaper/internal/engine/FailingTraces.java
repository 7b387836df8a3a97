package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.tracer.Tracer;
import java.util.function.Predicate;

/** Makes each trace fail at its next event, until it is closed. */
public final class FailingTraces {
  private final Engine engine = Engine.acquire();

  private final Predicate<ProcessRecord> failing = failingOn(Tracer.THREAD);

  public FailingTraces() {
    engine.registry.heldZombies.add(failing);
  }

  /** Holds no zombie. */
  private static Predicate<ProcessRecord> failingOn(String thread) {
    return process -> Thread.currentThread().getName().equals(thread) && fail();
  }

  private static boolean fail() {
    throw new IllegalStateException("as if");
  }

  public void close() {
    engine.registry.heldZombies.release(failing);
    engine.release();
  }
}
