package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.Choices;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
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

  @Test
  @Tag("full")
  void promisesHoldInAMillionSchedules() throws Exception {
    run(1_000_000, 1_000_000);
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

  /** A stranger's child below a pid that is used again was taken for ours. */
  @Test
  void strangersChildBelowAReusedPidIsNotOurs() throws Exception {
    run(99, 1);
  }

  /** A pid from a thread's list was that of an orphan of an elder by then. */
  @Test
  void orphanOfAnElderIsNotTakenForAChild() {
    Simulation simulation = new Simulation(true);
    try {
      assertThat(simulation.run(822).violation()).isNull();
    } finally {
      simulation.close();
    }
  }
}
