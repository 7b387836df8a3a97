package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.origin.FlightLog.StackLine;
import io.github.subreaper.internal.engine.origin.MethodBindings.Frame;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.CallSite;
import io.github.subreaper.internal.engine.records.OwnSession;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.linux.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where in the code a process was started without a launch, as far as the JDK's flight recorder saw
 * it. The recorder starts beside the tests. It is read only when a caller asks, since that takes
 * some milliseconds.
 */
public final class Origin implements AutoCloseable {
  /** {@code off} turns the recorder off, for the whole JVM. */
  static final String PROPERTY = "subreaper.origin";

  private static final String THREAD = "subreaper origin";

  private static final String NOT_STARTED = "the flight recorder had not started yet";

  private static final int MOST_STARTS = 10_000;
  private static final int MOST_SITES = 1_000;

  private final Time time;
  private final Path file;
  private final ThreadBindings threads;
  private final MethodBindings methods;
  private final CallSites callSites;
  private final OwnSession own;
  private final ReentrantLock reading;

  /** What the kept starts share; the lock of a reading guards it. */
  private final Map<List<StackTraceElement>, CallSite> sites = new HashMap<>();

  private final Map<StackTraceElement, StackTraceElement> lines = new HashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private int answered;

  /** By pid, in the order of time; pids are reused. Its monitor guards this and the next two. */
  private final Map<Integer, List<Start>> starts = new HashMap<>();

  private final List<Start> inOrder = new ArrayList<>();

  /** The starts of which no caller has asked yet whether there is a record. */
  private final List<Start> fresh = new ArrayList<>();

  private final AtomicBoolean begun = new AtomicBoolean();
  private final CountDownLatch settled = new CountDownLatch(1);
  private @Nullable FlightLog log;
  private volatile boolean closed;
  private volatile @Nullable String trouble = NOT_STARTED;

  /** Each start since then has an event, which was or will be read. */
  private volatile long recordingSinceNanos = Long.MAX_VALUE;

  /**
   * Knows no start yet.
   *
   * @param file where a copy of the recording is for a moment
   */
  public Origin(
      Time time,
      Path file,
      ThreadBindings threads,
      MethodBindings methods,
      CallSites callSites,
      OwnSession own) {
    this.time = time;
    this.reading = time.newLock();
    this.file = file;
    this.threads = threads;
    this.methods = methods;
    this.callSites = callSites;
    this.own = own;
  }

  /** Starts the recorder itself, which takes longer than an activation. */
  public static void prepare() {
    try {
      if (missing() == null) {
        FlightLog.prepare();
      }
    } catch (RuntimeException | Error e) {
      return; // the first scope fails in the same way, and reports it
    }
  }

