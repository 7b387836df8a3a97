package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.origin.FlightLog.StackLine;
import io.github.subreaper.internal.engine.origin.MethodBindings.Frame;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.engine.values.JvmChild;
import io.github.subreaper.internal.engine.values.OwnSession;
import io.github.subreaper.internal.linux.Kernel;
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
 * Where in the code a process was started without a launch, as far as the JDK reports it: by its
 * log, where there is one, in the moment of the start; else by its flight recorder. The recorder
 * starts beside the tests. It is read only when a caller asks, since that takes some milliseconds.
 */
public final class Origin implements AutoCloseable {
  private static final String THREAD = "subreaper origin";
  private static final int MOST_STARTS = 10_000;

  /** It takes some tenths of a second, on a busy machine some seconds. */
  private static final long LONGEST_BEGINNING_NANOS = 10_000_000_000L;

  private final Time time;
  private final Path file;
  private final ThreadBindings threads;
  private final MethodBindings methods;
  private final Stacks stacks;
  private final OwnSession own;
  private final Kernel kernel;
  private final ChildTags tags;
  private final ReentrantLock reading;
  private final AtomicInteger asked = new AtomicInteger();
  private int answered;

  /** By pid, in the order of time; pids are reused. Its monitor guards this and the next two. */
  private final Map<Integer, List<Start>> starts = new HashMap<>();

  private final List<Start> inOrder = new ArrayList<>();

  /** The starts of which no caller has asked yet whether there is a record. */
  private final List<Start> fresh = new ArrayList<>();

  private final AtomicBoolean begun = new AtomicBoolean();
  private final CountDownLatch settled = new CountDownLatch(1);
  private Road road = Road.OFF;
  private volatile @Nullable ProcessBuilderLog log;
  private volatile @Nullable BirthWatch births;
  private @Nullable FlightLog recorder;
  private volatile boolean closed;
  private volatile @Nullable String trouble = "no scope has been opened yet";

  /** Each start since then has an event, which was or will be read. */
  private volatile long recordingSinceNanos = Long.MAX_VALUE;

  private volatile long firstNanos = Long.MAX_VALUE;

  /**
   * Knows no start yet.
   *
   * @param directory where a copy of the recording is for a moment
   */
  public Origin(
      Kernel kernel,
      Time time,
      PrivateDirectory directory,
      ThreadBindings threads,
      MethodBindings methods,
      CallSites callSites,
      OwnSession own,
      ChildTags tags) {
    this.kernel = kernel;
    this.time = time;
    this.reading = time.newLock();
    this.file = directory.path("origin.jfr");
    this.threads = threads;
    this.methods = methods;
    this.stacks = new Stacks(callSites);
    this.own = own;
    this.tags = tags;
  }

  /**
   * Chooses what reports the starts in this JVM. Before that, and in a simulation, nothing does.
   *
   * @return this, to be closed
   */
  public Origin choose() {
    road = Road.present();
    return this;
  }

  /** Starts the recorder itself, if it is needed, which takes longer than an activation. */
  public static void prepare() {
    try {
      if (Road.present() == Road.JFR && Road.JFR.missing() == null) {
        FlightLog.prepare();
      }
    } catch (RuntimeException | Error e) {
      return; // the first scope fails in the same way, and reports it
    }
  }

  /** Returns why this JVM knows no starts; null if it does. */
  public static @Nullable String missing() {
    return Road.present().missing();
  }

  /** Returns in a sentence what this JVM knows of starts. */
  public static String description() {
    return Road.present().description();
  }

  /** Returns what reports the starts, for messages. */
  public String source() {
    return road.source;
  }

  /**
   * Begins to report starts at the first call. The log is there when this returns. The recorder
   * starts on a thread that ends when that is done: it takes more CPU time than the rest of an
   * activation, so a JVM that opens no scope does without.
   */
  public void start() {
    if (begun.getAndSet(true)) {
      readLogged(true);
      return;
    }
    trouble = road.missing();
    if (trouble != null) {
      settled.countDown();
      return;
    }
    watchBirths();
    if (road == Road.LOG) {
      startLog();
    } else {
      startRecorder();
    }
  }

  private void begin() {
    recordingSinceNanos = time.nanos();
    firstNanos = recordingSinceNanos;
  }

  private void watchBirths() {
    try {
      births = new BirthWatch(kernel, time, tags);
    } catch (RuntimeException | OutOfMemoryError e) {
      births = null; // no thread or descriptor is left, this JDK has no helper, or it is forbidden
    }
  }

  private void startLog() {
    try {
      log = new ProcessBuilderLog(this::logged);
      begin();
    } catch (SecurityException e) {
      trouble = "the log of the JDK's starts cannot be turned on: " + e.getMessage();
    }
    settled.countDown();
  }

  private void startRecorder() {
    trouble = notBegun();
    try {
      time.start(time.thread(this::record, THREAD));
    } catch (OutOfMemoryError e) {
      trouble = "no thread could be started for it"; // the process slots are full
      settled.countDown();
    }
  }

