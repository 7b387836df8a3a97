package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.attribution.PreexistingProcesses;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.Choices;
import io.github.subreaper.internal.linux.Machine;
import io.github.subreaper.internal.linux.Schedule;
import io.github.subreaper.internal.linux.SimulatedKernel;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.ArrayDeque;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A fork takes its pid some microseconds before the child can be seen, on a simulated kernel. */
class ForkUnderWayTest {
  private static final long A_LOOK = 200_000_000;

  private final SimulatedKernel kernel = new SimulatedKernel(new Machine());
  private final Machine machine = kernel.machine;
  @AutoClose private final PrivateDirectory directory = new PrivateDirectory(kernel);
  private final Engine engine = activate();
  private final Scope scope =
      engine
          .scopes()
          .open(engine.scopes().openSession(), "fork under way", ScopeTree.SESSION_POLICY);

  private Engine activate() {
    machine.reset();
    kernel.reset();
    machine.caller = Machine.TEST_THREAD;
    Schedule schedule = new Schedule(kernel, Choices.of(1), null);
    kernel.subreaper.set(true);
    Tags tags = Tags.claim(kernel, kernel.fileLocks.get(Procfs.SELF));
    PreexistingProcesses preexisting = new PreexistingProcesses(kernel, schedule.time, tags);
    Spawner spawner = new Spawner(kernel, schedule.time, directory, tags, Machine.UNLIMITED);
    Engine made =
        new Engine(
            kernel, schedule.time, directory, tags, preexisting, spawner, new ArrayDeque<>());
    made.guardian.start();
    machine.jvm.ours = true;
    machine.now += A_LOOK;
    made.watcher.start();
    return made;
  }

  private int takePid() {
    machine.lastPid++;
    return machine.lastPid;
  }

  private void beBorn(int pid) {
    machine.lastPid = pid - 1;
    assertThat(machine.fork(machine.jvm).pid).isEqualTo(pid);
  }

  private boolean isKnown(int pid) {
    return engine.registry.lock.locked(() -> engine.registry.find(pid) != null);
  }

  private void look() {
    engine.watcher.step();
    machine.now += A_LOOK;
    engine.watcher.step();
  }

  @Test
  void watcherReadsOnceMoreWhereAPidShowedNoProcess() {
    look();
    int pid = takePid();
    look();
    beBorn(pid);
    assertThat(isKnown(pid)).as("control: nothing has read it").isFalse();
    look();
    assertThat(isKnown(pid)).isTrue();
  }

  @Test
  void scanDoesNotProveForLaterThatAForkUnderWayBearsNoChild() {
    int pid = takePid();
    engine.scanCycle.scan();
    assertThat(engine.scanCycle.provesNone()).as("control: there is no process").isTrue();
    beBorn(pid);
    assertThat(engine.scanCycle.provesNone()).isFalse();
    assertThat(engine.queries().leaks(scope)).map(process -> process.pid()).containsExactly(pid);
  }

  @Test
  void childThatCanBeSeenIsNotProvenAbsentRunningStoppedOrDead() {
    engine.scanCycle.scan();
    machine.useOtherThread();
    Machine.Proc child = machine.fork(machine.jvm);
    assertThat(engine.scanCycle.provesNone()).as("not scanned").isFalse();
    engine.scanCycle.scan();
    assertThat(engine.scanCycle.provesNone()).as("it runs").isFalse();
    child.stopped = true;
    engine.scanCycle.scan();
    engine.scanCycle.scan();
    assertThat(engine.scanCycle.provesNone()).as("it is stopped").isFalse();
    child.awaitedByJvm = true;
    machine.exit(child, 0);
    engine.scanCycle.scan();
    engine.scanCycle.scan();
    assertThat(engine.scanCycle.provesNone()).as("it is a zombie").isFalse();
  }

  @Test
  void scanWithADeathProvesNothingForLater() {
    machine.fork(machine.jvm);
    engine.scanCycle.scan(
        (pid, tid) -> {
          engine.registry.lock.run(() -> engine.registry.noteDeath(machine.now));
          return new int[0]; // what has died may have left the child to a list that was read
        });
    assertThat(engine.scanCycle.provesNone()).isFalse();
  }

  @Test
  void questionDoesNotProveForLaterThatAForkUnderWayBearsNoChild() {
    engine.scanCycle.scan();
    int pid = takePid();
    assertThat(engine.scanCycle.provesNone()).as("control: there is no process").isTrue();
    beBorn(pid);
    assertThat(engine.scanCycle.provesNone()).isFalse();
    assertThat(engine.queries().leaks(scope)).map(process -> process.pid()).containsExactly(pid);
  }
}
