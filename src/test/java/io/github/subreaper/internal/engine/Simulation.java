package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.attribution.PreexistingProcesses;
import io.github.subreaper.internal.engine.records.Policy;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.Choices;
import io.github.subreaper.internal.linux.Machine;
import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.Schedule;
import io.github.subreaper.internal.linux.SimulatedKernel;
import io.github.subreaper.internal.linux.SimulatedTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One activation of the engine's own classes on a {@link Machine}: code under test starts some
 * programs in a scope, and the scope ends. Then the three promises are checked. Nothing is lost:
 * what this JVM has adopted has a record with its true status. Nothing is left: no process of the
 * scope is alive. Nothing else is touched.
 *
 * <p>Replaced by fakes: the lanes of the spawner, whose work is done at once; the guardian, which
 * is a process without a script; FIFOs; the threads and handles of the JDK. Not reached: launches,
 * traces, the flight recorder, and the file of the journal.
 */
final class Simulation {
  private static final long SECOND = 1_000_000_000;
  private static final long TICK = SECOND / Procfs.TICKS_PER_SECOND;
  private static final int MOST_LINES = 30;

  /** Made once: it is a directory of this machine, in which nothing is done. */
  private final PrivateDirectory directory;

  private final SimulatedKernel kernel;
  private final boolean known;

  /**
   * What one schedule has shown.
   *
   * @param violation null if there is none
   */
  record Result(@Nullable String violation, Choices choices, int calls) {}

  Simulation() {
    this(false);
  }

  /**
   * Makes one that is used for many schedules.
   *
   * @param known whether to make the schedules that lead to faults which are known and not mended,
   *     see SIMULATION.md
   */
  Simulation(boolean known) {
    this.known = known;
    this.kernel = new SimulatedKernel(new Machine());
    this.directory = new PrivateDirectory(kernel);
  }

  void close() {
    directory.close();
  }

  Result run(long seed) {
    return run(Choices.of(seed), null);
  }

  /** Runs a schedule, and writes what happens. */
  Result run(Choices choices, @Nullable List<String> story) {
    kernel.machine.reset();
    kernel.reset();
    Schedule schedule = new Schedule(kernel, choices, story);
    String violation;
    try {
      violation = new Activation(schedule).run();
    } catch (RuntimeException | AssertionError e) {
      violation =
          e
              + " at "
              + Arrays.asList(e.getStackTrace()).subList(0, Math.min(6, e.getStackTrace().length));
    }
    return new Result(violation, choices, schedule.calls());
  }

  /** Returns the shortest story of a failure that is found by leaving out choices. */
  String story(Result failed) {
    int[] choices = failed.choices.made();
    String kind = kind(failed);
    boolean shorter = true;
    while (shorter) {
      shorter = false;
      for (int block = choices.length / 2; block > 0; block /= 2) {
        for (int from = 0; from < choices.length; from += block) {
          int[] fewer = choices.clone();
          Arrays.fill(fewer, from, Math.min(from + block, fewer.length), 0);
          if (!Arrays.equals(fewer, choices)
              && kind.equals(kind(run(Choices.replaying(fewer), null)))) {
            choices = fewer;
            shorter = true;
          }
        }
      }
    }
    List<String> lines = new ArrayList<>();
    Result again = run(Choices.replaying(choices), lines);
    if (lines.size() > MOST_LINES) {
      lines.removeIf(line -> line.contains(" - ") || line.endsWith(" runs"));
    }
    int skipped = Math.max(0, lines.size() - MOST_LINES);
    return again.violation + "\n" + String.join("\n", lines.subList(skipped, lines.size()));
  }

  private static String kind(Result result) {
    return result.violation == null ? "" : result.violation.replaceAll("\\S*\\d\\S*", "#");
  }

  private static boolean isWanted(Proc process) {
    return process.adopted && !process.awaitedByJvm && process.status >= 0;
  }

  private static boolean isUncollected(Proc process) {
    return isWanted(process) && !process.collected;
  }

  private final class Activation {
    private final Schedule schedule;
    private final Machine machine = kernel.machine;
    private final Choices choices;
    private final Engine engine;
    private final boolean hasElder;

    Activation(Schedule schedule) {
      this.schedule = schedule;
      this.choices = schedule.choices();
      machine.hasShell = !known;
      machine.fewPids = choices.next(4) == 1;
      machine.tellsStatus = choices.next(4) != 1;
      hasElder = choices.next(4) == 1;
      if (hasElder) {
        machine.caller = Machine.OTHER_THREAD;
        Proc elder = machine.fork(machine.jvm);
        machine.exec(elder, "elder");
        elder.awaitedByJvm = true;
        kernel.jdk().watch(elder);
        machine.caller = Machine.TEST_THREAD;
      }
      engine = activate(schedule.time);
    }

