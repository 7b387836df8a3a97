package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import io.github.subreaper.internal.engine.query.Search;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.linux.Choices;
import io.github.subreaper.internal.linux.Machine;
import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The three promises hold in each order of events that a seed makes. A failure names its seed, by
 * which {@code -Dseed=} replays it.
 */
class SimulationTest {
  /** Its level holds as long as it is referred to. */
  private static final Logger LOG = Logger.getLogger("io.github.subreaper");

  private static final int WORKERS = 2;
  private static final int FEW = 10_000;

  @BeforeAll
  static void silenceWarnings() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void warnAgain() {
    LOG.setLevel(null);
  }

  @Test
  void promisesHoldInAllSchedules() throws Exception {
    Long seed = Long.getLong("seed");
    run(seed == null ? firstSeed() : seed, seed == null ? FEW : 1);
  }

  /** With those above a million, unless {@code -Dschedules} says how many. */
  @Test
  @Tag("full")
  void promisesHoldInMoreSchedules() throws Exception {
    run(firstSeed() + FEW, Integer.getInteger("schedules", 1_000_000 - FEW));
  }

  /** Each commit has ten million seeds of its own; 0 is that of sources without a repository. */
  private static long firstSeed() throws InterruptedException {
    try {
      Process git =
          new ProcessBuilder("git", "-c", "safe.directory=*", "rev-parse", "--short=8", "HEAD")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return git.waitFor() == 0 ? Long.parseLong(commit, 0, 8, 16) * 10_000_000 : 0;
    } catch (IOException noGit) {
      return 0;
    }
  }

