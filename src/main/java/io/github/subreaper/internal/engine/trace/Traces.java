package io.github.subreaper.internal.engine.trace;

import io.github.subreaper.internal.engine.guardian.TraceMark;
import io.github.subreaper.internal.engine.reap.Uncollected;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.time.Clock;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The traces that run, and what this JVM's other threads must not do to them. */
public final class Traces implements AutoCloseable {
  private static final long LET_GO_NANOS = 5_000_000_000L;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ProcessObserver observer;
  private final Uncollected ends;
  private final Tags tags;
  private final Clock clock;
  private final PrivateDirectory directory;
  private final List<TraceRecorder> running = new CopyOnWriteArrayList<>();
  private @Nullable Runnable stopTicking;

  public Traces(
      Kernel kernel,
      Time time,
      Registry registry,
      ProcessObserver observer,
      Uncollected ends,
      Tags tags,
      Clock clock,
      PrivateDirectory directory) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.observer = observer;
    this.ends = ends;
    this.tags = tags;
    this.clock = clock;
    this.directory = directory;
  }

  /** Starts the thread that is to trace a launch. */
  public TraceRecorder begin(LaunchRecord launch, int tools, TraceRecorder.Launched launched) {
    registry.begunTrace();
    TraceMark mark = new TraceMark(directory);
    TraceRecorder trace =
        new TraceRecorder(
            kernel, time, registry, observer, ends, launch, tools, !tags.inLimit(), launched, mark);
    running.add(trace);
    tick();
    return trace;
  }

  private synchronized void tick() {
    if (stopTicking == null) {
      stopTicking = clock.eachSecond(this::answerStolen);
    }
  }

  private synchronized void forgetThoseThatAreOver() {
    running.removeIf(one -> one.tracer().isOver());
    if (running.isEmpty() && stopTicking != null) {
      stopTicking.run();
      stopTicking = null;
    }
  }

  /**
   * Native code of this JVM that waits for any child takes stops of traced processes, too; a
   * process would stay stopped for ever.
   */
  private void answerStolen() {
    forgetThoseThatAreOver();
    for (TraceRecorder one : running) {
      one.tracer().answerStolen();
    }
  }

  /** Lets go of what could not be killed. */
  @Override
  public void close() {
    running.forEach(one -> one.tracer().letGo());
    long deadline = time.nanos() + LET_GO_NANOS;
    for (TraceRecorder one : running) {
      if (!one.tracer().awaitOver(Math.max(1, deadline - time.nanos()))) {
        System.getLogger("io.github.subreaper")
            .log(System.Logger.Level.WARNING, "a traced process does not stop, so stays traced");
      }
    }
    running.clear();
  }
}