  /**
   * Waits until starts are reported, or never will be.
   *
   * @return whether they are
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
          recorder = started;
          begin();
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

  /** Makes a start of what the JDK logs, and tags its process. */
  private Start logged(int pid, String command, Throwable stack) {
    long nanos = time.nanos();
    JvmChild child = tags.put(pid); // first, since it may fork
    Thread thread = Thread.currentThread();
    Start start =
        new Start(
            pid,
            nanos,
            command,
            thread.getId(),
            thread.getName(),
            stacks.site(stack.getStackTrace()),
            methods.boundHere(nanos));
    if (child != null) {
      tags.startedBy(child, start);
    }
    return start;
  }

  /**
   * Takes what the JDK has logged by now, if it does. Waits for nothing, so the records' lock may
   * be held.
   */
  public void readLogged() {
    readLogged(false);
  }

  private void readLogged(boolean check) {
    ProcessBuilderLog present = log;
    if (present != null) {
      synchronized (starts) {
        if (check && present.wasDisturbed()) {
          recordingSinceNanos = time.nanos();
        }
        present.take(this::add);
      }
    }
  }

  private String notBegun() {
    return road.source + " had not started yet";
  }

  /** Returns why there is no start of a time; null if there is each. */
  public @Nullable String gapAt(long nanos) {
    long since = recordingSinceNanos;
    if (since == Long.MAX_VALUE || nanos - since >= 0) { // closed, or recorded
      return null;
    }
    return nanos - firstNanos < 0
        ? notBegun()
        : road.source + " has no starts of the time of its birth";
  }

  /** Returns why no start is known; null if starts are reported and can be read. */
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
    if (log != null) {
      readLogged(true);
      return true;
    }
    return readRecorder();
  }

  private boolean readRecorder() {
    int mine = asked.incrementAndGet();
    boolean interrupted = Thread.interrupted(); // which would close the recorder's files
    reading.lock();
    try {
      FlightLog recording = recorder;
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
    StackTraceElement[] lines =
        stack.stream().map(CallSites::element).toArray(StackTraceElement[]::new);
    return new Start(
        pid, nanos, command, thread, name, stacks.site(lines), methods.boundAt(frames, nanos));
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

  /** Returns the child of this JVM whose tag a process carries; null if it carries none. */
  public @Nullable JvmChild child(long tag) {
    return tags.of(tag);
  }

  /** Gives a child of this JVM a tag of its own; returns null if it can have none. */
  public @Nullable JvmChild tag(int pid) {
    return tags.put(pid);
  }

  /** Returns what {@link ThreadBindings#boundTo} returns. */
  public ThreadBindings.@Nullable Bound boundTo(int tid, long fromNanos, long toNanos) {
    return threads.boundTo(tid, fromNanos, toNanos);
  }

  /** Returns the start of a process that was just seen, if the JDK has logged it; else null. */
  public @Nullable Start logged(ProcessRecord process) {
    readLogged();
    return log == null ? null : of(process);
  }

  /** Returns what a start was made for: by its thread, else by its stack; null if unknown. */
  public @Nullable BindingRecord scopeOf(Start start) {
    BindingRecord bound = threads.boundAt(start.thread(), start.nanos());
    return bound != null ? bound : start.named();
  }

  /**
   * Returns the start of a process or of the child of this JVM whose tag it carries, else of the
   * leader of its session, else of the leader of its group; null if none is known. Neither number
   * is reused while the session or group has a member.
   */
  public @Nullable Start of(ProcessRecord process) {
    JvmChild child = process.membership().child();
    Start logged = child == null ? null : tags.start(child);
    if (logged != null) {
      return logged;
    }
    synchronized (starts) {
      Start known = startedThen(process);
      if (known == null && child != null) {
        known = startedThen(child);
      }
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

  private @Nullable Start startedThen(JvmChild child) {
    long began = Ticks.nanos(time, child.startTicks);
    return starts.getOrDefault(child.pid, List.of()).stream()
        .filter(start -> start.isOf(began))
        .findFirst()
        .orElse(null);
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
   * Stops the recording. The recorder's own threads stay, since the JDK starts them once. If it is
   * just starting, this waits for it, ten seconds at most: a JVM that ends meanwhile would print
   * errors of the JDK on the standard output, and leave the recorder's directory.
   */
  @Override
  public void close() {
    closed = true;
    if (begun.get()) {
      time.await(settled, LONGEST_BEGINNING_NANOS);
    }
    reading.lock();
    try {
      recordingSinceNanos = Long.MAX_VALUE;
      if (recorder != null) {
        recorder.close();
        recorder = null;
      }
      BirthWatch watch = births;
      if (watch != null) {
        watch.close();
      }
      ProcessBuilderLog present = log;
      if (present != null) {
        present.close();
        log = null;
      }
    } finally {
      reading.unlock();
    }
  }
}
