package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.files.NotifySocket;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages that the processes of one launch send with sd_notify(3). A thread reads as long as the
 * launch lives: a sender must not block because no caller in this JVM reads, and the sender is
 * identified best at once.
 */
public final class Notifications {
  public static final String VARIABLE = "NOTIFY_SOCKET";
  static final String THREAD = "subreaper notifications";
  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * All that was received so far; the last one of each variable.
   *
   * @param ready whether READY=1 came
   * @param status of STATUS, for people; null if none came
   * @param mainPid of MAINPID; 0 if none came
   * @param errno of ERRNO; 0 if none came
   * @param strangers how many messages did not count, since their sender was not of the launch
   * @param stranger the sender of the last one of these; 0 if unknown
   * @param strangerGone whether that sender had ended before it could be read
   */
  public record Said(
      boolean ready,
      @Nullable String status,
      int mainPid,
      int errno,
      int strangers,
      int stranger,
      boolean strangerGone) {
    private static final Said NOTHING = new Said(false, null, 0, 0, 0, 0, false);

    private Said and(String line) {
      int equals = line.indexOf('=');
      String value = line.substring(equals + 1);
      return switch (line.substring(0, Math.max(0, equals))) {
        case "READY" -> value.equals("1") ? with(true, status, mainPid, errno) : this;
        case "STATUS" -> with(ready, value, mainPid, errno);
        case "MAINPID" -> with(ready, status, number(value, mainPid), errno);
        case "ERRNO" -> with(ready, status, mainPid, number(value, errno));
        default -> this;
      };
    }

    private Said with(boolean isReady, @Nullable String text, int pid, int error) {
      return new Said(isReady, text, pid, error, strangers, stranger, strangerGone);
    }

    private Said andStranger(int pid, boolean gone) {
      return new Said(ready, status, mainPid, errno, strangers + 1, pid, gone);
    }

    private static int number(String value, int otherwise) {
      try {
        return Integer.parseInt(value.strip());
      } catch (NumberFormatException e) {
        return otherwise; // no number: ignored
      }
    }
  }

  private final Kernel kernel;
  private final Time time;
  private final IntPredicate ofTheLaunch;
  private final Runnable changed;
  private final String name;
  private final NotifySocket socket;
  private final Thread reader;
  private final CountDownLatch read = new CountDownLatch(1);
  private final ReentrantLock closing;
  private volatile Said said = Said.NOTHING;

  /**
   * Opens the socket and starts the thread that reads it.
   *
   * @param ofTheLaunch whether a pid is, or was, one of the launch's
   * @param changed runs after each message
   */
  public Notifications(Kernel kernel, Time time, IntPredicate ofTheLaunch, Runnable changed) {
    this.kernel = kernel;
    this.time = time;
    this.closing = time.newLock();
    this.ofTheLaunch = ofTheLaunch;
    this.changed = changed;
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    this.name = "subreaper-" + HexFormat.of().formatHex(random);
    this.socket = kernel.notifySocket(name);
    this.reader = time.thread(this::read, THREAD);
    try {
      time.start(reader);
    } catch (OutOfMemoryError e) {
      socket.close();
      throw e;
    }
  }

  /** Returns the value of NOTIFY_SOCKET. */
  public String address() {
    return "@" + name;
  }

  public Said said() {
    return said;
  }

  /** Returns the description of an error number, errno(3). */
  public static String describe(int errno) {
    return Errno.describe(errno);
  }

  private void read() {
    try {
      boolean more = true;
      while (more) {
        more = step();
      }
    } finally {
      read.countDown();
    }
  }

  /** Waits for one message. Returns false when the socket is shut down. */
  boolean step() {
    NotifySocket.Message message = socket.receive();
    if (message == null) {
      return false;
    }
    try {
      receive(message);
    } catch (RuntimeException | OutOfMemoryError e) {
      // Read on: senders block when the socket is full.
      said = said.andStranger(message.sender(), false);
    } finally {
      message.release();
    }
    changed.run();
    return true;
  }

  private void receive(NotifySocket.Message message) {
    Said now = said;
    if (message.text().lines().allMatch("BARRIER=1"::equals)) {
      return;
    }
    if (!ofTheLaunch.test(message.sender())) {
      said = now.andStranger(message.sender(), !exists(message.sender()));
      return;
    }
    for (String line : message.text().lines().toList()) {
      now = now.and(line);
    }
    said = now;
  }

  private boolean exists(int pid) {
    return pid > 0 && kernel.procfs.stat(pid) != null;
  }

  /** Closes the socket. The records' lock must not be held: the reader may need it to end. */
  public void close() {
    closing.lock();
    try {
      socket.shutdown();
      if (time.await(read, LONGEST_CLOSE_NANOS)) {
        time.join(reader, LONGEST_CLOSE_NANOS);
        socket.close(); // never while the reader may use its memory
      }
    } finally {
      closing.unlock();
    }
  }
}
