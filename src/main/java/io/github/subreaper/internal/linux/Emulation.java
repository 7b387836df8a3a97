package io.github.subreaper.internal.linux;

import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * User-mode emulation of another machine (QEMU; containers of another platform). The emulator makes
 * up this process's own entries in proc(5), but not those of its threads. Its vfork(2) is fork(2),
 * so posix_spawn(3) returns before the exec and does not learn whether that fails. One fork in some
 * thousands never gets that far (seen with QEMU 10.0).
 */
public class Emulation {
  /**
   * The field behind the name, counted from the state, with the size of the memory: no process has
   * 0.
   */
  private static final int MEMORY = 20;

  private static final boolean PRESENT = isOwnEntryMadeUp();

  private static final long LOOK_NANOS = 1_000_000;
  private static final long LONGEST_EXEC_NANOS = 60_000_000_000L;

  /** How a child of the C library's posix_spawn exits if it could not exec. */
  private static final int SPAWN_ERROR = WaitStatus.exited(127);

  private final Procfs procfs;

  public Emulation(Procfs procfs) {
    this.procfs = procfs;
  }

  /** Returns whether this JVM is emulated, as far as its entry in proc(5) shows. */
  public boolean isPresent() {
    return PRESENT;
  }

  private static boolean isOwnEntryMadeUp() {
    String entry = Procfs.ownStat();
    String[] fields = entry.substring(entry.lastIndexOf(')') + 1).strip().split(" ", -1);
    return fields.length > MEMORY && fields[MEMORY].equals("0");
  }

  /**
   * Waits until a child of the calling thread has exec'd, and returns what posix_spawn returns
   * without emulation. A child has the thread's name until its exec.
   */
  PosixSpawn.Result awaitExec(int pid, Path file) {
    String forked = procfs.threadName(procfs.ownTid());
    long start = System.nanoTime();
    while (System.nanoTime() - start < LONGEST_EXEC_NANOS) {
      ProcessStat stat = procfs.stat(pid);
      if (stat == null || !stat.name().equals(forked)) {
        break;
      }
      Wait.Zombie zombie = Wait.ofThisThread().zombie(pid);
      if (zombie != null) {
        boolean failed = zombie.waitStatus() == SPAWN_ERROR;
        if (failed) {
          Wait.ofThisThread().collect(pid); // as the C library does
        }
        return failed ? new PosixSpawn.Result(0, likelyErrno(file)) : new PosixSpawn.Result(pid, 0);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return new PosixSpawn.Result(pid, 0);
  }

  /**
   * Returns whether the emulator of a child waits for one of its own locks, which another thread
   * had when it forked: nothing will let it go. Before its exec a child has no other reason to wait
   * so.
   *
   * @param pid of a child that has slept for long
   * @param tid of the thread that forked it
   */
  public boolean isDeadlocked(int pid, int tid) {
    String channel = PRESENT ? procfs.waitChannel(pid) : null;
    ProcessStat stat = channel != null && channel.startsWith("futex") ? procfs.stat(pid) : null;
    return stat != null && stat.name().equals(procfs.threadName(tid)); // it has not exec'd yet
  }

  /** Guesses the errno: the true one was lost with the child. */
  private static int likelyErrno(Path file) {
    try (InputStream program = new FileInputStream(file.toFile())) {
      return program.read() == '#' && program.read() == '!' ? Errno.ENOENT : Errno.ENOEXEC;
    } catch (IOException e) {
      return Errno.ENOENT;
    }
  }
}
