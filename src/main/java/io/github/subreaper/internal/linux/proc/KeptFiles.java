package io.github.subreaper.internal.linux.proc;

import io.github.subreaper.internal.linux.calls.LibC;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps files of processes open that are read again and again: to read {@code stat} then takes a
 * third of the time, the list of children a twentieth. An open file is of one process for ever,
 * also when its pid is given again. Once a process has been collected, its {@code stat} and {@code
 * cmdline} can't be read (ESRCH), and its list of children is empty. Descriptors are close-on-exec.
 */
final class KeptFiles {
  static final int STAT = 0;
  static final int COMMAND_LINE = 1;
  static final int CHILDREN = 2;
  private static final int FILES = 3;

  /** With the kernel's buffers these are 20 MB. */
  private static final int MOST_PROCESSES = 2_000;

  /** So many descriptors are left to others before any, and then three of four. */
  static final int SPARED = 4_096;

  private static final int SHARE = 4 * FILES;

  private final Map<Integer, Entry> entries = new ConcurrentHashMap<>();
  private final long most;

  /**
   * Keeps none yet.
   *
   * @param descriptors how many this JVM may have open
   */
  KeptFiles(long descriptors) {
    most = Math.min(MOST_PROCESSES, (descriptors - SPARED) / SHARE);
  }

  /** From now on what is read of a process stays open. */
  void add(int pid) {
    if (entries.size() < most) {
      entries.computeIfAbsent(pid, any -> new Entry());
    }
  }

  void close(int pid) {
    Entry entry = entries.remove(pid);
    if (entry != null) {
      entry.close();
    }
  }

  /** Reads a whole file, like {@link Reading#read}, at whose path the reading is. */
  boolean read(int pid, int which, Reading file) {
    Entry entry = entries.get(pid);
    return entry == null ? file.read() : entry.read(which, file);
  }

  private static final class Entry {
    private static final int NONE = -1;

    private final int[] descriptors = new int[FILES];
    private boolean closed;

    Entry() {
      Arrays.fill(descriptors, NONE);
    }

    synchronized boolean read(int which, Reading file) {
      if (closed) {
        return file.read();
      }
      if (descriptors[which] != NONE) {
        if (file.readFromStart(descriptors[which])) {
          return true;
        }
        closeAll(); // the process is gone, or pread(2) is denied
      }
      int fd = file.open();
      boolean read = fd >= 0 && file.readOn(fd);
      if (read) {
        descriptors[which] = fd;
      } else if (fd >= 0) {
        LibC.close(fd);
      }
      return read;
    }

    synchronized void close() {
      closed = true;
      closeAll();
    }

    private void closeAll() {
      for (int i = 0; i < descriptors.length; i++) {
        if (descriptors[i] != NONE) {
          LibC.close(descriptors[i]);
          descriptors[i] = NONE;
        }
      }
    }
  }
}
