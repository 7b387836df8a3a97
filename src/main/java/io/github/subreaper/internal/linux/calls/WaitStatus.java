package io.github.subreaper.internal.linux.calls;

/** Encodes and decodes a wait status as the macros of wait(2) do. */
public final class WaitStatus {
  private static final int SIGNAL = 0x7f;
  private static final int CORE_DUMPED = 0x80;

  private WaitStatus() {}

  /** Returns the signal that ended the process (WTERMSIG); 0 if the process exited. */
  public static int signal(int waitStatus) {
    return waitStatus & SIGNAL;
  }

  /** Returns the exit code (WEXITSTATUS); meaningless if a signal ended the process. */
  public static int exitCode(int waitStatus) {
    return waitStatus >> 8 & 0xff;
  }

  /** Returns whether the kernel wrote a core dump (WCOREDUMP). */
  public static boolean isCoreDumped(int waitStatus) {
    return (waitStatus & CORE_DUMPED) != 0;
  }

  /** Returns it in words, such as {@code exited 3}. */
  public static String describe(int waitStatus) {
    int signal = signal(waitStatus);
    return signal == 0
        ? "exited " + exitCode(waitStatus)
        : "killed by "
            + SignalNumber.name(signal)
            + (isCoreDumped(waitStatus) ? " (core dumped)" : "");
  }

  public static int exited(int code) {
    return (code & 0xff) << 8;
  }

  public static int signaled(int signal, boolean coreDumped) {
    return (signal & SIGNAL) | (coreDumped ? CORE_DUMPED : 0);
  }
}
