package io.github.subreaper.assertj;

/**
 * What well-behaved daemons do, one by one, as daemon(7) (chapter "SysV Daemons") and daemon(3) say
 * it; {@link DescendantAssert#isDaemonized(Convention...)} checks it. Most real daemons break one
 * or another.
 *
 * <p>Some can be told only of a program that was launched with canaries, {@link
 * io.github.subreaper.Program#withCanaries()}: things planted at the launch that a daemon has to
 * undo. Without them they are <em>not tested</em>.
 */
public enum Convention {
  /** It has left the session of its launcher, setsid(2). */
  OWN_SESSION("own session", "daemon(7): \"call setsid() to detach from any terminal\""),

  /** It does not lead its session, so that no terminal it opens becomes its controlling one. */
  NOT_SESSION_LEADER(
      "not a session leader",
      "daemon(7): \"call fork() again, to ensure that the daemon can never re-acquire a"
          + " terminal\"; daemon(3) does not, see its BUGS"),

  /** It has no controlling terminal. Told only where the launcher had one. */
  NO_CONTROLLING_TERMINAL(
      "no controlling terminal", "daemon(3): \"detach themselves from the controlling terminal\""),

  /** Its parent has ended, so that the subreaper, else init, is its parent. */
  ORPHAN(
      "adopted",
      "daemon(7): exit() in the first child \"ensures that the daemon process is re-parented\""),

  /** Its standard input, output and error have nothing to do with those of the launch. */
  STANDARD_STREAMS_DETACHED(
      "standard streams detached",
      "daemon(7): \"connect /dev/null to standard input, output, and error\""),

  /** It has closed whatever else was open at the launch. Needs canaries. */
  NO_INHERITED_DESCRIPTORS(
      "no inherited descriptors",
      "daemon(7): \"close all open file descriptors except standard input, output, and error\""),

  /** It has left the directory that it was launched in, for the root or one of its own. */
  WORKING_DIRECTORY(
      "working directory", "daemon(7): \"change the current directory to the root directory (/)\""),

  /** It has set its umask, to 0 or to one of its own. Needs canaries. */
  UMASK("umask", "daemon(7): \"reset the umask to 0\""),

  /** It blocks no signal that was blocked at the launch. Needs canaries. */
  SIGNAL_MASK("signal mask reset", "daemon(7): \"reset the signal mask using sigprocmask()\""),

  /** It ignores no signal that was ignored at the launch. Needs canaries. */
  SIGNAL_DISPOSITIONS(
      "signal dispositions reset", "daemon(7): \"reset all signal handlers to their default\""),

  /** The pid file names this very process, and was there before the launcher returned. */
  PID_FILE("pid file names this process", "daemon(7): \"write the daemon PID to a PID file\""),

  /** The launcher exited with 0. */
  LAUNCHER_SUCCEEDED("launcher exited 0", "daemon(7): \"call exit() in the original process\""),

  /** What it listens on, somebody listened on when the launcher returned. Needs canaries. */
  READY_WHEN_LAUNCHER_RETURNED(
      "ready when the launcher returned",
      "daemon(7): \"exit() happens after initialization is complete and all external communication"
          + " channels are established\"");

  private final String title;
  private final String source;

  Convention(String title, String source) {
    this.title = title;
    this.source = source;
  }

  /**
   * What a daemon that keeps it has.
   *
   * @return a few words, such as {@code "own session"}
   */
  public String title() {
    return title;
  }

  /**
   * Who asks for it.
   *
   * @return a manual page and its words
   */
  public String source() {
    return source;
  }
}
