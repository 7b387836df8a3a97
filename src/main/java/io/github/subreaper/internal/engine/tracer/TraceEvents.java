package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Receives what a trace reports, in order, on its thread. The process or thread that an event is
 * about stands still meanwhile, so an implementation notes the event and returns; {@link #rest}
 * gives it time.
 */
public interface TraceEvents {
  /**
   * A process was born. It runs nothing before this returns.
   *
   * @param parent null if it was killed while it forked
   */
  void born(Traced process, @Nullable Traced parent);

  /**
   * It executes another program from now on, execve(2).
   *
   * @param stat null if no descriptor is left to read it, as for the next two
   * @param file null if it may not be read
   * @return whether it is the launched program itself, behind its tools
   */
  boolean executed(
      Traced process, @Nullable ProcessStat stat, @Nullable String file, List<String> command);

  /**
   * A signal reaches it; SIGCHLD, SIGURG and SIGPROF are not reported. A blocked one is reported
   * when it is unblocked.
   */
  void signaled(Traced process, Ptrace.Sent sent);

  /** An untraced child of it (CLONE_UNTRACED) has stopped, gone on or ended. */
  void hasUntracedChild(Traced process);

  /** A signal has stopped all of its threads. */
  void stopped(Traced process, int signal);

  /** It goes on after such a stop. */
  void continued(Traced process);

  /**
   * It is about to end, or has just ended, and shows all of itself for the last time. It is a
   * zombie as soon as its files are closed.
   *
   * @param last null if no descriptor is left to read it
   */
  void ending(Traced process, @Nullable ProcessStat last, int waitStatus);

  /** Returns whether it is to run no further. */
  boolean isDoomed(Traced process);

  /** Kills a doomed process, which stands still. */
  void kill(Traced process);

  /** Returns what is to know of calls that change files; null for nothing, which costs nothing. */
  @Nullable CallEvents calls();

  /** Kills running processes, all at once. */
  void crash(List<Traced> processes);

  /** Returns the pids of the known traced processes that have not ended. */
  List<Integer> notEnded();

  /** All events so far are reported. Most times nothing stands still, so this may take a while. */
  void rest();

  /**
   * The same, if that needs no wait for another thread.
   *
   * @return whether nothing is left to do
   */
  boolean tryRest();

  /** The trace is over, before its processes are: all of them are killed by the kernel. */
  void failed(Throwable reason);

  /** The thread traces nothing any more, or is about to end, and with it what it traces. */
  void over();
}
