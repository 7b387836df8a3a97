package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.FlightLog.StackLine;
import io.github.subreaper.internal.engine.Methods.Frame;
import io.github.subreaper.internal.linux.BootClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where code under test started a process by itself, as far as the JDK's flight recorder saw it. It
 * starts beside the tests, and is read only when somebody asks: that takes some milliseconds.
 */
final class Origin implements AutoCloseable {
  /** {@code off} turns it off, for the whole JVM. */
  static final String PROPERTY = "subreaper.origin";

  static final String THREAD = "subreaper origin";

  private static final String NOT_SEEN = "the flight recorder did not see its start";

  private static final int MOST_STARTS = 10_000;

  /** The kernel tells the start of a process in hundredths of a second. */
  private static final long TICK_NANOS = 50_000_000;

  /** The thread that starts a process may be kept from saying so for a while. */
  private static final long LATE_NANOS = 1_000_000_000;

  private static final long LONGEST_START_MILLIS = 10_000;

  private final Path file;
  private final Threads threads;
  private final Methods methods;
  private final ReentrantLock reading = new ReentrantLock();
  private final AtomicInteger asked = new AtomicInteger();
  private int answered;

  /** By pid, in the order of time; pids are used again. Its monitor guards this and the next. */
  private final Map<Integer, List<Start>> starts = new HashMap<>();

  private final List<Start> inOrder = new ArrayList<>();
  private @Nullable Thread starter;
  private @Nullable FlightLog log;
  private boolean closed;
  private volatile String state = "the flight recorder had not started yet";

  Origin(Path file, Threads threads, Methods methods) {
    this.file = file;
    this.threads = threads;
    this.methods = methods;
  }

  /** Why this JVM does not have it; null if it does. */
  static @Nullable String missing() {
    if ("off".equals(System.getProperty(PROPERTY))) {
      return "turned off by -D" + PROPERTY + "=off";
    }
    if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
      return "this Java runtime has no module jdk.jfr";
    }
    return null;
  }

  /** Starts it on a thread of its own, which ends when that is done. */
  void start() {
    String missing = missing();
    if (missing != null) {
      state = missing;
      return;
    }
    Thread thread = new Thread(null, this::record, THREAD, 0, false);
    thread.setDaemon(true);
    try {
      thread.start();
      starter = thread;
    } catch (OutOfMemoryError e) {
      state = "no thread could be started for it"; // the process slots are full
    }
  }

  private void record() {
    try {
      FlightLog started = new FlightLog();
      reading.lock();
      try {
        if (closed) {
          started.close();
        } else {
          log = started;
          state = NOT_SEEN;
        }
      } finally {
        reading.unlock();
      }
    } catch (RuntimeException | Error e) {
      state = "the flight recorder does not start: " + e;
    }
  }

  /** Why something is not known. */
  String state() {
    return state;
  }

  /**
   * Takes over what has happened by now; callers at the same time share one look.
   *
   * @return false if nothing can be read
   */
  boolean read() {
    int mine = asked.incrementAndGet();
    boolean interrupted = Thread.interrupted(); // which would close the recorder's files
    reading.lock();
    try {
      FlightLog recording = log;
      if (recording == null) {
        return false;
      }
      if (answered < mine) {
        int covers = asked.get();
        if (recording.isShared()) {
          state = "another recording of this JVM runs, and is not to be disturbed";
          return false;
        }
        List<Start> more = recording.read(file, this::start);
        synchronized (starts) {
          more.forEach(this::add);
        }
        answered = covers;
        state = NOT_SEEN;
      }
      return true;
    } catch (IOException | RuntimeException | Error e) {
      // It ends before the JVM's other hooks do, or lacks memory or a thread: nobody fails for
      // that.
      state = "the flight recorder cannot be read: " + e;
      return false;
    } finally {
      reading.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Start start(int pid, long nanos, long thread, String threadName, List<StackLine> stack) {
    List<Frame> frames = stack.stream().map(StackLine::frame).toList();
    return new Start(
        pid, nanos, thread, threadName, Places.of(stack), methods.namedBy(frames, nanos));
  }

  void add(Start start) {
    starts.computeIfAbsent(start.pid(), pid -> new ArrayList<>()).add(start);
    inOrder.add(start);
    if (inOrder.size() > MOST_STARTS) {
      List<Start> oldest = inOrder.subList(0, MOST_STARTS / 10);
      for (Start one : oldest) {
        starts.computeIfPresent(
            one.pid(),
            (pid, all) -> {
              all.remove(one);
              return all.isEmpty() ? null : all;
            });
      }
      oldest.clear();
    }
  }

  /** The scope that a start was made for: by its thread, else by its stack; null if unknown. */
  @Nullable Binding scopeOf(Start start) {
    Binding bound = threads.boundAt(start.thread(), start.nanos());
    return bound != null ? bound : start.named();
  }

  /**
   * The start of a process or of whoever it comes from: itself, the leader of its session, that of
   * its group. Neither number is used again while there is anybody in session or group.
   */
  @Nullable Start of(ProcessRecord process, int jvmSession, int jvmGroup) {
    synchronized (starts) {
      Start own = startedThen(process);
      if (own == null && process.session != jvmSession && process.session != process.pid) {
        own = latest(process.session, process);
      }
      if (own == null && process.processGroup != jvmGroup && process.processGroup != process.pid) {
        own = latest(process.processGroup, process);
      }
      return own;
    }
  }

  private @Nullable Start startedThen(ProcessRecord process) {
    double age = BootClock.age(process.startTicks);
    long began = System.nanoTime() - (long) (age * 1e9);
    for (Start start : starts.getOrDefault(process.pid, List.of())) {
      boolean inTime = process.endedAt == null || start.nanos() - process.endedNanos <= LATE_NANOS;
      if (start.nanos() - began >= -TICK_NANOS && inTime) {
        return start;
      }
    }
    return null;
  }

  private @Nullable Start latest(int pid, ProcessRecord member) {
    Start latest = null;
    for (Start start : starts.getOrDefault(pid, List.of())) {
      if (member.endedAt == null || start.nanos() - member.endedNanos <= TICK_NANOS) {
        latest = start;
      }
    }
    return latest;
  }

  /**
   * The recorder's own threads stay: the JDK starts them once. If it is just doing so, that is
   * waited for, which takes some tenths of a second once in a JVM.
   */
  @Override
  public void close() {
    reading.lock();
    try {
      closed = true;
      if (log != null) {
        log.close();
        log = null;
      }
    } finally {
      reading.unlock();
    }
    Thread starting = starter;
    if (starting != null) {
      boolean interrupted = Thread.interrupted();
      try {
        starting.join(LONGEST_START_MILLIS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
