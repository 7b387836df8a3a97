package io.github.subreaper.internal.engine.launch;

import io.github.subreaper.internal.engine.end.LaunchStop;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.query.Queries;
import io.github.subreaper.internal.engine.records.CallSite;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.Notifications;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.spawn.CanarySetup;
import io.github.subreaper.internal.engine.spawn.DeadlockedForkException;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.Patience;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.ProgramFile;
import io.github.subreaper.internal.engine.spawn.Setup;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.spawn.Wrapper;
import io.github.subreaper.internal.engine.streams.LaunchStreams;
import io.github.subreaper.internal.engine.streams.Terminal;
import io.github.subreaper.internal.engine.time.Clock;
import io.github.subreaper.internal.engine.tracing.TraceRecorder;
import io.github.subreaper.internal.engine.tracing.Traces;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.LinuxException;
import io.github.subreaper.internal.linux.NativeStrings;
import io.github.subreaper.internal.linux.PassedDescriptors;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Time;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Launches: makes a running, recorded, tagged process from a specification. */
public final class Launcher {
  private static final Path SHELL = Path.of("/bin/sh");
  private static final int MOST_ATTEMPTS = 5;

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final PrivateDirectory directory;
  private final Tags tags;
  private final Spawner spawner;
  private final Clock clock;
  private final Queries queries;
  private final LaunchStop stop;
  private final Traces traces;

  /** Makes the patience of each attempt. A test replaces it. */
  Function<LaunchRecord, Patience> patience;

  public Launcher(
      Kernel kernel,
      Time time,
      Registry registry,
      PrivateDirectory directory,
      Tags tags,
      Spawner spawner,
      Clock clock,
      Queries queries,
      LaunchStop stop,
      Traces traces) {
    this.kernel = kernel;
    this.time = time;
    this.registry = registry;
    this.directory = directory;
    this.tags = tags;
    this.spawner = spawner;
    this.clock = clock;
    this.queries = queries;
    this.stop = stop;
    this.traces = traces;
    this.patience = launch -> new LaunchPatience(kernel, time, launch);
  }

