package io.github.subreaper.internal.engine.spawn;

/**
 * An emulator has stopped for ever in a new process, which was killed: to try again is worth it.
 */
public final class DeadlockedForkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DeadlockedForkException() {
    super("the emulator (QEMU) stopped in the new process, which had not run the program yet");
  }
}
