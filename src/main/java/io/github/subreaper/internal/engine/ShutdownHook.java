package io.github.subreaper.internal.engine;

/** Runs an action when the JVM ends, unless it was closed before. */
final class ShutdownHook implements AutoCloseable {
  private static volatile boolean isOver;

  private final Thread thread;

  /** Adds it; IllegalStateException if the JVM is shutting down. */
  ShutdownHook(Runnable action) {
    thread = new Thread(action, "subreaper shutdown");
    try {
      Runtime.getRuntime().addShutdownHook(thread);
    } catch (IllegalStateException e) {
      throw tooLate();
    }
  }

  /** All that was started is being terminated. */
  static void refuseActivations() {
    isOver = true;
  }

  static void requireBefore() {
    if (isOver) {
      throw tooLate();
    }
  }

  private static IllegalStateException tooLate() {
    return new IllegalStateException(
        "cannot activate: this JVM is shutting down. To fix: activate before it does, not in a"
            + " shutdown hook");
  }

  @Override
  public void close() {
    if (Thread.currentThread() != thread) {
      try {
        Runtime.getRuntime().removeShutdownHook(thread);
      } catch (IllegalStateException e) {
        return; // the JVM is shutting down
      }
    }
  }
}
