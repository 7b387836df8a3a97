package io.github.subreaper.internal.linux.proc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.Kill;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.ThreadMemory;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A reference to one process that stays right when its pid is reused: pidfd_open(2) (Linux 5.3),
 * pidfd_send_signal(2) (5.1), and PIDFD_GET_INFO (6.13) with PIDFD_INFO_EXIT (6.15). If a sandbox
 * denies pidfd_send_signal, kill(2) replaces it, after the descriptor has shown that the process
 * runs.
 */
public class Pidfd implements AutoCloseable {
  private static final int SYS_PIDFD_SEND_SIGNAL = 424;
  private static final int SYS_PIDFD_OPEN = 434;
  private static final long PIDFD_INFO_PID = 1;
  private static final long PIDFD_INFO_CREDS = 1L << 1;
  private static final long PIDFD_INFO_EXIT = 1L << 3;
  // _IOWR(0xFF, 11, struct pidfd_info), whose size is part of the number
  private static final int INFO_SIZE = 64;
  private static final int PIDFD_GET_INFO = 3 << 30 | INFO_SIZE << 16 | 0xFF << 8 | 11;
  private static final int PARENT_OFFSET = 24;
  private static final int RUID_OFFSET = 28;
  private static final int EXIT_CODE_OFFSET = 60;
  private static final short POLLIN = 1;
  private static final int POLLFD_SIZE = 8;
  private static final ThreadMemory BUFFERS = new ThreadMemory(INFO_SIZE);

  private final int pid;

  /** For signals where a sandbox denies the call; null where that is not needed. */
  private final @Nullable Procfs procfs;

  /** Distinguishes its zombie from a later process with its pid. */
  private final @Nullable ProcessStat stat;

  private int fd;

  public Pidfd(int pid, int fd, @Nullable Procfs procfs) {
    this.pid = pid;
    this.fd = fd;
    this.procfs = procfs;
    this.stat = procfs == null ? null : procfs.stat(pid);
  }

  /** Whether signals go through a pidfd: tried once, with one to this process. */
  private static final class Signals {
    static final int ERRNO = probe();

    private static int probe() {
      try (Pidfd self = open((int) ProcessHandle.current().pid(), null)) {
        return send(self.fd, SignalNumber.PROBE);
      } catch (LinuxException e) {
        return 0; // without a pidfd no signal is sent through one
      }
    }
  }

  /** Tries both calls; throws LinuxException if a sandbox denies one. */
  public static void probe() {
    open((int) ProcessHandle.current().pid(), null).close();
    if (Signals.ERRNO != 0) {
      throw new LinuxException("pidfd_send_signal(2)", Signals.ERRNO);
    }
  }

  /**
   * Opens the process that has this pid now. The descriptor is close-on-exec.
   *
   * @param signals for one that signals are sent through; else null
   */
  public static Pidfd open(int pid, @Nullable Procfs signals) {
    int fd = LibC.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0);
    if (fd < 0) {
      LibC.failed("pidfd_open(" + pid + ")");
    }
    return new Pidfd(pid, fd, signals == null || Signals.ERRNO == 0 ? null : signals);
  }

  /** Returns the descriptor; negative once it is closed. */
  public synchronized int fd() {
    return fd;
  }

  /** Returns 0 or the errno. */
  public synchronized int send(int signal) {
    if (fd < 0) {
      return Errno.ESRCH;
    }
    if (Signals.ERRNO == 0) {
      return send(fd, signal);
    }
    if (!hasEnded()) {
      return Kill.call(pid, signal);
    }
    return isZombie() ? 0 : Errno.ESRCH; // a signal to a zombie succeeds and has no effect
  }

  /**
   * Returns whether it has ended and is not collected yet; a guess where {@code /proc} hides it.
   */
  private boolean isZombie() {
    ProcessStat now = procfs == null ? null : procfs.stat(pid);
    return now != null && stat != null && now.startTicks() == stat.startTicks() && now.hasEnded();
  }

  private static int send(int fd, int signal) {
    return LibC.syscall(SYS_PIDFD_SEND_SIGNAL, fd, signal, 0, 0) == 0 ? 0 : Native.getLastError();
  }

  /** Returns whether the process has ended, with all its threads. A zombie has. */
  public synchronized boolean hasEnded() {
    if (fd < 0) {
      return true;
    }
    Memory pollfd = BUFFERS.get();
    pollfd.setInt(0, fd);
    pollfd.setShort(4, POLLIN);
    pollfd.setShort(6, (short) 0);
    return LibC.poll(pollfd, 1, 0) > 0;
  }

  /** Returns the indices of those that have ended, by one call. */
  public static BitSet ended(List<Pidfd> processes) {
    BitSet ended = new BitSet();
    try (Block pollfds = new Block((long) processes.size() * POLLFD_SIZE)) {
      for (int i = 0; i < processes.size(); i++) {
        pollfds.setInt((long) i * POLLFD_SIZE, processes.get(i).fd());
        pollfds.setInt((long) i * POLLFD_SIZE + 4, POLLIN);
      }
      int found = LibC.poll(pollfds, processes.size(), 0);
      for (int i = 0; found > 0 && i < processes.size(); i++) {
        if (pollfds.getShort((long) i * POLLFD_SIZE + 6) != 0) {
          ended.set(i);
        }
      }
    }
    return ended;
  }

  /**
   * Returns the wait status of a process that has been reaped (Linux 6.15); empty before that, and
   * on older kernels.
   */
  public synchronized OptionalInt waitStatus() {
    return info(PIDFD_INFO_EXIT, EXIT_CODE_OFFSET);
  }

  /**
   * Returns its present real uid (Linux 6.13); empty once it has been reaped, and on older kernels.
   */
  public synchronized OptionalInt realUid() {
    return info(PIDFD_INFO_CREDS, RUID_OFFSET);
  }

  /**
   * Returns the pid of its present parent (Linux 6.13); empty once it has been reaped, and on older
   * kernels.
   */
  public synchronized OptionalInt parent() {
    return info(PIDFD_INFO_PID, PARENT_OFFSET);
  }

  private OptionalInt info(long wanted, int offset) {
    if (fd < 0) {
      return OptionalInt.empty();
    }
    Memory info = BUFFERS.get();
    info.clear();
    info.setLong(0, wanted);
    return LibC.ioctl(fd, PIDFD_GET_INFO, info) == 0 && (info.getLong(0) & wanted) != 0
        ? OptionalInt.of(info.getInt(offset))
        : OptionalInt.empty();
  }

  @Override
  public synchronized void close() {
    if (fd >= 0) {
      LibC.close(fd);
      fd = -1;
    }
  }
}
