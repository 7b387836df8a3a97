package io.github.subreaper.internal.junit.jupiter;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeClosedException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.scopes.LastOutput;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.internal.text.Durations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The daemons that run in the scope of a class, from static members, or in that of a test. */
final class Daemons {
  private static final ExitStatus SUCCESS = ExitStatus.exited(0);

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Running> running = new ArrayList<>();
  private final Map<DeclaredDaemon, Supplier<Launch>> waiting = new LinkedHashMap<>();
  private final Map<String, Instant> tests = new LinkedHashMap<>();
  private @Nullable Ran last;
  private boolean started;

  /** A test that has ended. */
  private record Ran(String test, Instant begin, Instant end) {}

  /** A daemon that was ready once. */
  private static final class Running {
    final DeclaredDaemon daemon;
    final Launch launch;
    private @Nullable String death;

    Running(DeclaredDaemon daemon, Launch launch) {
      this.daemon = daemon;
      this.launch = launch;
    }

    /**
     * Returns what a test fails with: in full at the first call, then in a line. Null if the daemon
     * is alive, or was stopped on purpose.
     */
    synchronized @Nullable String death(Function<Instant, String> occasion) {
      if (death != null) {
        return death;
      }
      if (!isDead() || isStopped()) {
        return null;
      }
      Descendant main = main();
      Instant at = main.endedAt().orElse(null);
      death = daemon.title() + " " + end(main) + (at == null ? "" : occasion.apply(at));
      String output = LastOutput.of(launch);
      String evidence = evidence(output);
      return death
          + (at == null
              ? ""
              : ", "
                  + Durations.say(Duration.between(launch.process().startTime(), at))
                  + " after its start")
          + (output.isEmpty() ? "" : ": " + output)
          + (evidence.isEmpty() ? "" : "\n" + evidence)
          + "\n  To fix: mend what its output names; a test that ends it on purpose calls stop() of"
          + " its Launch";
    }

    synchronized boolean isReported() {
      return death != null;
    }

    /** Returns what the first line does not say. */
    private String evidence(String output) {
      String quoted = output.isEmpty() ? "" : " " + output.substring(1, output.length() - 1);
      return launch
          .describe()
          .lines()
          .filter(line -> !line.startsWith("  launcher "))
          .filter(
              line ->
                  quoted.isEmpty() || !line.matches("  std(out|err) .*") || !line.endsWith(quoted))
          .collect(joining("\n"));
    }

    /** A launcher that exits with 0 has left the daemon behind. */
    private boolean isDead() {
      return !launch.isAlive() && (hasFailed(launch.process()) || launch.tree().size() == 0);
    }

    private static boolean hasFailed(Descendant process) {
      return process.exitStatus().filter(status -> !status.equals(SUCCESS)).isPresent();
    }

    /**
     * Returns the process that was the daemon: the launcher, or what it left when it exited with 0.
     * That is the orphan that died last, or what the latter comes from: the workers of a master
     * that has crashed die after it.
     */
    private Descendant main() {
      Descendant main = launch.process();
      if (hasFailed(main)) {
        return main;
      }
      main =
          launch.orphans().stream()
              .filter(one -> one.endedAt().isPresent())
              .max(Comparator.comparing(one -> one.endedAt().orElseThrow()))
              .orElse(main);
      for (Descendant at = main; at != null; at = at.parent().orElse(null)) {
        if (at.isOrphan() && hasFailed(at)) {
          main = at;
        }
      }
      return main;
    }

    private String end(Descendant main) {
      String end = Access.get().describeEnd(main).orElse("ended");
      return (main.equals(launch.process()) ? "" : "(" + main + ") ")
          + (end.startsWith("killed") ? "was " : "")
          + end;
    }

    private boolean isStopped() {
      return Stream.concat(Stream.of(launch.process()), launch.orphans().stream())
          .flatMap(process -> process.ending().stream())
          .anyMatch(ending -> ending != Ending.BY_ITSELF);
    }
  }

  /**
   * Starts them one after the other, once.
   *
   * @param all in the order of their start, with what starts each; one that another takes starts
   *     before it
   */
  void start(Map<DeclaredDaemon, Supplier<Launch>> all) {
    lock.lock();
    try {
      if (!started) {
        started = true;
        startAll(all);
      }
    } finally {
      lock.unlock();
    }
  }

  private void startAll(Map<DeclaredDaemon, Supplier<Launch>> all) {
    waiting.putAll(all);
    try {
      all.keySet().forEach(this::find);
    } finally {
      waiting.clear(); // after a failure no other starts
    }
  }

  /** Returns one that runs, or is to start before the one that asks. */
  Optional<Launch> find(DeclaredDaemon daemon) {
    lock.lock();
    try {
      Supplier<Launch> start = waiting.remove(daemon); // first: it cannot wait for itself
      if (start != null) {
        running.add(new Running(daemon, start.get()));
      }
      return running.stream()
          .filter(one -> one.daemon.equals(daemon))
          .findFirst()
          .map(one -> one.launch);
    } finally {
      lock.unlock();
    }
  }

  /** Notes that a test begins. */
  void testBegins(String test) {
    lock.lock();
    try {
      tests.put(test, Instant.now());
    } finally {
      lock.unlock();
    }
  }

  /** Notes that a test has ended. */
  void testEnds(String test) {
    lock.lock();
    try {
      Instant began = tests.remove(test);
      if (began != null) {
        last = new Ran(test, began, Instant.now());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns which tests ran at some time, with the word before. */
  private String occasion(Instant at) {
    lock.lock();
    try {
      List<String> during = new ArrayList<>();
      if (last != null && !last.begin.isAfter(at) && !last.end.isBefore(at)) {
        during.add(last.test);
      }
      tests.forEach(
          (test, began) -> {
            if (!began.isAfter(at)) {
              during.add(test);
            }
          });
      return during.isEmpty()
          ? last == null ? " before the first test" : " between tests"
          : " during " + String.join(" or ", during);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns why a test fails that is about to run, or the class after its tests; null if all are
   * alive.
   *
   * @param again whether it also fails for a death that was reported
   */
  @Nullable AssertionError failure(boolean again) {
    for (Running one : all()) {
      if (again || !one.isReported()) {
        String death = one.death(this::occasion);
        if (death != null) {
          return new AssertionError(Masker.ofJvm().text(death));
        }
      }
    }
    return null;
  }

  /** Stops them in reverse. What cannot be stopped, the end of the scope finds and reports. */
  void stop() {
    List<Running> all = all();
    Collections.reverse(all);
    for (Running one : all) {
      try {
        one.launch.stop();
      } catch (ScopeClosedException e) {
        return; // the test has ended the scope itself
      }
    }
  }

  private List<Running> all() {
    lock.lock();
    try {
      return new ArrayList<>(running);
    } finally {
      lock.unlock();
    }
  }
}
