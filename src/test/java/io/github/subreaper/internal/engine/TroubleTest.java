package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The engine lacks something for a while, or other code takes a status: nothing is lost. */
class TroubleTest {

  @Test
  void processThatCannotBeReadForLackOfADescriptorHasNotEnded() throws Exception {
    assertThat(ChildJvm.run(NoDescriptor.class).exitedNormally().value("alive"))
        .isEqualTo("true, read null, then killed by SIGTERM");
  }

  static final class NoDescriptor {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test")) {
        Launch launch = scope.launch("sleep", "1000");
        Descendant process = launch.process();
        loadClasses();
        launch.signal(Signal.CONT);
        boolean alive = process.isAlive();
        Object read = KERNEL.procfs.stat((int) process.pid()); // makes KERNEL
        List<FileInputStream> all = new ArrayList<>();
        try {
          do { // repeats until no other thread has closed one meanwhile
            takeAll(all);
            alive &= process.isAlive();
            read = KERNEL.procfs.stat((int) process.pid());
          } while (read != null);
        } finally {
          for (FileInputStream one : all) {
            one.close();
          }
        }
        launch.signal(Signal.TERM);
        System.out.println("alive=" + alive + ", read " + read + ", then " + launch.awaitExit());
      }
    }

    /** Loads each class: from a directory, unlike from a jar, that needs a descriptor. */
    private static void loadClasses() throws Exception {
      Path directory =
          Path.of(Subreaper.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      List<Path> files;
      try (Stream<Path> all = Files.walk(directory.resolve("io"))) {
        files = all.filter(file -> file.toString().endsWith(".class")).toList();
      }
      assertThat(files).isNotEmpty();
      for (Path file : files) {
        String name = directory.relativize(file).toString().replace('/', '.');
        Class.forName(name.replaceFirst("[.]class$", ""), false, Subreaper.class.getClassLoader());
      }
    }

    private static void takeAll(List<FileInputStream> all) {
      try {
        while (true) {
          all.add(new FileInputStream("/dev/null"));
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("Too many open files");
      }
    }
  }

  @Test
  @Tag("full")
  void endWithoutAFreeDescriptorDoesNotMissAProcess() throws Exception {
    assertThat(ChildJvm.run(NoDescriptorAtTheEnd.class).exitedNormally().value("unseen"))
        .isEqualTo("1 leak, then exited 143");
  }

  static final class NoDescriptorAtTheEnd {
    private static final ScopeOptions AT_ONCE =
        ScopeOptions.defaults().withSettle(Duration.ZERO).withKill(LONG);

    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate()) {
        NoDescriptor.loadClasses();
        end("seen", subreaper.open("first", AT_ONCE), false);
        Supervisor scope = subreaper.open("test", AT_ONCE);
        scope.open("nested").end(); // the last complete scan
        end("unseen", scope, true);
      }
    }

    /** Ends a scope with a process that no scan has seen. */
    private static void end(String name, Supervisor scope, boolean starved) throws Exception {
      Process unseen = new ProcessBuilder("sleep", "1000").start();
      AtomicReference<ScopeReport> report = new AtomicReference<>();
      Thread end = new Thread(() -> report.set(scope.end()));
      List<FileInputStream> taken = new ArrayList<>();
      if (starved) {
        NoDescriptor.takeAll(taken);
      }
      end.start();
      if (starved) {
        end.join(2000); // times out if the end waits until it can scan
        NoDescriptor.takeAll(taken);
        for (FileInputStream one : taken) {
          one.close();
        }
      }
      end.join();
      int leaks = Objects.requireNonNull(report.get()).leaked().size();
      String fate =
          Await.patiently(() -> !unseen.isAlive()) ? "exited " + unseen.exitValue() : "lives";
      unseen.destroyForcibly();
      System.out.println(name + "=" + leaks + " leak, then " + fate);
    }
  }

  @Test
  void reaperThatFailsGoesOnAndLosesNothing() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("test")) {
      Engine engine = Engine.acquire();
      AtomicInteger failures = new AtomicInteger();
      Predicate<ProcessRecord> failing =
          process -> {
            failures.incrementAndGet();
            throw new OutOfMemoryError("as if");
          };
      try {
        Launch launch = scope.launch("sleep", "1000");
        engine.registry.heldZombies.add(failing);
        try {
          launch.signal(Signal.KILL);
          Await.until(() -> failures.get() > 2);
          assertThat(launch.process().exitStatus())
              .as("not reported before it is collected")
              .isEmpty();
        } finally {
          engine.registry.heldZombies.release(failing);
        }
        assertThat(launch.awaitExit(LONG)).hasToString("killed by SIGKILL");
      } finally {
        engine.release();
      }
    }
  }

  @Test
  void statusSeenInAZombieIsKeptThoughOtherCodeCollectsIt() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("test")) {
      Engine engine = Engine.acquire();
      try {
        Launch launch = scope.launch("sleep", "1000");
        int pid = (int) launch.pid();
        ProcessRecord record = engine.registry.lock.locked(() -> engine.registry.find(pid));
        assertThat(record).isNotNull();
        engine.registry.lock.lock(); // keeps the reaper out
        try {
          record.ending().statusSeen(7 << 8);
          assertThat(KERNEL.kill.send(pid, SIGKILL)).isZero();
          Await.until(() -> collect(pid));
          engine.observer.observe(record);
        } finally {
          engine.registry.lock.unlock();
        }
        assertThat(launch.awaitExit(LONG)).hasToString("exited 7");
      } finally {
        engine.release();
      }
    }
  }

  private static boolean collect(int pid) {
    return KERNEL.waits().collect(pid) != null;
  }

  @Test
  void closedActivationDoesNotScanAnyMore() {
    Subreaper closed = Subreaper.activate();
    Supervisor scope = closed.open("test");
    scope.launch("true").awaitExit();
    closed.close();
    try (Subreaper next = Subreaper.activate();
        Supervisor other = next.open("next")) {
      Descendant orphan = other.launch("sh", "-c", "sleep 1000 &").awaitOrphan();
      assertThat(closed.foreign()).as("the orphan belongs to another activation").isEmpty();
      assertThat(closed.descendants()).extracting(Descendant::name).containsExactly("true");
      assertThat(scope.tree().size()).isZero();
      assertThat(scope.descendants()).extracting(Descendant::name).containsExactly("true");
      assertThat(next.descendants()).contains(orphan);
    }
  }
}
