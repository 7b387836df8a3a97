package io.github.subreaper.assertj;

import java.util.Locale;

/**
 * The conventions of well-behaved daemons, from daemon(7) (chapter "SysV Daemons") and daemon(3).
 * {@link DescendantAssert#isDaemonized(Convention...)} checks them. Most real daemons break one or
 * another.
 *
 * <p>Some can be tested only if the program was launched with canaries, {@link
 * io.github.subreaper.Program#withCanaries()}: settings planted at the launch that a daemon has to
 * undo. Without canaries these conventions are <em>not tested</em>. A convention is <em>not
 * proven</em> if a daemon that breaks it could look the same.
 *
 * @since 0.1.0
 */
public enum Convention {
  /** The daemon has left the session of its launcher, setsid(2). */
  OWN_SESSION("daemon(7): \"call setsid() to detach from any terminal\""),

  /**
   * The daemon does not lead its session, so no terminal that it opens becomes its controlling one.
   */
  NOT_SESSION_LEADER(
      "daemon(7): \"call fork() again, to ensure that the daemon can never re-acquire a"
          + " terminal\"; daemon(3) does not, see its BUGS"),

  /**
   * The daemon has no controlling terminal. Tested only if the launcher had one: see {@link
   * io.github.subreaper.Program#withTerminal()}.
   */
  NO_CONTROLLING_TERMINAL("daemon(3): \"detach themselves from the controlling terminal\""),

  /** The daemon's parent has ended, so the subreaper or init has adopted it. */
  ORPHAN("daemon(7): exit() in the first child \"ensures that the daemon process is re-parented\""),

  /**
   * Standard input, output and error are open, each on /dev/null, or on a file, pipe or device of
   * the daemon's own, such as a log. A stream of the launch and a terminal are not its own. A
   * closed descriptor fails: the next file that the process opens gets its number, and then
   * receives the messages. So a socket or another descriptor that is not a stream fails too: it got
   * such a number.
   */
  STANDARD_STREAMS_DETACHED(
      "daemon(7): \"connect /dev/null to standard input, output, and error\""),

  /** The daemon has closed all other descriptors that were open at the launch. Needs canaries. */
  NO_INHERITED_DESCRIPTORS(
      "daemon(7): \"close all open file descriptors except standard input, output, and error\""),

  /** The daemon has left the directory of its launch, for the root or a directory of its own. */
  WORKING_DIRECTORY("daemon(7): \"change the current directory to the root directory (/)\""),

  /**
   * The daemon has set its umask, to 0 or to one of its own. Needs canaries. Not proven if the
   * umask has all planted bits and others too, such as 0027: it may have added them to the
   * inherited one.
   */
  UMASK("daemon(7): \"reset the umask to 0\""),

  /** The daemon does not block the signal that was blocked at the launch. Needs canaries. */
  SIGNAL_MASK("daemon(7): \"reset the signal mask using sigprocmask()\""),

  /** The daemon does not ignore the signal that was ignored at the launch. Needs canaries. */
  SIGNAL_DISPOSITIONS("daemon(7): \"reset all signal handlers to their default\""),

  /**
   * The first line of the pid file is the pid of this very process, and the file was written before
   * this JVM saw the launcher's end.
   */
  PID_FILE("daemon(7): \"write the daemon PID to a PID file\""),

  /** The launcher exited 0. */
  LAUNCHER_SUCCEEDED("daemon(7): \"call exit() in the original process\""),

  /**
   * All sockets on which the daemon listens were open when the launcher returned. Needs canaries.
   * It either fails or is not proven: this JVM sees the launcher's end a moment later (a
   * millisecond, on a busy machine tens of them), and a socket that opens in that moment looks as
   * if it was in time.
   */
  READY_WHEN_LAUNCHER_RETURNED(
      "daemon(7): \"exit() happens after initialization is complete and all external communication"
          + " channels are established\"");

  private final String source;

  Convention(String source) {
    this.source = source;
  }

  /**
   * Returns the name in words.
   *
   * @return such as {@code "own session"} for {@link #OWN_SESSION}
   */
  public String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /**
   * Returns the source of the convention.
   *
   * @return a manual page and its words
   */
  String source() {
    return source;
  }
}
