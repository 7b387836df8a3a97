package io.github.subreaper.internal.engine.launch;

import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.spawn.Attempt;
import io.github.subreaper.internal.engine.spawn.CanarySetup;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.Patience;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.ProgramFile;
import io.github.subreaper.internal.engine.spawn.Setup;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.spawn.Wrapper;
import io.github.subreaper.internal.engine.streams.LaunchStreams;
import io.github.subreaper.internal.engine.streams.Notifications;
import io.github.subreaper.internal.engine.streams.Terminal;
import io.github.subreaper.internal.engine.trace.TraceRecorder;
import io.github.subreaper.internal.engine.trace.Traces;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.PosixSpawn.Leads;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.files.PassedDescriptors;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts the program of a launch: one attempt, from the request to the record of its process. */
public final class ProgramStart {
  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ProcessObserver observer;
  private final PrivateDirectory directory;
  private final Tags tags;
  private final Spawner spawner;
  private final Traces traces;

  public ProgramStart(
      Kernel kernel,
      Time time,
      Registry registry,
      ProcessObserver observer,
      PrivateDirectory directory,
      Tags tags,
      Spawner spawner,
      Traces traces) {
    this.kernel = kernel;
    this.time = time;
    this.directory = directory;
    this.tags = tags;
    this.spawner = spawner;
    this.traces = traces;
    this.registry = registry;
    this.observer = observer;
  }

  /**
   * Returns when the program runs and has its record, or could not be executed.
   *
   * @param file the program
   * @param patience for how long a process may sleep before that
   */
  PosixSpawn.Result run(LaunchRecord launch, Path file, List<String> command, Patience patience) {
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
    LaunchedProcess process = new LaunchedProcess(kernel, registry, observer, tags, launch);
    TraceRecorder trace =
        setup.traced() ? traces.begin(launch, wrapper.size(), process::early) : null;
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
              .passing(passed)
              .leading(leads(launch));
      try (Attempt attempt = spawner.attempt(process, patience)) {
        attempt.begin(request);
        if (tags.inLimit() || setup.isSetFromOutside()) {
          int pid = attempt.hold(tag);
          if (pid > 0 && setup.isSetFromOutside()) {
            prepare(launch, pid, trace);
          }
        }
        attempt.open();
        PosixSpawn.Result result = attempt.awaitExec();
        if (result.errno() == 0) {
          awaitProgram(launch, wrapper, result.pid(), file, attempt, patience);
          process.record(result.pid());
        }
        attempt.keep();
        return result;
      }
    } finally {
      if (trace != null) {
        trace.cancel();
      }
    }
  }

  /**
   * Returns what the program leads. A signal that it sends to its group must not reach this JVM,
   * nor must the SIGHUP that the kernel may send when a crash run's tree is killed in its group.
   */
  private Leads leads(LaunchRecord launch) {
    Setup setup = launch.spec.setup();
    if (launch.spec.streams().terminal() || setup.calls() != null) {
      return Leads.SESSION;
    }
    return setup.groupOfJvm() || !kernel.spawn.hasGroups() ? Leads.NOTHING : Leads.GROUP;
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
      throw launch.spec.failure(refusal);
    }
  }

  /**
   * Waits until the program itself runs, or has run, so that no caller takes a tool for the
   * program.
   */
  private void awaitProgram(
      LaunchRecord launch,
      Wrapper wrapper,
      int pid,
      Path program,
      Attempt attempt,
      Patience patience) {
    long start = time.nanos();
    ProcessStat stat = kernel.procfs.stat(pid);
    while (stat != null && (spawner.isBeforeExec(stat) || wrapper.holds(stat))) {
      long waited = time.nanos() - start;
      if (waited >= Spawner.TURN_NANOS) {
        attempt.letOthersGo();
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
      throw launch.spec.failure(
          stderr.strip() + ProgramFile.addition(kernel, launch.spec, program, stderr));
    }
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
