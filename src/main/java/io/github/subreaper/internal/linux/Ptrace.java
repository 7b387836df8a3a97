package io.github.subreaper.internal.linux;

import static io.github.subreaper.internal.linux.SignalNumber.SIGSTOP;
import static io.github.subreaper.internal.linux.SignalNumber.SIGTSTP;
import static io.github.subreaper.internal.linux.SignalNumber.SIGTTIN;
import static io.github.subreaper.internal.linux.SignalNumber.SIGTTOU;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Traces with ptrace(2), which needs no privilege for one's own children: a seized process and all
 * that it forks stop at births, execs, signals and exits, and no system call is stopped (Linux 3.8,
 * {@code PTRACE_O_EXITKILL}). For the one thread that seizes: the kernel lets no other thread
 * answer.
 */
public class Ptrace {
  public static final int EVENT_FORK = 1;
  public static final int EVENT_VFORK = 2;
  public static final int EVENT_CLONE = 3;
  public static final int EVENT_EXEC = 4;
  public static final int EVENT_EXIT = 6;
  public static final int EVENT_STOP = 128;

  private static final int CONT = 7;
  private static final int DETACH = 17;
  private static final int GETEVENTMSG = 0x4201;
  private static final int GETSIGINFO = 0x4202;
  private static final int SEIZE = 0x4206;
  private static final int INTERRUPT = 0x4207;
  private static final int LISTEN = 0x4208;

  /** Births, vfork and clone too, execs, exits; and all are killed if the tracing thread ends. */
  private static final int OPTIONS = 2 | 4 | 8 | 16 | 64 | 0x100000;

  private static final int SI_SIGNO = 0;
  private static final int CLD_CONTINUED = 6;

  private static final Pointer[] SIGNALS = new Pointer[SignalNumber.SIGRTMAX + 1];

  static {
    for (int i = 1; i < SIGNALS.length; i++) {
      SIGNALS[i] = Pointer.createConstant(i);
    }
  }

  private final Memory siginfo = new Memory(Wait.SIGINFO_SIZE);
  private final Memory message = new Memory(8);

  Ptrace() {}

  /**
   * Returns whether the call itself is allowed. It asks with an address, which seizing must not
   * have, so it attaches nothing.
   *
   * @return 0 if it is; else the errno of the sandbox
   */
  public int probe() {
    int self = (int) ProcessHandle.current().pid();
    Pointer invalid = Pointer.createConstant(1);
    LibC.ptrace(SEIZE, self, invalid, null);
    int errno = Native.getLastError();
    return errno == Errno.EIO ? 0 : errno;
  }

  /** Returns whether a signal stops a process, unless the process handles or ignores it. */
  public static boolean isStopSignal(int signal) {
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
  }

  /** Attaches a process, which goes on meanwhile. Returns 0 or the errno. */
  public int seize(int pid) {
    return request(SEIZE, pid, Pointer.createConstant(OPTIONS));
  }

  /** Lets a stopped thread go on; with a signal if that is not 0. It may be killed meanwhile. */
  public void goOn(int tid, int signal) {
    request(CONT, tid, SIGNALS[signal]);
  }

  /** Leaves a thread in a stop by a signal, from which only SIGCONT or SIGKILL lead. */
  public void listen(int tid) {
    request(LISTEN, tid, null);
  }

  /** Traces a stopped thread no longer. Returns false if it is not stopped any more: SIGKILL. */
  public boolean detach(int tid, int signal) {
    return request(DETACH, tid, SIGNALS[signal]) == 0;
  }

  /** Answers the stop of a thread of which nothing can be read. */
  public void answerUnknown(int tid, int event, int signal) {
    if (event == EVENT_EXIT) {
      detach(tid, 0);
    } else if (event == EVENT_STOP && isStopSignal(signal)) {
      listen(tid);
    } else {
      goOn(tid, event == 0 ? signal : 0);
    }
  }

  /** Asks a thread to stop. */
  public void interrupt(int tid) {
    request(INTERRUPT, tid, null);
  }

  /**
   * Returns what belongs to the event at which a thread has stopped.
   *
   * @return -1 if it has gone on, even to its next stop, as SIGKILL makes it: that one's message
   *     says something else
   */
  public long message(int tid, int event) {
    if (request(GETEVENTMSG, tid, message) != 0) {
      return -1;
    }
    Sent stop = signal(tid);
    if (stop == null || stop.stop() >> 8 != event) {
      return -1;
    }
    return Native.LONG_SIZE == 8 ? message.getLong(0) : message.getInt(0);
  }

  /** Returns the siginfo_t of the signal that a thread has stopped for; null if it has gone on. */
  public @Nullable Sent signal(int tid) {
    if (request(GETSIGINFO, tid, siginfo) != 0) {
      return null;
    }
    return new Sent(
        siginfo.getInt(SI_SIGNO),
        siginfo.getInt(Wait.SI_CODE),
        siginfo.getInt(Wait.SI_PID),
        siginfo.getInt(Wait.SI_UID));
  }

  /**
   * A signal, sigaction(2).
   *
   * @param code how it was sent: {@code si_code}
   * @param pid of the sender, in the pid namespace of the receiver; only if a process has sent it
   */
  public record Sent(int signal, int code, int pid, int uid) {
    /** Returns whether a SIGCHLD reports a child: CLD_EXITED to CLD_CONTINUED. */
    public boolean isOfChild() {
      return code > 0 && code <= CLD_CONTINUED;
    }

    /** Returns the code of a stop, as a wait would have reported it. */
    public int stop() {
      boolean isEvent = code >> 8 > 0 && code >> 8 <= EVENT_STOP && (code & 0xff) == signal;
      return isEvent ? code : signal;
    }
  }

  /**
   * Returns a stop that no wait reports any more, since another thread's has taken it: then the
   * thread stays stopped until it is answered.
   *
   * @return as {@link TracedWait#stop}; 0 if there is none
   */
  public int stolenStop(int tid, TracedWait wait) {
    Sent sent = signal(tid);
    return sent == null || wait.isStopped(tid) ? 0 : sent.stop();
  }

  private static int request(int request, int tid, @Nullable Pointer data) {
    return LibC.ptrace(request, tid, null, data) == -1 ? Native.getLastError() : 0;
  }
}