  /**
   * Starts a program in a scope. Returns when it has exec'd.
   *
   * @param site where in the code it was asked for
   */
  public LaunchRecord launch(Scope scope, LaunchSpec spec, CallSite site) {
    String command = spec.words();
    // Counted under the lock of the check: the end of the scope waits for all launches.
    registry.lock.lock();
    try {
      scope.beginLaunch(command);
    } finally {
      registry.lock.unlock();
    }
    try {
      Path file = ProgramFile.find(spec.command().get(0), spec.directoryOrRefuse(kernel), command);
      return spawn(scope, spec, site, file);
    } catch (UncheckedIOException e) { // most likely the private directory's file system is full
      throw new LaunchFailedException("cannot launch `" + command + "`: " + e.getMessage());
    } catch (OutOfMemoryError e) {
      if (Threads.isNoneLeft(e)) {
        throw new LaunchFailedException("cannot launch `" + command + "`: " + Threads.noneLeft());
      }
      throw e;
    } finally {
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
        throw refused(launch, ProgramFile.explain(result.errno(), file, spec.directory()));
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
        return tryExec(launch, file, command);
      } catch (DeadlockedForkException e) {
        if (attempt == MOST_ATTEMPTS) {
          throw refused(launch, e.getMessage() + ", " + attempt + " times");
        }
      }
    }
  }

  private PosixSpawn.Result tryExec(LaunchRecord launch, Path file, List<String> command) {
    Setup setup = launch.spec.setup();
    List<byte[]> arguments = new ArrayList<>();
    for (String argument : command) {
      arguments.add(argument.getBytes(NativeStrings.CHARSET));
    }
    long tag = tags.ofLaunch(launch.number);
    List<byte[]> environment = launch.spec.environment().variables(kernel, added(launch, tag));
    CanarySetup planted = planted(launch);
    launch.plant(planted);
    Wrapper wrapper = Wrapper.of(kernel, launch.spec, planted, environment);
    if (!wrapper.isEmpty() && !launch.spec.environment().hasPathOfJvm()) {
      // A tool looks the program up in the program's own PATH, and would find another file.
      arguments.set(0, file.toString().getBytes(NativeStrings.CHARSET));
    }
    String words = launch.spec.words();
    if (wrapper.mistakes(arguments.get(0))) {
      wrapper.add(
          ProgramFile.ofTool("nice", "coreutils", words),
          "-n",
          "0",
          "--"); // nice(1) takes no variables
    }
    TraceRecorder trace =
        setup.traced()
            ? traces.begin(launch, wrapper.size(), stat -> recordEarly(launch, stat))
            : null;
    try (PassedDescriptors passed = launch.streams.passed()) {
      PosixSpawn.Request request =
          new PosixSpawn.Request(
                  wrapper.isEmpty() ? file : wrapper.file(),
                  wrapper.around(arguments),
                  wrapper.environment(environment),
                  launch.streams.ofChild())
              .in(launch.spec.directory())
              .behind(spawner.newGate())
              .with(
                  planted == null
                      ? null
                      : new PosixSpawn.Planted(
                          planted.descriptor(), planted.file(), planted.blocked()))
              .passing(passed);
      if (launch.spec.streams().terminal()) {
        request = request.inNewSession();
      }
      Patience ofAttempt = patience.apply(launch);
      return spawner.spawn(
          request,
          tag,
          ofAttempt,
          setup.isSetFromOutside() ? pid -> prepare(launch, pid, trace) : null,
          spawned -> {
            if (spawned.errno() == 0) {
              awaitProgram(launch, wrapper, spawned.pid(), file, ofAttempt);
              record(launch, spawned.pid());
            }
          });
    } finally {
      if (trace != null) {
        trace.cancel();
      }
    }
  }

  private @Nullable CanarySetup planted(LaunchRecord launch) {
    LaunchSpec spec = launch.spec;
    if (!spec.setup().canaries()) {
      return null;
    }
    Terminal terminal = launch.streams.terminal();
    ProcessStat own = terminal == null ? kernel.procfs.stat(Procfs.SELF) : null;
    return CanarySetup.of(
        LaunchStreams.canary(directory),
        spec.handed().firstFree(),
        spec.setup().umask() != null,
        terminal != null ? terminal.name() : own == null ? null : own.terminal());
  }

  private void prepare(LaunchRecord launch, int pid, @Nullable TraceRecorder trace) {
    String refusal = launch.spec.setup().setFromOutside(kernel, pid);
    if (refusal == null && trace != null) {
      refusal = trace.seize(pid);
    }
    if (refusal != null) {
      throw refused(launch, refusal);
    }
  }

  private Notifications notifications(LaunchRecord launch) {
    try {
      return new Notifications(
          kernel, time, pid -> queries.isOf(launch, pid), registry.lock::signalChange);
    } catch (LinuxException e) {
      throw refused(launch, "its notify socket: " + e.getMessage());
    }
  }

  private static LaunchFailedException refused(LaunchRecord launch, String why) {
    return new LaunchFailedException("cannot launch `" + launch.spec.words() + "`: " + why);
  }

  /**
   * Waits until the program itself runs, or has run, so that no caller takes a tool for the
   * program.
   */
  private void awaitProgram(
      LaunchRecord launch, Wrapper wrapper, int pid, Path program, Patience patience) {
    long start = time.nanos();
    ProcessStat stat = kernel.procfs.stat(pid);
    while (stat != null && wrapper.holds(stat)) {
      long waited = time.nanos() - start;
      if (waited >= Spawner.TURN_NANOS) {
        spawner.letOthersGo();
      }
      if (waited >= Spawner.STUCK_NANOS) {
        RuntimeException end = stat.state() == 'R' ? null : patience.end();
        if (end != null) {
          throw end;
        }
      }
      time.yieldCpu(); // it may need this CPU
      stat = kernel.procfs.stat(pid);
    }
    String stderr = stat != null && stat.hasEnded() ? launch.streams.output().stderr() : "";
    if (stat != null && wrapper.hasFailed(stat, program, stderr)) {
      throw refused(
          launch, stderr.strip() + ProgramFile.addition(program, launch.spec.directory()));
    }
  }

  /**
   * Records the process. Its zombie stays while its pid counts as unborn, so it can be read in any
   * case.
   */
  private void record(LaunchRecord launch, int pid) {
    registry.lock.lock();
    try {
      launch.scope().requireLaunching(launch.spec.words());
      ProcessRecord told = launch.launchedUnderLock();
      if (told != null) {
        launch.started(told);
        return;
      }
      ProcessStat stat = kernel.procfs.stat(pid);
      if (stat == null) {
        throw new IllegalStateException(
            "the launched process " + pid + " is gone: other code of this JVM has collected it");
      }
      ProcessRecord process = registry.find(stat);
      launch.started(process == null ? newRecord(launch, stat) : process);
    } finally {
      registry.lock.unlock();
    }
  }

  /** A trace tells that the program runs. Returns null if the launch is refused by now. */
  private @Nullable ProcessRecord recordEarly(LaunchRecord launch, ProcessStat stat) {
    return launch.scope().refusesLaunches() ? null : newRecord(launch, stat);
  }

  private ProcessRecord newRecord(LaunchRecord launch, ProcessStat stat) {
    ProcessRecord process = registry.create(stat);
    process.membership().launchedBy(launch);
    if (launch.trace() != null) {
      process.membership().traced();
    }
    if (!tags.inLimit()) {
      process.membership().tagUnsure();
    }
    process.ending().startedAtPeak(kernel.procfs.statusNumber(Procfs.SELF, "VmHWM"));
    process.observed().readPerishables(kernel.procfs);
    if (process.isHidden()) {
      process.observed().named(Wrapper.comm(Path.of(launch.spec.command().get(0))));
    }
    if (process.commandLine().isEmpty()) {
      // it has ended, but this is what was exec'd
      process.observed().startedAs(List.copyOf(launch.spec.command()));
    }
    registry.add(process);
    return process;
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

  /** Returns the variables that this library adds to the environment of a launch. */
  private Map<String, String> added(LaunchRecord launch, long tag) {
    Map<String, String> added = new HashMap<>(launch.spec.handed().variables());
    Notifications notifications = launch.notifications();
    if (notifications != null) {
      added.put(Notifications.VARIABLE, notifications.address());
    }
    if (!tags.inLimit()) {
      added.put(Tags.VARIABLE, Long.toString(tag));
    }
    return added;
  }
}