    private Engine activate(SimulatedTime time) {
      kernel.subreaper.set(true);
      Tags tags = Tags.claim(kernel, kernel.fileLocks.get(Procfs.SELF));
      PreexistingProcesses preexisting = new PreexistingProcesses(kernel, time, tags);
      Spawner spawner = new Spawner(kernel, time, directory, tags, Machine.UNLIMITED);
      Engine made =
          new Engine(kernel, time, directory, tags, preexisting, spawner, new ArrayDeque<>());
      made.guardian.start();
      machine.jvm.ours = true;
      machine.now += known ? 0 : 2 * TICK;
      made.watcher.start();
      schedule.add("reaper", time.madeAs("subreaper reaper"), made.reaper::step, this::reaperDue);
      Schedule.Loop watcher =
          schedule.add(
              "watcher", time.madeAs("subreaper watcher"), made.watcher::step, kernel::watcherDue);
      made.registry.lock.run(() -> schedule.recordLock(time.held()));
      made.scanCycle.watchBirths();
      schedule.needs(watcher, time.tried());
      return made;
    }

    private long reaperDue() {
      return machine.zombieOf(machine.jvm) == null ? Schedule.NEVER : machine.now;
    }

    @Nullable String run() {
      Scope session = engine.scopes().openSession();
      Scope scope =
          engine
              .scopes()
              .open(
                  session,
                  "test",
                  new Policy(
                      Duration.ofMillis(choices.next(2) * 20L),
                      Duration.ofMillis(choices.next(2) * 10L),
                      Duration.ofSeconds(10),
                      Duration.ofMillis(200),
                      false,
                      List.of()));
      schedule.begin(!hasElder, known || !hasElder, choices.next(8) == 1);
      for (int i = 0; i <= choices.next(2); i++) {
        start();
      }
      schedule.time.park(choices.next(3) * 5_000_000L);
      ScopeEnd end = engine.scopes().end(scope);
      List<String> left = left(end);
      if (!left.isEmpty()) {
        return "left alive: " + left;
      }
      long began = schedule.time.nanos();
      while (machine.all.stream().anyMatch(Simulation::isUncollected)
          && schedule.time.nanos() - began < 3 * SECOND) {
        schedule.time.park(SECOND / 100);
      }
      schedule.end();
      Set<String> lost = lost(session, scope);
      if (!lost.isEmpty()) {
        return "lost: " + lost;
      }
      return machine.violations.isEmpty() ? null : machine.violations.get(0);
    }

    /** Code under test starts a program, by the JDK from a thread that may end, or natively. */
    private void start() {
      boolean other = machine.threads.contains(Machine.OTHER_THREAD) && choices.next(3) == 1;
      machine.caller = other ? Machine.OTHER_THREAD : Machine.TEST_THREAD;
      Proc child = schedule.fork(machine.jvm);
      machine.caller = Machine.TEST_THREAD;
      if (child != null) {
        child.awaitedByJvm = true;
        child.isNative = !other && choices.next(4) == 1;
        if (!child.isNative) {
          kernel.jdk().watch(child);
        }
        machine.exec(child, "program");
      }
      if (other && choices.next(2) == 1) {
        machine.endThread(Machine.OTHER_THREAD);
      }
    }

    private List<String> left(ScopeEnd end) {
      Set<Integer> known = new HashSet<>();
      end.survivors().forEach(survivor -> known.add(survivor.process().pid()));
      return machine.all.stream()
          .filter(process -> process.ours && process.isAlive() && !known.contains(process.pid))
          .map(Proc::toString)
          .toList();
    }

    /** Returns what this JVM has adopted, and has no record or not its true status. */
    private Set<String> lost(Scope session, Scope scope) {
      List<ProcessRecord> records = new ArrayList<>(session.records());
      records.addAll(scope.records());
      records.addAll(engine.registry.lock.locked(() -> engine.registry.foreign()));
      Set<String> lost = new HashSet<>();
      for (Proc process : machine.all) {
        boolean isWanted = isWanted(process);
        if (isUncollected(process)) {
          lost.add(process + " is a zombie that no wait collects");
        } else if (isWanted) {
          List<Integer> statuses = new ArrayList<>();
          for (ProcessRecord record : records) {
            if (record.pid() == process.pid && record.startTicks() == process.startTicks) {
              statuses.add(record.waitStatus().orElse(-1));
            }
          }
          if (!statuses.contains(process.status)) {
            lost.add(process + " ended with " + process.status + ", recorded " + statuses);
          }
        }
      }
      return lost;
    }
  }
}
