package io.github.subreaper.junit;

import io.github.subreaper.Descendant;
import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeClosedException;
import io.github.subreaper.Supervisor;
import io.github.subreaper.framework.Masker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The daemons that run in the scope of a class, from static fields, or in that of a test. */
final class Daemons {
  private static final ExitStatus SUCCESS = ExitStatus.exited(0);

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Running> running = new ArrayList<>();
  private boolean started;

  /** A daemon that was ready once. */
  private static final class Running {
    final DeclaredDaemon daemon;
    final Launch launch;
    volatile boolean isReported;

    Running(DeclaredDaemon daemon, Launch launch) {
      this.daemon = daemon;
      this.launch = launch;
    }

    /** Returns what a test fails with; null if the daemon is alive, or was stopped on purpose. */
    @Nullable String death() {
      if (!isDead() || isStopped()) {
        return null;
      }
      return "%s has died: %s.\nTo fix: see below why; a test that ends it on purpose calls stop() of its Launch\n\n%s"
          .formatted(daemon, end(main()), launch.describe().stripTrailing());
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
      String status = main.exitStatus().map(ExitStatus::toString).orElse("ended");
      return main.equals(launch.process()) ? status : status + " (" + main + ")";
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
   * @param fields in the order of their start
   * @param instances of the test, which have the instance fields; empty for static fields
   */
  void start(List<DeclaredDaemon> fields, List<Object> instances, Supervisor supervisor) {
    lock.lock();
    try {
      if (started) {
        return;
      }
      started = true;
      for (DeclaredDaemon field : fields) {
        Object instance =
            instances.stream()
                .filter(one -> field.field().getDeclaringClass().isInstance(one))
                .findFirst()
                .orElse(null);
        running.add(new Running(field, supervisor.start(field.read(instance))));
      }
    } finally {
      lock.unlock();
    }
  }

  Optional<Launch> find(DeclaredDaemon daemon) {
    return all().stream()
        .filter(one -> one.daemon.equals(daemon))
        .map(one -> one.launch)
        .findFirst();
  }

  /** Returns why a test fails that is about to run, or that has run; null if all are alive. */
  @Nullable AssertionError failure(boolean again) {
    for (Running one : all()) {
      if (again || !one.isReported) {
        String death = one.death();
        if (death != null) {
          one.isReported = true;
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
