package io.github.subreaper.internal.engine;

import java.util.Collection;

/** Puts everything back. */
final class Undo {
  private Undo() {}

  /**
   * Runs each step, whatever the others did.
   *
   * @return whether all went well
   */
  static boolean all(Collection<? extends AutoCloseable> undo) {
    boolean done = true;
    for (AutoCloseable one : undo) {
      try {
        one.close();
      } catch (Exception | Error e) {
        done = false;
        warn(e);
      }
    }
    return done;
  }

  private static void warn(Throwable failure) {
    try {
      System.getLogger("io.github.subreaper")
          .log(System.Logger.Level.WARNING, "the JVM is not quite as it was found", failure);
    } catch (RuntimeException | Error e) {
      return; // logging itself may be forbidden, and the next step matters more
    }
  }
}
