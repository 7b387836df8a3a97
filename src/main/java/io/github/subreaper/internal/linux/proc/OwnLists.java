package io.github.subreaper.internal.linux.proc;

import com.sun.jna.Memory;
import io.github.subreaper.internal.linux.calls.LibC;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the lists of children of this JVM's own threads open, {@code
 * /proc/self/task/<tid>/children}: to read one again takes a fifth of the time. The open list of a
 * thread that has ended is empty, also when another thread has its number by then; but its name
 * can't be read any more (ESRCH). So the name is read after each list. Descriptors are
 * close-on-exec.
 */
public final class OwnLists {
  private static final int MOST_THREADS = 500;

  /** One descriptor in so many, of those that are not left to others. */
  private static final int SHARE = 8;

  private final Map<Integer, Entry> entries = new HashMap<>();
  private final Memory letter = new Memory(1);
  private final long share;
  private long most;

  /**
   * Keeps none yet.
   *
   * @param descriptors how many this JVM may have open
   */
  OwnLists(long descriptors) {
    share = Math.min(MOST_THREADS, (descriptors - KeptFiles.SPARED) / SHARE);
  }

  /** From now on lists stay open. */
  public synchronized void keep() {
    most = share;
  }

  /** Closes all; none is kept any more. */
  public synchronized void close() {
    most = 0;
    keepOnly(Set.of());
  }

  /** Closes those of threads that have ended, once there must be some. */
  public synchronized void keepOnly(Collection<Integer> tids) {
    if (entries.size() > tids.size()) {
      Set<Integer> present = new HashSet<>(tids);
      entries
          .entrySet()
          .removeIf(
              entry -> {
                boolean gone = !present.contains(entry.getKey());
                if (gone) {
                  entry.getValue().close();
                }
                return gone;
              });
    }
  }

  /** Reads a list, like {@link Reading#read}, at whose path the reading is. */
  boolean read(int tid, Reading list) {
    Entry entry = entry(tid);
    return entry == null ? list.read() : entry.read(tid, list);
  }

  private synchronized @Nullable Entry entry(int tid) {
    Entry known = entries.get(tid);
    if (known == null && entries.size() < most) {
      known = new Entry();
      entries.put(tid, known);
    }
    return known;
  }

  private final class Entry {
    private static final int NONE = -1;

    private int children = NONE;
    private int name = NONE;
    private boolean closed;

    synchronized boolean read(int tid, Reading list) {
      if (children >= 0) {
        if (list.readFromStart(children) && LibC.pread(name, letter, 1, 0) > 0) {
          return true;
        }
        closeBoth(); // the thread has ended, or pread(2) is denied
      }
      if (closed) {
        return list.read();
      }
      // In this order: if the number changes hands between the two, it is the name that tells.
      name = Reading.ofThisThread().at("/proc/self/task/").then(tid).then("/comm").open();
      children = Procfs.openChildren(tid);
      boolean read = children >= 0 && list.readOn(children);
      if (read && name >= 0) {
        return true;
      }
      closeBoth();
      return read || list.read(); // there may be one descriptor left
    }

    synchronized void close() {
      closed = true;
      closeBoth();
    }

    private void closeBoth() {
      if (name >= 0) {
        LibC.close(name);
      }
      if (children >= 0) {
        LibC.close(children);
      }
      name = NONE;
      children = NONE;
    }
  }
}