  /** Returns why this JVM does not have it; null if it does. */
  public static @Nullable String missing() {
    if ("off".equals(System.getProperty(PROPERTY))) {
      return "turned off by -D" + PROPERTY + "=off";
    }
    if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
      return "this Java runtime has no module jdk.jfr";
    }
    return null;
  }

  /**
   * Starts the recorder at the first call, on a thread that ends when that is done. It takes more
   * CPU time than the rest of an activation, so a JVM that opens no scope does without.
   */
  public void start() {
    if (begun.getAndSet(true)) {
      return;
    }
    String missing = missing();
    if (missing != null) {
      trouble = missing;
      settled.countDown();
      return;
    }
    try {
      time.start(time.thread(this::record, THREAD));
    } catch (OutOfMemoryError e) {
      trouble = "no thread could be started for it"; // the process slots are full
      settled.countDown();
    }
  }

  /**
   * Waits until it records, or never will.
   *
   * @return whether it does
   */
  public boolean await(long nanos) throws InterruptedException {
    time.awaitInterruptibly(settled, nanos);
    return recordingSinceNanos != Long.MAX_VALUE;
  }

  private void record() {
    try {
      FlightLog.prepare();
      if (closed) {
        return;
      }
      FlightLog started = new FlightLog(time);
      reading.lock();
      try {
        if (closed) {
          started.close();
        } else {
          log = started;
          recordingSinceNanos = time.nanos();
          trouble = null;
        }
      } finally {
        reading.unlock();
      }
    } catch (RuntimeException | Error e) {
      trouble = "the flight recorder does not start: " + e;
    } finally {
      settled.countDown();
    }
  }

  /** Returns why no start is known; null if the recorder runs and can be read. */
  public @Nullable String trouble() {
    return trouble;
  }

  /**
   * Returns since when each start has an event, by {@link System#nanoTime}; the largest number for
   * never.
   */
  public long recordingSinceNanos() {
    return recordingSinceNanos;
  }

  /**
   * Reads what has happened by now; simultaneous callers share one reading.
   *
   * @return false if nothing can be read
   */
  public boolean read() {
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
        boolean shared = recording.isShared();
        if (recording.wasDisturbed() || shared) {
          recordingSinceNanos = time.nanos(); // the other one may have taken events from ours
        }
        if (shared) {
          trouble = "another recording of this JVM runs, and is not to be disturbed";
          return false;
        }
        List<Start> more = recording.read(file, this::start);
        synchronized (starts) {
          more.forEach(this::add);
        }
        answered = covers;
        trouble = null;
      }
      return true;
    } catch (IOException | RuntimeException | Error e) {
      // The recorder ends before the JVM's other hooks, or lacks memory or a thread. No test fails
      // for that.
      recordingSinceNanos = time.nanos(); // the failed copy may have lost events
      trouble = "the flight recorder cannot be read: " + e;
      return false;
    } finally {
      reading.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Start start(
      int pid, long nanos, String command, long thread, String name, List<StackLine> stack) {
    List<Frame> frames = stack.stream().map(StackLine::frame).toList();
    return new Start(
        pid, nanos, command, thread, name, site(stack), methods.boundAt(frames, nanos));
  }

  /** Most starts are made in the same places. */
  private CallSite site(List<StackLine> stack) {
    if (sites.size() >= MOST_SITES) {
      sites.clear();
      lines.clear();
    }
    List<StackTraceElement> shared = new ArrayList<>();
    for (StackLine one : stack) {
      shared.add(lines.computeIfAbsent(CallSites.element(one), line -> line));
    }
    return sites.computeIfAbsent(List.copyOf(shared), callSites::of);
  }

  /** Returns all starts that are kept, in the order of their events. */
  public List<Start> starts() {
    synchronized (starts) {
      return List.copyOf(inOrder);
    }
  }

  /**
   * Passes the starts that no caller has taken yet to a function, which removes those that it
   * takes. The records' lock is held.
   */
  public <T> T takeFresh(Function<List<Start>, T> take) {
    synchronized (starts) {
      return take.apply(fresh);
    }
  }

  /** Returns whether there is an event of the process with this pid that was born at a time. */
  public boolean hasEventOf(int pid, long bornNanos) {
    synchronized (starts) {
      return starts.getOrDefault(pid, List.of()).stream().anyMatch(one -> one.isOf(bornNanos));
    }
  }

  public void add(Start start) {
    starts.computeIfAbsent(start.pid(), pid -> new ArrayList<>()).add(start);
    inOrder.add(start);
    fresh.add(start);
    if (fresh.size() > MOST_STARTS) {
      fresh.subList(0, MOST_STARTS / 10).clear();
    }
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
      recordingSinceNanos = Math.max(recordingSinceNanos, oldest.get(oldest.size() - 1).nanos());
      oldest.clear();
    }
  }

  /** Returns what a start was made for: by its thread, else by its stack; null if unknown. */
  public @Nullable BindingRecord scopeOf(Start start) {
    BindingRecord bound = threads.boundAt(start.thread(), start.nanos());
    return bound != null ? bound : start.named();
  }

  /**
   * Returns the start of a process, else of the leader of its session, else of the leader of its
   * group; null if none is known. Neither number is reused while the session or group has a member.
   */
  public @Nullable Start of(ProcessRecord process) {
    synchronized (starts) {
      Start known = startedThen(process);
      if (known == null
          && process.observed().session() != own.id()
          && process.observed().session() != process.pid()) {
        known = latest(process.observed().session(), process);
      }
      if (known == null
          && process.observed().processGroup() != own.group()
          && process.observed().processGroup() != process.pid()) {
        known = latest(process.observed().processGroup(), process);
      }
      return known;
    }
  }

  private @Nullable Start startedThen(ProcessRecord process) {
    long began = Ticks.nanos(time, process.startTicks());
    for (Start start : starts.getOrDefault(process.pid(), List.of())) {
      boolean inTime =
          !process.exitSeen() || start.nanos() - process.ending().endedNanos() <= Start.LATE_NANOS;
      if (start.isOf(began) && inTime) {
        return start;
      }
    }
    return null;
  }

  private @Nullable Start latest(int pid, ProcessRecord member) {
    Start latest = null;
    for (Start start : starts.getOrDefault(pid, List.of())) {
      if (!member.exitSeen() || start.nanos() - member.ending().endedNanos() <= Start.TICK_NANOS) {
        latest = start;
      }
    }
    return latest;
  }

  /**
   * Stops the recording. The recorder's own threads stay, since the JDK starts them once. If the
   * JDK is just starting them, that goes on for some tenths of a second.
   */
  @Override
  public void close() {
    reading.lock();
    try {
      closed = true;
      recordingSinceNanos = Long.MAX_VALUE;
      if (log != null) {
        log.close();
        log = null;
      }
    } finally {
      reading.unlock();
    }
  }
}
