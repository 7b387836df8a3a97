package io.github.subreaper.internal.linux.ptrace;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTSTP;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTTIN;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTTOU;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LateLibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Wait;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Traces with ptrace(2), which needs no privilege for one's own children: a seized process and all
 * that it forks stop at births, execs, signals and exits, and at system calls only if asked to
 * (Linux 3.8, {@code PTRACE_O_EXITKILL}). For the one thread that seizes: the kernel lets no other
 * thread answer.
 */
public class Ptrace {
  public static final int EVENT_FORK = 1;
  public static final int EVENT_VFORK = 2;
  public static final int EVENT_CLONE = 3;
  public static final int EVENT_EXEC = 4;
  public static final int EVENT_EXIT = 6;
  public static final int EVENT_SECCOMP = 7;
  public static final int EVENT_STOP = 128;

  /** Instead of a signal: a stop at the entry or exit of a call, {@link #goToCall}. */
  public static final int CALL = 5 | 0x80;

  public static final int CONT = 7;
  public static final int DETACH = 17;
  public static final int GETEVENTMSG = 0x4201;
  public static final int GETSIGINFO = 0x4202;
  private static final int SYSCALL = 24;
  public static final int SEIZE = 0x4206;
  public static final int INTERRUPT = 0x4207;
  public static final int LISTEN = 0x4208;
  private static final int GET_SYSCALL_INFO = 0x420e;

  /** Births, vfork and clone too, execs, exits; and all are killed if the tracing thread ends. */
  private static final int OPTIONS = 2 | 4 | 8 | 16 | 64 | 0x100000;

  /** Also calls that a filter selects; and stops at calls differ from SIGTRAP. */
  private static final int OPTIONS_WITH_CALLS = OPTIONS | 1 | 0x80;

  // struct ptrace_syscall_info
  private static final int CALL_INFO_BYTES = 88;
  private static final int ARCHITECTURE = 4;
  private static final int NUMBER = 24;
  private static final int ARGUMENTS = 32;
  private static final int MOST_ARGUMENTS = 6;

  public static final int SI_SIGNO = 0;
  private static final int TRAP = 5;
  private static final int CLD_CONTINUED = 6;

  private static final Pointer[] SIGNALS = new Pointer[SignalNumber.SIGRTMAX + 1];

  static {
    for (int i = 1; i < SIGNALS.length; i++) {
      SIGNALS[i] = Pointer.createConstant(i);
    }
  }

  private final Memory siginfo = new Memory(Wait.SIGINFO_SIZE);
  private final Memory message = new Memory(8);
  private final Memory info = new Memory(CALL_INFO_BYTES);

  public Ptrace() {}

  /**
   * Returns whether the call itself is allowed. It asks with an address, which seizing must not
   * have, so it attaches nothing.
   *
   * @return 0 if it is; else the errno of the sandbox
   */
  public int probe() {
    int self = (int) ProcessHandle.current().pid();
    Pointer invalid = Pointer.createConstant(1);
    LateLibC.ptrace(SEIZE, self, invalid, null);
    int errno = Native.getLastError();
    return errno == Errno.EIO ? 0 : errno;
  }

  /** Returns whether a signal stops a process, unless the process handles or ignores it. */
  public static boolean isStopSignal(int signal) {
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
  }

  /**
   * Attaches a process, which goes on meanwhile.
   *
   * @param calls whether it is to stop at calls, too, once it has a {@link FilterInjection}
   * @return 0 or the errno
   */
  public int seize(int pid, boolean calls) {
    return ask(SEIZE, pid, Pointer.createConstant(calls ? OPTIONS_WITH_CALLS : OPTIONS));
  }

  /** Lets a stopped thread go on; with a signal if that is not 0. It may be killed meanwhile. */
  public void goOn(int tid, int signal) {
    ask(CONT, tid, SIGNALS[signal]);
  }

  /** Lets a stopped thread go on to the next entry or exit of a system call. */
  public void goToCall(int tid, int signal) {
    ask(SYSCALL, tid, SIGNALS[signal]);
  }

  /** Returns the call at which a thread has stopped; null if it has gone on: SIGKILL. */
  public @Nullable StoppedCall call(int tid) {
    Pointer size = Pointer.createConstant(CALL_INFO_BYTES);
    if (LateLibC.ptrace(GET_SYSCALL_INFO, tid, size, info) <= 0) {
      int errno = Native.getLastError();
      if (errno != Errno.ESRCH) {
        throw new LinuxException("ptrace(PTRACE_GET_SYSCALL_INFO), Linux 5.3", errno);
      }
      return null;
    }
    StoppedCall.Stop stop = StoppedCall.Stop.of(info.getByte(0));
    boolean exit = stop == StoppedCall.Stop.EXIT;
    List<Long> arguments = new ArrayList<>();
    for (int i = 0; i < MOST_ARGUMENTS && !exit; i++) {
      arguments.add(info.getLong(ARGUMENTS + 8L * i));
    }
    long number = info.getLong(NUMBER);
    return new StoppedCall(
        stop, info.getInt(ARCHITECTURE), exit ? -1 : number, arguments, exit ? number : 0);
  }

  /**
   * Changes how much a write(2) or pwrite(2), at which a thread has stopped, is to write.
   *
   * @return false if it is not stopped any more
   */
  public boolean shorten(int tid, long length) {
    Registers registers = new Registers();
    if (registers.read(tid) != 0) {
      return false;
    }
    registers.thirdArgument(length);
    return registers.write(tid) == 0;
  }

  /** Leaves a thread in a stop by a signal, from which only SIGCONT or SIGKILL lead. */
  public void listen(int tid) {
    ask(LISTEN, tid, null);
  }

  /** Traces a stopped thread no longer. Returns false if it is not stopped any more: SIGKILL. */
  public boolean detach(int tid, int signal) {
    return ask(DETACH, tid, SIGNALS[signal]) == 0;
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
    ask(INTERRUPT, tid, null);
  }

  /**
   * Returns what belongs to the event at which a thread has stopped.
   *
   * @return -1 if it has gone on, even to its next stop, as SIGKILL makes it: that one's message
   *     says something else
   */
  public long message(int tid, int event) {
    if (ask(GETEVENTMSG, tid, message) != 0) {
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
    if (ask(GETSIGINFO, tid, siginfo) != 0) {
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
      if (signal == TRAP && code == CALL) {
        return CALL;
      }
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

  /** Makes a request; a simulation answers it. */
  public int ask(int request, int tid, @Nullable Pointer data) {
    return request(request, tid, data);
  }

  static int request(int request, int tid, @Nullable Pointer data) {
    return LateLibC.ptrace(request, tid, null, data) == -1 ? Native.getLastError() : 0;
  }
}
