package io.github.subreaper.assertj;

import java.util.Locale;

/**
 * What well-behaved daemons do, one by one, as daemon(7) (chapter "SysV Daemons") and daemon(3) say
 * it; {@link DescendantAssert#isDaemonized(Convention...)} checks it. Most real daemons break one
 * or another.
 *
 * <p>Some can be told only of a program that was launched with canaries, {@link
 * io.github.subreaper.Program#withCanaries()}: things planted at the launch that a daemon has to
 * undo. Without them they are <em>not tested</em>. Where what was found fits a daemon that keeps a
 * convention as well as one that does not, it is <em>not proven</em>.
 */
public enum Convention {
  /** It has left the session of its launcher, setsid(2). */
  OWN_SESSION("daemon(7): \"call setsid() to detach from any terminal\""),

  /** It does not lead its session, so that no terminal it opens becomes its controlling one. */
  NOT_SESSION_LEADER(
      "daemon(7): \"call fork() again, to ensure that the daemon can never re-acquire a"
          + " terminal\"; daemon(3) does not, see its BUGS"),

  /** It has no controlling terminal. Told only where the launcher had one. */
  NO_CONTROLLING_TERMINAL("daemon(3): \"detach themselves from the controlling terminal\""),

  /** Its parent has ended, so that the subreaper, else init, is its parent. */
  ORPHAN("daemon(7): exit() in the first child \"ensures that the daemon process is re-parented\""),

  /**
   * Its standard input, output and error are open, each on /dev/null, or on a file, pipe or device
   * of its own, such as a log. A stream of the launch and a terminal are not its own. A closed
   * descriptor is none: what the process opens next gets its number, and is where messages then go.
   * So a socket, or whatever else no stream is, fails as well: it got the number of a closed one.
   */
  STANDARD_STREAMS_DETACHED(
      "daemon(7): \"connect /dev/null to standard input, output, and error\""),

  /** It has closed whatever else was open at the launch. Needs canaries. */
  NO_INHERITED_DESCRIPTORS(
      "daemon(7): \"close all open file descriptors except standard input, output, and error\""),

  /** It has left the directory that it was launched in, for the root or one of its own. */
  WORKING_DIRECTORY("daemon(7): \"change the current directory to the root directory (/)\""),

  /**
   * It has set its umask, to 0 or to one of its own. Needs canaries. Not proven if all planted bits
   * are in it and others too, such as 0027: it may have added them to what it inherited.
   */
  UMASK("daemon(7): \"reset the umask to 0\""),

  /** It blocks no signal that was blocked at the launch. Needs canaries. */
  SIGNAL_MASK("daemon(7): \"reset the signal mask using sigprocmask()\""),

  /** It ignores no signal that was ignored at the launch. Needs canaries. */
  SIGNAL_DISPOSITIONS("daemon(7): \"reset all signal handlers to their default\""),

  /**
   * The first line of the pid file is the pid of this very process, and it was written before this
   * JVM saw the launcher's end.
   */
  PID_FILE("daemon(7): \"write the daemon PID to a PID file\""),

  /** The launcher exited with 0. */
  LAUNCHER_SUCCEEDED("daemon(7): \"call exit() in the original process\""),

  /**
   * What it listens on was listened on when the launcher returned. Needs canaries. It fails, or is
   * not proven: this JVM sees the launcher's end a moment later, and a socket that was opened in
   * that moment (a millisecond, on a busy machine tens of them) looks as if it was there in time.
   */
  READY_WHEN_LAUNCHER_RETURNED(
      "daemon(7): \"exit() happens after initialization is complete and all external communication"
          + " channels are established\"");

  private final String source;

  Convention(String source) {
    this.source = source;
  }

  /**
   * Returns its name in words.
   *
   * @return such as {@code "own session"} for {@link #OWN_SESSION}
   */
  public String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
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
