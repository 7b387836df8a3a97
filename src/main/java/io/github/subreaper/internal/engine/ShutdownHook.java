package io.github.subreaper.internal.engine;

/** Runs an action when the JVM ends, unless it was closed before. */
final class ShutdownHook implements AutoCloseable {
  private final Thread thread;

  ShutdownHook(Runnable action) {
    thread = new Thread(action, "subreaper shutdown");
    Runtime.getRuntime().addShutdownHook(thread);
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
