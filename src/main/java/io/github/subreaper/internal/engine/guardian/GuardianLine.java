package io.github.subreaper.internal.engine.guardian;

/** The way to the guardian. */
public interface GuardianLine {
  /** Reports a process. Returns false if that is not possible now: its line is full or gone. */
  boolean report(int pid, long startTicks);

  /** Reports the stop signal of a launch, for as long as it has this number. */
  default void stopSignal(int launch, int signal) {}
}
