package io.github.subreaper;

/** How a process came to its end. */
public enum Ending {
  /** Nobody of this library had asked it to. */
  BY_ITSELF,
  /**
   * After the stop signal (SIGTERM unless the program names another) of its scope or launch, sent
   * to it or to an ancestor; {@link Descendant#exitStatus()} says whether it died of that signal.
   */
  STOP_SIGNAL,
  /**
   * It needed SIGKILL; or it was stopped for that, and the kernel's SIGHUP to a stopped process
   * group without a parent, setpgid(2), came first.
   */
  KILL
}
