package io.github.subreaper.internal.engine.launch;

import io.github.subreaper.internal.engine.end.LaunchStop;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.query.Queries;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.spawn.DeadlockedForkException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.Patience;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.ProgramFile;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.spawn.WorkingCopies;
import io.github.subreaper.internal.engine.streams.LaunchStreams;
import io.github.subreaper.internal.engine.streams.Notifications;
import io.github.subreaper.internal.engine.time.Clock;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Launches: makes a running, recorded, tagged process from a specification. */
public final class Launcher {
  private static final Path SHELL = Path.of("/bin/sh");
  private static final int MOST_ATTEMPTS = 5;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final PrivateDirectory directory;
  private final Tags tags;
  private final Clock clock;
  private final Queries queries;
  private final LaunchStop stop;
  private final ProgramStart start;

  /** Makes the patience of each attempt. A test replaces it. */
  Function<LaunchRecord, Patience> patience;

  public Launcher(
      Kernel kernel,
      Time time,
      Registry registry,
      ProgramStart start,
      PrivateDirectory directory,
      Tags tags,
      Clock clock,
      Queries queries,
      LaunchStop stop) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.directory = directory;
    this.tags = tags;
    this.clock = clock;
    this.queries = queries;
    this.stop = stop;
    this.start = start;
    this.patience = launch -> new LaunchPatience(kernel, time, launch);
  }

  /** Returns the copies of directories, for runs of which each needs one. */
  public WorkingCopies copies() {
    return directory.copies();
  }

  /**
   * Starts a program in a scope. Returns when it has exec'd.
   *
   * @param site where in the code it was asked for
   */
  public LaunchRecord launch(Scope scope, LaunchSpec wanted, CallSite site) {
    String command = wanted.words();
    // Counted under the lock of the check: the end of the scope waits for all launches.
    registry.lock.lock();
    try {
      scope.beginLaunch(command);
    } finally {
      registry.lock.unlock();
    }
    LaunchSpec spec = wanted;
    boolean launched = false;
    try {
      spec = directory.copies().copied(wanted, kernel);
      Path file = ProgramFile.find(spec.command().get(0), spec.directoryOrRefuse(kernel), command);
      LaunchRecord launch = spawn(scope, spec, site, file);
      launched = true;
      return launch;
    } catch (UncheckedIOException e) { // most likely the private directory's file system is full
      throw spec.failure(String.valueOf(e.getMessage()));
    } catch (OutOfMemoryError e) {
      if (Threads.isNoneLeft(e)) {
        throw spec.failure(Threads.noneLeft());
      }
      throw e;
    } finally {
      if (!launched) {
        directory.copies().remove(spec);
      }
      registry.lock.run(scope::endLaunch);
    }
  }

  private LaunchRecord spawn(Scope scope, LaunchSpec spec, CallSite site, Path file) {
    clock.prepare(); // before a program can take the last thread of the limit
    LaunchRecord launch = begun(scope, spec, site);
    try {
      launch.streams.begin();
      if (spec.setup().notifySocket()) {
        launch.listen(notifications(launch));
      }
      PosixSpawn.Result result = exec(launch, file, spec.command());
      if (result.errno() == Errno.ENOEXEC && ProgramFile.isText(file, spec.directory())) {
        // As execvp(3) and ProcessBuilder do: the shell runs a script without a #! line.
        List<String> arguments = new ArrayList<>(spec.command());
        arguments.set(0, file.toString());
        arguments.add(0, SHELL.toString());
        result = exec(launch, SHELL, arguments);
      }
      if (result.errno() != 0) {
        throw launch.spec.failure(ProgramFile.explain(result.errno(), file, spec.directory()));
      }
    } finally {
      launch.streams.opened();
      if (!launch.hasStarted() && launch.records().isEmpty()) {
        forget(scope, launch);
      }
    }
    Duration timeout = spec.timeout();
    if (timeout != null) {
      launch.onEnd(clock.after(timeout, () -> stopInTime(launch)));
    }
    return launch;
  }

  private LaunchRecord begun(Scope scope, LaunchSpec spec, CallSite site) {
    LaunchStreams streams = new LaunchStreams(kernel, time, spec, directory);
    registry.lock.lock();
    try {
      scope.requireLaunching(spec.words());
      LaunchRecord launch =
          new LaunchRecord(registry.lock, scope, spec, site, tags.allocate(), streams);
      launch.beganAt(registry.facts.log().count());
      registry.add(launch);
      scope.add(launch);
      return launch;
    } catch (RuntimeException e) {
      streams.close();
      throw e;
    } finally {
      registry.lock.unlock();
    }
  }

  private void stopInTime(LaunchRecord launch) {
    if (launch.process().isAlive()) {
      launch.timedOut();
      stop.stop(launch);
    }
  }

  /** Keeps the files of running launches short. */
  public void cutOutputs() {
    registry.launches().forEach(launch -> launch.streams.output().cut(kernel));
  }

  private PosixSpawn.Result exec(LaunchRecord launch, Path file, List<String> command) {
    for (int attempt = 1; ; attempt++) {
      try {
        return start.run(launch, file, command, patience.apply(launch));
      } catch (DeadlockedForkException e) {
        if (attempt == MOST_ATTEMPTS) {
          throw launch.spec.failure(e.getMessage() + ", " + attempt + " times");
        }
      }
    }
  }

  private Notifications notifications(LaunchRecord launch) {
    try {
      return new Notifications(
          kernel, time, pid -> queries.isOf(launch, pid), registry.lock::signalChange);
    } catch (LinuxException e) {
      throw launch.spec.failure("its notify socket: " + e.getMessage());
    }
  }

  private void forget(Scope scope, LaunchRecord launch) {
    launch.seal();
    registry.lock.lock();
    try {
      scope.remove(launch);
      registry.remove(launch);
    } finally {
      registry.lock.unlock();
    }
    tags.free(launch.number);
  }
}
