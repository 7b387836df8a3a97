package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.spawn.Uninterruptibly;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.NotifySocket;
import io.github.subreaper.internal.linux.Procfs;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What the processes of one launch say over sd_notify(3). A thread reads as long as the launch
 * lives: a sender must never wait because nobody in this JVM does, and who sent is known best at
 * once.
 */
public final class Notifications {
  static final String VARIABLE = "NOTIFY_SOCKET";
  static final String THREAD = "subreaper notifications";
  private static final long LONGEST_CLOSE_NANOS = 10_000_000_000L;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * All that was said so far; the last one of each.
   *
   * @param ready whether READY=1 came
   * @param status of STATUS, for people; null if none came
   * @param mainPid of MAINPID; 0 if none came
   * @param errno of ERRNO; 0 if none came
   * @param strangers how many messages did not count, being no process's of the launch
   * @param stranger who sent the last one of these; 0 if nobody is to be seen
   * @param strangerGone whether that one had ended before it could be looked at
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
        return otherwise; // what is no number says nothing
      }
    }
  }

  private final IntPredicate ofTheLaunch;
  private final Runnable changed;
  private final String name;
  private final NotifySocket socket;
  private final Thread reader;
  private final CountDownLatch read = new CountDownLatch(1);
  private final ReentrantLock closing = new ReentrantLock();
  private volatile Said said = Said.NOTHING;

  /**
   * Opens the socket and starts the thread that reads it.
   *
   * @param ofTheLaunch whether a pid is, or was, one of the launch's
   * @param changed runs after each message
   */
  Notifications(IntPredicate ofTheLaunch, Runnable changed) {
    this.ofTheLaunch = ofTheLaunch;
    this.changed = changed;
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    this.name = "subreaper-" + HexFormat.of().formatHex(random);
    this.socket = new NotifySocket(name);
    this.reader = new Thread(null, this::read, THREAD, 0, false);
    reader.setDaemon(true);
    try {
      reader.start();
    } catch (OutOfMemoryError e) {
      socket.close();
      throw e;
    }
  }

  /** The value of NOTIFY_SOCKET. */
  String address() {
    return "@" + name;
  }

  public Said said() {
    return said;
  }

  /** What errno(3) calls an error number. */
  public static String describe(int errno) {
    return Errno.describe(errno);
  }

  private void read() {
    try {
      readAll();
    } finally {
      read.countDown();
    }
  }

  private void readAll() {
    NotifySocket.Message message = socket.receive();
    while (message != null) {
      try {
        heard(message);
      } catch (RuntimeException | OutOfMemoryError e) {
        said = said.andStranger(message.sender(), false); // read on: senders wait for a full socket
      } finally {
        message.release();
      }
      changed.run();
      message = socket.receive();
    }
  }

  private void heard(NotifySocket.Message message) {
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

  private static boolean exists(int pid) {
    return pid > 0 && Procfs.stat(pid) != null;
  }

  /** Not under the registry's lock: the reader may need it to come to its end. */
  void close() {
    closing.lock();
    try {
      socket.shutdown();
      if (Uninterruptibly.await(read, LONGEST_CLOSE_NANOS)) {
        Uninterruptibly.join(reader, LONGEST_CLOSE_NANOS);
        socket.close(); // never while the reader may use its memory
      }
    } finally {
      closing.unlock();
    }
  }
}
