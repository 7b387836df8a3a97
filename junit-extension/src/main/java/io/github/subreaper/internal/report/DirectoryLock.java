package io.github.subreaper.internal.report;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps others from doing the same at the same time: other JVMs by a lock on a file, other threads
 * and copies of this class in this JVM by a system property. The file alone would not do: a lock on
 * a file is the process's, and gone when any thread closes that file.
 *
 * <p>Waiting ignores interrupts, and keeps their flag. Where a file system has no locks, only this
 * JVM is kept in order.
 */
public final class DirectoryLock {
  /** The file in a directory. It stays: to remove it would break the lock of another JVM. */
  static final String NAME = ".subreaper.lock";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long POLL_NANOS = 10_000_000;

  private final String property;
  private final long deadline;
  private boolean interrupted;

  private DirectoryLock(Path file, Duration patience) {
    this.property = "io.github.subreaper.locked:" + file.toAbsolutePath().normalize();
    this.deadline = System.nanoTime() + patience.toNanos();
  }

  /** What is done under the lock. */
  public interface Action<T> {
    T run() throws IOException;
  }

  /**
   * Does something under the lock.
   *
   * @param file made if it is missing
   * @throws IOException if the file cannot be opened, or others keep the lock for a minute
   */
  public static <T> T hold(Path file, Action<T> action) throws IOException {
    return hold(file, PATIENCE, action);
  }

  static <T> T hold(Path file, Duration patience, Action<T> action) throws IOException {
    DirectoryLock lock = new DirectoryLock(file, patience);
    try {
      while (System.getProperties().putIfAbsent(lock.property, "") != null) {
        lock.pause(file);
      }
      try (FileChannel channel = open(file)) {
        while (!isLocked(channel)) {
          lock.pause(file);
        }
        return action.run();
      } finally {
        System.getProperties().remove(lock.property);
      }
    } finally {
      if (lock.interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static FileChannel open(Path file) throws IOException {
    try {
      return FileChannel.open(
          file,
          Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      throw NewFile.failed(file, e);
    }
  }

  private static boolean isLocked(FileChannel open) {
    try {
      FileLock lock = open.tryLock(); // unlike lock(), it is not ended by an interrupt
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // the properties of this JVM were replaced meanwhile
    } catch (IOException e) {
      return true; // no locks here
    }
  }

  private void pause(Path file) throws IOException {
    if (System.nanoTime() - deadline > 0) {
      throw new IOException(file + " has been locked for long by another JVM or thread");
    }
    LockSupport.parkNanos(POLL_NANOS);
    interrupted |= Thread.interrupted(); // with the flag set, no thread can park
  }
}
