package io.github.subreaper;

/**
 * What caused a process to end.
 *
 * @since 0.1.0
 */
public enum Ending {
  /** This library had not asked it to end. */
  BY_ITSELF,
  /**
   * It ended after the stop signal (SIGTERM unless the program names another) of its scope or
   * launch was sent to it or to an ancestor. {@link Descendant#exitStatus()} shows whether it died
   * of that signal.
   */
  STOP_SIGNAL,
  /**
   * This library killed it with SIGKILL; or stopped it for that, and the SIGHUP that the kernel
   * sends to a stopped, orphaned process group, setpgid(2), came first.
   */
  KILL
}