  private static void run(long first, int count) throws Exception {
    AtomicLong next = new AtomicLong(first);
    List<String> failures = new ArrayList<>();
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    long began = System.nanoTime();
    try {
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        all.add(workers.submit(() -> work(next, first + count)));
      }
      for (Future<String> one : all) {
        failures.add(one.get());
      }
    } finally {
      workers.shutdown();
    }
    System.out.printf(
        "%d schedules from seed %d, %.0f a second%n",
        count, first, count * 1e9 / (System.nanoTime() - began));
    assertThat(String.join("", failures)).isEmpty();
  }

  /** Returns the story of the first failure; empty if there is none. */
  private static String work(AtomicLong next, long end) {
    Simulation simulation = new Simulation();
    try {
      String failure = "";
      for (long seed = next.getAndIncrement();
          seed < end && failure.isEmpty();
          seed = next.getAndIncrement()) {
        Simulation.Result result = simulation.run(seed);
        if (result.violation() != null) {
          failure = "\n-Dseed=" + seed + ": " + simulation.story(result);
        }
      }
      return failure;
    } finally {
      simulation.close();
    }
  }

  @Test
  void seedMakesTheSameScheduleAgain() {
    Simulation simulation = new Simulation();
    try {
      for (long seed = 1; seed <= 50; seed++) {
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        simulation.run(Choices.of(seed), first);
        simulation.run(Choices.of(seed), second);
        assertThat(second).isEqualTo(first).isNotEmpty();
      }
    } finally {
      simulation.close();
    }
  }

  /** The forker is killed before the kernel reports the fork, and the child before it runs. */
  @Test
  void forkIsNotReportedBehindTheEndOfItsProcess() {
    play(
        (on, machine) -> {
          LaunchRecord launch = on.launchTraced();
          Proc program = machine.launched.get(0);
          on.answer();
          Proc child = machine.fork(program);
          machine.kill(program.pid, SignalNumber.SIGKILL);
          machine.settle();
          on.engine.scan.all();
          machine.kill(child.pid, SignalNumber.SIGKILL);
          on.answer();
          machine.settle();
          on.engine.reaper.reapNow();
          assertThat(launch.process().exitSeen()).isTrue();
          on.answer();
          assertThat(new TracedFacts(on.engine).wrong(program, launch.process())).isNull();
        });
  }

  /** It is killed before the kernel reports the thread, and native code takes its stop, or both. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void processEndsThoughTheLastStopOfAnUnknownThreadIsTaken(boolean both) {
    play(
        (on, machine) -> {
          LaunchRecord launch = on.launchTraced();
          Proc program = machine.launched.get(0);
          on.answer();
          machine.startThread(program);
          machine.kill(program.pid, SignalNumber.SIGKILL);
          machine.settle();
          assertThat(machine.tracing.steal(program.second)).isTrue();
          assertThat(!both || machine.tracing.steal(program.pid)).isTrue();
          on.answer();
          machine.settle();
          assertThat(program.zombie).isFalse();
          for (int second = 0; second < 3; second++) {
            on.tick();
            machine.settle();
          }
          on.engine.reaper.reapNow();
          assertThat(launch.process().exitSeen()).isTrue();
        });
  }

  /** A trace records its process while the launch is undone, and its pid may be another's then. */
  @Test
  void signalToTheProcessOfAFailedLaunchReachesNoOther() {
    play(
        (on, machine) -> {
          Machine.Hook noDescriptor =
              new Machine.Hook() {
                private boolean answers;
                private boolean refuses;

                @Override
                public void call(String name, int pid) {
                  Proc program = machine.launched.isEmpty() ? machine.jvm : machine.launched.get(0);
                  boolean its = program.pid == pid && program.name.equals("program");
                  boolean reads = name.equals("stat") && !answers;
                  refuses = its && (reads || name.equals("pidfd_open"));
                  if (its && name.equals("kill") && program.collected) {
                    machine.goRound(pid);
                    machine.exec(machine.fork(machine.init), "stranger");
                  } else if (its && name.equals("kill") && !answers) {
                    answers = true;
                    machine.settle();
                    on.answer(); // the exec is reported
                    answers = false;
                  }
                }

                @Override
                public boolean refuses() {
                  return refuses;
                }
              };
          machine.hook(noDescriptor);
          assertThatThrownBy(on::launchTraced).isInstanceOf(LaunchFailedException.class);
          on.engine.registry.lock.makeChanges();
          ProcessRecord record = on.scope.records().get(0);
          on.engine.signals().send(record, SignalNumber.SIGSTOP, SignalReason.TEST);
          assertThat(machine.violations).isEmpty();
          machine.unhook();
          on.engine.scan.reapNow();
          assertThat(record.waitStatus().orElse(-1)).isEqualTo(SignalNumber.SIGKILL);
        });
  }

  /** A subreaper with a child, which has a child, too. */
  private static Proc family(Machine machine) {
    Proc top = machine.fork(machine.jvm);
    machine.exec(top, "program");
    top.awaitedByJvm = true;
    top.becomeSubreaper();
    return machine.fork(top);
  }

  private static void play(BiConsumer<Simulation.Activation, Machine> scene) {
    Simulation simulation = new Simulation();
    try {
      simulation.scene(on -> scene.accept(on, on.machine));
    } finally {
      simulation.close();
    }
  }

  /**
   * Its parent ends when the child is read, and the list of its new parent has been read by then;
   * or when the list of its parent is read, and then both are.
   */
  @ParameterizedTest
  @ValueSource(strings = {"stat", "children"})
  void childThatMovesToAnotherSubreaperDuringAScanIsFound(String read) {
    play(
        (on, machine) -> {
          Proc middle = family(machine);
          Proc child = machine.fork(middle);
          int readPid = read.equals("stat") ? child.pid : middle.pid;
          machine.hook(
              (name, pid) -> {
                if (name.equals(read) && pid == readPid && middle.isAlive()) {
                  machine.exit(middle, 0);
                }
              });
          on.engine.scan.all();
          assertThat(middle.isAlive()).isFalse();
          assertThat(isKnown(on, child)).isTrue();
        });
  }

  /**
   * Its parent's first thread ends after the list of the second one was read, which it moves to.
   */
  @Test
  void childThatMovesToTheNextThreadDuringAScanIsFound() {
    play(
        (on, machine) -> {
          Proc parent = family(machine);
          Proc child = machine.fork(parent);
          machine.startThread(parent);
          int[] reads = {0};
          machine.hook(
              (name, pid) -> {
                if (name.equals("children") && pid == parent.pid && ++reads[0] == 2) {
                  machine.endThread(parent, true);
                }
              });
          on.engine.scan.all();
          assertThat(parent.firstThreadEnded).isTrue();
          assertThat(isKnown(on, child)).isTrue();
        });
  }

  /** Its thread ends after one scan has seen it, and native code waits for it. */
  @Test
  void statusOfANativeChildIsLeftThoughItsThreadEnds() {
    play(
        (on, machine) -> {
          machine.useOtherThread();
          Proc child = machine.fork(machine.jvm);
          machine.exec(child, "program");
          child.awaitedByJvm = true;
          child.isNative = true;
          machine.caller = Machine.TEST_THREAD;
          on.engine.scan.all();
          machine.endThread(Machine.OTHER_THREAD);
          on.engine.scan.all();
          machine.exit(child, 0);
          for (int second = 0; second < 3; second++) {
            machine.now += Simulation.SECOND;
            on.engine.scan.reapNow();
          }
          assertThat(machine.violations).isEmpty();
          assertThat(child.collected).isFalse();
        });
  }

  /** Its parent collects it after it was read, and its pid comes round to a launch's process. */
  @Test
  void processWhosePidComesRoundIsNotOfTheLaunchOfItsSuccessor() {
    play(
        (on, machine) -> {
          LaunchRecord launch = on.launchNow();
          Proc launched = machine.launched.get(0);
          Proc middle = family(machine);
          on.engine.scan.all();
          Proc child = machine.fork(middle);
          machine.hook(
              (name, pid) -> {
                if (name.equals("pidfd_open") && pid == child.pid && !child.collected) {
                  machine.exit(child, 0);
                  machine.collect(child);
                  machine.goRound(pid);
                  assertThat(machine.fork(launched).pid).isEqualTo(pid);
                }
              });
          on.engine.scan.all();
          assertThat(child.collected).isTrue();
          on.engine.scan.all();
          assertThat(launch.records()).hasSize(2);
        });
  }

  /** The JDK has collected it, and nobody has looked since. */
  @Test
  void processWhosePidComesRoundToALaunchHasEnded() {
    play(
        (on, machine) -> {
          Proc child = on.startProcess();
          on.engine.scan.all();
          ProcessRecord record = record(on, child);
          machine.exit(child, 0);
          on.letTheJdkRun();
          machine.goRound(child.pid);
          assertThat(on.launchNow().process().pid()).isEqualTo(child.pid);
          assertThat(record.exitSeen()).isTrue();
          assertThat(machine.held()).isEmpty();
        });
  }

  /** Another thread has a child; the kernel skips it in a list, since the one before it ends. */
  private static Proc childOfAThreadThatIsSkipped(Simulation.Activation on) {
    Machine machine = on.machine;
    Proc first = on.startProcess(); // for which a thread of the JDK waits
    machine.useOtherThread();
    Proc child = machine.fork(machine.jvm);
    machine.exec(child, "program");
    child.awaitedByJvm = true;
    machine.caller = Machine.TEST_THREAD;
    machine.hook(
        new Machine.Hook() {
          private String latest = "";

          @Override
          public void call(String name, int pid) {
            latest = name;
            if (name.equals("task, on")) {
              machine.exit(first, 0);
              on.letTheJdkRun();
            }
          }

          @Override
          public boolean reads() {
            return latest.equals("task") && first.isAlive();
          }
        });
    return child;
  }

  @Test
  void childOfAThreadThatIsMissingInAListOfThreadsIsFound() {
    play(
        (on, machine) -> {
          Proc child = childOfAThreadThatIsSkipped(on);
          on.engine.scan.all();
          assertThat(isKnown(on, child)).isTrue();
        });
  }

  private static void watch(Simulation.Activation on, int looks) {
    for (int i = 0; i < looks; i++) {
      on.machine.now += 100_000_000;
      on.engine.watcher.step();
    }
  }

  private static boolean isKnown(Simulation.Activation on, Proc process) {
    return on.engine.registry.lock.locked(() -> on.engine.registry.find(process.pid)) != null;
  }

  private static ProcessRecord record(Simulation.Activation on, Proc process) {
    return Objects.requireNonNull(
        on.engine.registry.lock.locked(() -> on.engine.registry.find(process.pid)));
  }

  /** The watcher gets a CPU after the child is there. */
  @Test
  void childThatIsStartedAsSoonAsTheScopeIsOpenIsWatched() {
    play(
        (on, machine) -> {
          Proc child = on.startProcess();
          watch(on, 3);
          assertThat(isKnown(on, child)).isTrue();
        });
  }

  /** No caller asks. */
  @Test
  void childOfAThreadThatIsMissingInAListOfThreadsIsWatched() {
    play(
        (on, machine) -> {
          watch(on, 2);
          Proc child = childOfAThreadThatIsSkipped(on);
          watch(on, 2);
          assertThat(isKnown(on, child)).isTrue();
        });
  }

  /** It is read for the first look, and not again, for want of a descriptor. No pid follows. */
  @Test
  void childThatCouldNotBeReadIsWatchedFromTheNextScan() {
    play(
        (on, machine) -> {
          watch(on, 2);
          Proc child = on.startProcess();
          int[] looks = {0};
          machine.hook(
              new Machine.Hook() {
                private boolean refused;

                @Override
                public void call(String name, int pid) {
                  boolean look = name.equals("stat") && pid == child.pid;
                  refused = look && ++looks[0] > 1;
                }

                @Override
                public boolean refuses() {
                  return refused;
                }
              });
          watch(on, 1);
          assertThat(looks[0]).isGreaterThan(1);
          assertThat(isKnown(on, child)).isFalse();
          machine.unhook();
          watch(on, 20);
          assertThat(isKnown(on, child)).isTrue();
        });
  }

  @Test
  void threadThatIsSkippedInOneReadingIsListed() {
    play(
        (on, machine) -> {
          childOfAThreadThatIsSkipped(on);
          Procfs procfs = on.engine.kernel().procfs;
          assertThat(procfs.threadsAtOneRead(Procfs.SELF)).doesNotContain(Machine.OTHER_THREAD);
        });
    play(
        (on, machine) -> {
          childOfAThreadThatIsSkipped(on);
          Procfs procfs = on.engine.kernel().procfs;
          assertThat(procfs.threads(Procfs.SELF)).contains(Machine.OTHER_THREAD);
        });
  }

  @Test
  void whatCannotBeKilledHidesNoneBelowIt() {
    play(
        (on, machine) -> {
          Proc middle = family(machine);
          Proc top = Objects.requireNonNull(middle.parent);
          top.uid = Machine.OTHER_USER;
          top.ignoresChildren = true;
          List<Proc> born = new ArrayList<>();
          machine.hook(
              (name, pid) -> {
                boolean killed = middle.stopped && name.equals("pidfd_send_signal");
                if (killed && pid == middle.pid && born.isEmpty()) {
                  born.add(machine.fork(middle)); // a thread that was in fork(2)
                }
                machine.settle();
              });
          ScopeEnd end = on.engine.scopes().end(on.scope);
          assertThat(end.survivors()).hasSize(1);
          assertThat(born).hasSize(1).noneMatch(Proc::isAlive);
        });
  }

  private static void playWithElder(BiConsumer<Simulation.Activation, Machine> scene) {
    Simulation simulation = new Simulation();
    try {
      simulation.scene(Simulation.WITH_ELDER, on -> scene.accept(on, on.machine));
    } finally {
      simulation.close();
    }
  }

  /** Its child moves to a list that was read before; the scan does not count. */
  @Test
  void childOfAProcessThatVanishesBeforeItIsReadIsFound() {
    play(
        (on, machine) -> {
          Proc middle = family(machine);
          Proc top = Objects.requireNonNull(middle.parent);
          machine.now += 20_000_000;
          Proc child = machine.fork(middle);
          machine.hook(
              new Machine.Hook() {
                private boolean listed;

                @Override
                public void call(String name, int pid) {
                  listed |= name.equals("children") && pid == top.pid;
                  if (listed && name.equals("stat") && pid == middle.pid && middle.isAlive()) {
                    machine.exit(middle, 0);
                    machine.collect(middle);
                  }
                }
              });
          on.engine.scan.all();
          assertThat(middle.collected).isTrue();
          assertThat(isKnown(on, child)).isTrue();
        });
  }

  /** The last but one is found when it is over, as if this JVM was stopped meanwhile. */
  @Test
  void whatIsForkedWhenTheTimeForKillsIsOverDoesNotLiveOn() {
    play(
        (on, machine) -> {
          Proc parent = machine.fork(machine.jvm);
          machine.exec(parent, "program");
          List<Proc> chain = new ArrayList<>(List.of(machine.fork(parent)));
          machine.exit(parent, 0);
          machine.collect(parent);
          machine.hook(
              new Machine.Hook() {
                private int signals;

                @Override
                public void call(String name, int pid) {
                  Proc last = chain.get(chain.size() - 1);
                  signals += name.equals("pidfd_send_signal") && pid == last.pid ? 1 : 0;
                  if (signals == 2 && chain.size() < 4) { // it is killed, and was in fork(2)
                    signals = 0;
                    chain.add(machine.fork(last));
                    machine.now += chain.size() == 3 ? 1_000_000_000 : 0;
                  }
                  machine.settle();
                }
              });
          on.engine.scopes().end(on.scope);
          assertThat(chain).hasSize(4).noneMatch(Proc::isAlive);
        });
  }

  /** A scan began while it lived, and found it dead, and none that is not ours alive. */
  @Test
  void orphanOfAnElderThatEndsDuringAScanIsForeign() {
    playWithElder(
        (on, machine) -> {
          Proc elder = machine.jvm.below().get(0);
          machine.now += 100_000_000; // births may have been missed: the next scan reads all
          List<Proc> born = new ArrayList<>();
          machine.hook(
              new Machine.Hook() {
                private boolean listed;

                @Override
                public void call(String name, int pid) {
                  listed |= name.equals("children");
                  if (listed && name.equals("stat") && pid == elder.pid && born.isEmpty()) {
                    machine.now += 20_000_000;
                    born.add(machine.fork(elder));
                    machine.exit(elder, 0);
                    machine.exit(born.get(0), 0);
                  }
                }
              });
          on.engine.scan.all();
          machine.unhook();
          for (int i = 0; i < 100 && !born.get(0).collected; i++) {
            machine.now += 100_000_000;
            on.letTheJdkRun();
            on.engine.scan.reapNow();
          }
          assertThat(born.get(0).collected).isTrue();
          assertThat(on.scope.records()).noneMatch(record -> record.pid() == born.get(0).pid);
        });
  }

  /** It has a pid that the scan has seen before. */
  @Test
  void orphanOfAnElderIsForeignThoughPidsGoRoundDuringAScan() {
    playWithElder(
        (on, machine) -> {
          Proc elder = machine.jvm.below().get(0);
          machine.now += 100_000_000; // births may have been missed: the next scan reads all
          List<Proc> born = new ArrayList<>();
          machine.hook(
              new Machine.Hook() {
                private boolean listed;

                @Override
                public void call(String name, int pid) {
                  listed |= name.equals("children");
                  boolean visited = listed && name.equals("stat");
                  if (visited && pid == elder.pid && born.isEmpty()) {
                    born.add(machine.fork(elder));
                    machine.exit(elder, 0);
                  } else if (visited && born.size() == 1 && pid == born.get(0).pid) {
                    machine.collect(elder);
                    machine.goRound(elder.pid);
                    born.add(machine.fork(born.get(0)));
                    machine.exit(born.get(0), 0);
                  }
                }
              });
          on.engine.scan.all();
          machine.unhook();
          machine.now += 100_000_000;
          Proc next = machine.fork(born.get(1));
          machine.exit(born.get(1), 0);
          on.engine.scan.all();
          assertThat(on.engine.registry.lock.locked(() -> on.engine.registry.live()))
              .noneMatch(record -> record.pid() == next.pid && !record.isForeign());
        });
  }

  /** It leaves the group, whose number is then another's. */
  @Test
  void processGroupThatIsLeftProvesNoDescent() {
    playWithElder(
        (on, machine) -> {
          Proc elder = machine.jvm.below().get(0);
          Proc leader = machine.fork(machine.jvm);
          machine.exec(leader, "program");
          leader.awaitedByJvm = true;
          machine.setpgid(leader, leader.pid);
          Proc member = machine.fork(leader);
          on.engine.scan.all();
          machine.setpgid(member, member.pid);
          machine.exit(leader, 0);
          machine.collect(leader);
          assertLaterGroupIsForeign(on, elder, leader);
        });
  }

  /** A program that is older than the activation begins a group with the number of a former one. */
  private static void assertLaterGroupIsForeign(
      Simulation.Activation on, Proc elder, Proc formerLeader) {
    Machine machine = on.machine;
    machine.goRound(formerLeader.pid);
    Proc other = machine.fork(elder);
    machine.setpgid(other, other.pid);
    Proc orphan = machine.fork(other);
    machine.exit(other, 0);
    machine.exit(elder, 0);
    on.engine.scan.all();
    assertThat(orphan.group).isEqualTo(formerLeader.pid);
    assertThat(on.engine.registry.lock.locked(() -> on.engine.registry.live()))
        .noneMatch(record -> record.pid() == orphan.pid && !record.isForeign());
  }

  /** A launch leads a process group; a program older than the activation has its number later. */
  @Test
  void processGroupOfAnEndedLaunchProvesNoDescent() {
    playWithElder(
        (on, machine) -> {
          Proc elder = machine.jvm.below().get(0);
          on.launchNow();
          Proc launched = machine.launched.get(0);
          assertThat(launched.group).isEqualTo(launched.pid);
          Proc member = machine.fork(launched);
          machine.shed(member);
          on.engine.scan.all();
          machine.exit(launched, 0);
          on.engine.scan.all();
          machine.exit(member, 0);
          on.engine.scan.reapNow();
          assertThat(launched.collected && member.collected).isTrue();
          assertLaterGroupIsForeign(on, elder, launched);
        });
  }

  private static void lead(Machine machine, Proc process, boolean session) {
    if (session) {
      machine.setsid(process);
    } else {
      machine.setpgid(process, process.pid);
    }
  }

  /** Else the later process outlives its scope. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void processGroupOrSessionThatIsLeftSaysNothingOfALaterOne(boolean session) {
    play(
        (on, machine) -> {
          Proc leader = on.startProcess();
          lead(machine, leader, session);
          Proc member = machine.fork(leader);
          on.engine.scan.all();
          lead(machine, member, session);
          machine.exit(leader, 0);
          on.letTheJdkRun();
          assertThat(leader.collected).isTrue();
          machine.goRound(leader.pid);
          Scope nested = on.engine.scopes().open(on.scope, "nested", on.policy());
          machine.now += 20_000_000;
          Proc later = on.startProcess();
          assertThat(later.pid).isEqualTo(leader.pid);
          lead(machine, later, session);
          Proc orphan = machine.fork(later);
          machine.exit(later, 0);
          on.letTheJdkRun();
          on.engine.scan.all();
          assertThat(nested.records()).extracting(ProcessRecord::pid).contains(orphan.pid);
        });
  }

  /** The end of the earlier one is seen while the later one lives. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void processGroupOrSessionWhoseEndIsSeenLateSaysNothingOfALaterOne(boolean session) {
    play(
        (on, machine) -> {
          Proc leader = on.startProcess();
          lead(machine, leader, session);
          on.engine.scan.all();
          ProcessRecord record = record(on, leader);
          Scope nested = on.engine.scopes().open(on.scope, "nested", on.policy());
          machine.now += 100_000_000;
          machine.exit(leader, 0);
          on.letTheJdkRun();
          machine.goRound(leader.pid);
          Proc later = on.startProcess();
          assertThat(later.pid).isEqualTo(leader.pid);
          lead(machine, later, session);
          on.engine.observer.refresh(record);
          assertThat(record.exitSeen()).isTrue();
          Proc orphan = machine.fork(later);
          machine.exit(later, 0);
          on.letTheJdkRun();
          on.engine.scan.all();
          assertThat(nested.records()).extracting(ProcessRecord::pid).contains(orphan.pid);
        });
  }

  /** Else the child is of the scope of the first one, and outlives its own. */
  @Test
  void childOfAProcessWithThePidOfAnEarlierOneIsNotOfTheEarlierOnesScope() {
    play(
        (on, machine) -> {
          Proc earlier = on.startProcess();
          on.engine.scan.all();
          Scope nested = on.engine.scopes().open(on.scope, "nested", on.policy());
          machine.now += 20_000_000;
          List<Proc> children = new ArrayList<>();
          machine.hook(
              (name, pid) -> {
                if (name.equals("children") && pid == earlier.pid && children.isEmpty()) {
                  machine.exit(earlier, 0);
                  machine.collect(earlier);
                  machine.goRound(earlier.pid);
                  Proc later = machine.fork(machine.jvm);
                  assertThat(later.pid).isEqualTo(earlier.pid);
                  children.add(machine.fork(later));
                }
              });
          on.engine.scan.all();
          assertThat(children).hasSize(1);
          assertThat(nested.records()).extracting(ProcessRecord::pid).contains(children.get(0).pid);
        });
  }

  /** Its number is at once that of a thread of a launched process, which shows another tag. */
  @Test
  void childThatIsCollectedWhileItIsReadIsNotOfALaunch() {
    play(
        (on, machine) -> {
          on.launchNow();
          Proc launched = machine.launched.get(0);
          Proc parent = on.startProcess();
          on.engine.scan.all();
          machine.now += 100_000_000;
          Proc child = machine.fork(parent);
          machine.hook(
              (name, pid) -> {
                if (name.equals("prlimit") && pid == child.pid && child.isAlive()) {
                  machine.exit(child, 0);
                  machine.collect(child);
                  machine.goRound(child.pid);
                  machine.startThread(launched);
                  assertThat(launched.second).isEqualTo(child.pid);
                }
              });
          on.engine.scan.all();
          assertThat(child.collected).isTrue();
          assertThat(on.scope.records())
              .filteredOn(record -> record.pid() == child.pid)
              .singleElement()
              .matches(record -> record.launch() == null);
        });
  }

  /** Its number is at once that of a launched process's child, which shows a launch's tag. */
  @Test
  void childThatTheJdkCollectsWhileItsZombieIsReadIsNotAdopted() {
    play(
        (on, machine) -> {
          on.launchNow();
          Proc launched = machine.launched.get(0);
          Proc child = on.startProcess();
          on.engine.scan.all();
          machine.now += 100_000_000;
          machine.exit(child, 0);
          machine.hook(
              (name, pid) -> {
                if (name.equals("prlimit") && pid == child.pid && !child.collected) {
                  on.letTheJdkRun();
                  machine.goRound(child.pid);
                  assertThat(machine.fork(launched).pid).isEqualTo(child.pid);
                }
              });
          on.engine.scan.reapNow();
          assertThat(child.collected).isTrue();
          assertThat(on.scope.records())
              .filteredOn(record -> record.pid() == child.pid && record.launch() == null)
              .singleElement()
              .matches(record -> !record.isOrphan());
        });
  }

  /** It is not taken for an orphan, nor is another one started. */
  @Test
  void guardianThatCouldNotBeReadAtItsStartIsKnownLater() {
    play(
        (on, machine) -> {
          Proc first = Objects.requireNonNull(machine.guardian);
          int[] refusals = {2}; // of its descriptor, and of its stat
          machine.hook(
              new Machine.Hook() {
                @Override
                public void call(String name, int pid) {}

                @Override
                public boolean refuses() {
                  return machine.guardian != first && refusals[0]-- > 0;
                }
              });
          machine.exit(first, SignalNumber.SIGKILL);
          machine.collect(first);
          on.engine.guardian.ensure(() -> {});
          Proc second = machine.guardian;
          on.engine.guardian.ensure(() -> {});
          assertThat(refusals[0]).isNegative();
          assertThat(machine.guardian).isSameAs(second).isNotSameAs(first);
        });
  }

  /** Its pid is another's at once (Linux 7.1). */
  @Test
  void signalToAnOrphanThatLeavesNoZombieReachesNoOther() {
    signalToAnOrphanThatEndsReachesNoOther(true);
  }

  @Test
  void signalToAnOrphanWithoutADescriptorReachesNoOther() {
    signalToAnOrphanThatEndsReachesNoOther(false);
  }

  private static void signalToAnOrphanThatEndsReachesNoOther(boolean watched) {
    play(
        (on, machine) -> {
          machine.autoreaps = true;
          LaunchRecord launch = on.launchNow();
          Proc program = machine.launched.get(0);
          Proc orphan = machine.fork(program);
          orphan.autoreaped = true;
          machine.exit(program, 0);
          on.engine.scan.all();
          ProcessRecord record = record(on, orphan);
          assertThat(record.launch()).isSameAs(launch);
          if (!watched) {
            on.engine.registry.lock.run(() -> on.engine.registry.watchList.unwatch(record));
          }
          machine.hook(
              (name, pid) -> {
                boolean signal = name.equals("pidfd_send_signal") || name.equals("kill");
                if (signal && pid == orphan.pid && orphan.isAlive()) {
                  machine.exit(orphan, 7 << 8);
                  machine.goRound(orphan.pid);
                  machine.exec(machine.fork(machine.init), "stranger");
                }
              });
          int errno = on.engine.signals().send(record, SignalNumber.SIGUSR1, SignalReason.TEST);
          assertThat(errno).isEqualTo(Errno.ESRCH);
          assertThat(machine.violations).isEmpty();
          on.engine.scan.all();
          assertThat(record.waitStatus().orElse(-1)).isEqualTo(watched ? 7 << 8 : -1);
        });
  }

  /**
   * Native code collects an orphan's zombie that was read, or its parent that of a child, and its
   * pid is at once that of another zombie.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void zombieWithThePidOfOneThatWasReadIsNotTakenForIt(boolean adopted) {
    play(
        (on, machine) -> {
          Proc launcher = on.startProcess();
          Proc child = machine.fork(launcher);
          on.engine.scan.all();
          if (adopted) {
            machine.exit(launcher, 0);
            on.letTheJdkRun();
            on.engine.scan.all();
          }
          machine.exit(child, 0);
          ProcessRecord record = record(on, child);
          on.engine.observer.refresh(record);
          assertThat(adopted ? record.isReadZombie() : record.isZombieBelowOther()).isTrue();
          machine.collect(child);
          machine.goRound(child.pid);
          machine.now += 20_000_000;
          Proc other = on.startProcess();
          assertThat(other.pid).isEqualTo(child.pid);
          machine.exit(other, 7 << 8);
          on.engine.scan.reapNow();
          assertThat(record.isOrphan()).isEqualTo(adopted);
          assertThat(other.collected).isFalse();
          assertThat(machine.violations).isEmpty();
        });
  }

  @Test
  void eachGuardianIsToldTheStopSignalsThatAreNotTheUsualOne() {
    play(
        (on, machine) -> {
          List<String> lines = on.machine.lines;
          on.launchNow();
          LaunchRecord asked = on.launchNow(SignalNumber.SIGUSR1);
          String told = lines.get(lines.size() - 1);
          assertThat(told).matches("s \\d+ 10 \\.");
          assertThat(lines).filteredOn(line -> line.startsWith("s")).hasSize(1);
          lines.clear();
          on.engine.registry.reportAll(); // to a guardian that has replaced another
          assertThat(lines).contains(told).doesNotHaveDuplicates();
          on.engine.registry.lock.run(() -> on.engine.registry.remove(asked));
          assertThat(lines)
              .as("its number may be another's now")
              .contains(told.replace(" 10 ", " 15 "));
        });
  }

  /** The zombie stays until the JDK, which may have forked it, has had its turn. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void searchWaitsForAnOrphanWhoseEndIsInQuestion(boolean seenAlive) {
    play(
        (on, machine) -> {
          Proc launcher = on.startProcess();
          Proc daemon = machine.fork(launcher);
          machine.exit(launcher, 0);
          if (seenAlive) {
            on.engine.scan.all();
          }
          machine.exit(daemon, 0);
          machine.hook(
              new Machine.Hook() {
                private int looks;

                @Override
                public void call(String name, int pid) {
                  looks += pid == daemon.pid && name.equals("stat") ? 1 : 0;
                  if (looks == 20) {
                    looks++;
                    on.letTheJdkRun();
                  }
                }
              });
          Search search = on.engine.searches().matching(on.scope, ProcessRecord::isOrphan);
          Search.Result found = assertDoesNotThrow(() -> search.run(Simulation.SECOND));
          assertThat(found.process()).extracting(ProcessRecord::pid).isEqualTo(daemon.pid);
        });
  }
}
