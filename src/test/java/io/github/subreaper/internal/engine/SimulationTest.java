package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.linux.Choices;
import io.github.subreaper.internal.linux.Machine;
import io.github.subreaper.internal.linux.Machine.Proc;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The three promises hold in each order of events that a seed makes. A failure names its seed, by
 * which {@code -Dseed=} replays it.
 */
class SimulationTest {
  /** Its level holds as long as it is referred to. */
  private static final Logger LOG = Logger.getLogger("io.github.subreaper");

  private static final int WORKERS = 2;

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
    run(seed == null ? 1 : seed, seed == null ? 20_000 : 1);
  }

  /** SIMULATION.md has the seeds that come next and break a promise. */
  @Test
  @Tag("full")
  void promisesHoldInMoreSchedules() throws Exception {
    run(20_001, 20_000);
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
        "%d schedules, %.0f a second%n", count, count * 1e9 / (System.nanoTime() - began));
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

  /** A subreaper with a child, which has a child, too. */
  private static Proc family(Machine machine) {
    Proc top = machine.fork(machine.jvm);
    machine.exec(top, "program");
    top.awaitedByJvm = true;
    top.becomeSubreaper();
    return machine.fork(top);
  }

  private static void play(Consumer<Simulation.Activation> scene) {
    Simulation simulation = new Simulation();
    try {
      simulation.scene(scene);
    } finally {
      simulation.close();
    }
  }

  /** The list of its new parent has been read by then, and that of its old one is void. */
  @Test
  void childThatMovesToAnotherSubreaperDuringAScanIsFound() {
    play(
        on -> {
          Machine machine = on.machine;
          Proc middle = family(machine);
          Proc child = machine.fork(middle);
          machine.hook(
              new Machine.Silent() {
                @Override
                public void call(String name, int pid) {
                  if (name.equals("stat") && pid == child.pid && middle.isAlive()) {
                    machine.exit(middle, 0);
                  }
                }
              });
          on.engine.scan.all();
          assertThat(middle.isAlive()).isFalse();
          assertThat(on.engine.registry.lock.locked(() -> on.engine.registry.find(child.pid)))
              .isNotNull();
        });
  }

  @Test
  void whatCannotBeKilledHidesNoneBelowIt() {
    play(
        on -> {
          Machine machine = on.machine;
          Proc middle = family(machine);
          Proc top = Objects.requireNonNull(middle.parent);
          top.uid = Machine.OTHER_USER;
          top.ignoresChildren = true;
          List<Proc> born = new ArrayList<>();
          machine.hook(
              new Machine.Silent() {
                @Override
                public void call(String name, int pid) {
                  boolean killed = middle.stopped && name.equals("pidfd_send_signal");
                  if (killed && pid == middle.pid && born.isEmpty()) {
                    born.add(machine.fork(middle)); // a thread that was in fork(2)
                  }
                  machine.settle();
                }
              });
          ScopeEnd end = on.engine.scopes().end(on.scope);
          assertThat(end.survivors()).hasSize(1);
          assertThat(born).hasSize(1).noneMatch(Proc::isAlive);
        });
  }
}
