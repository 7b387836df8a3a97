package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.BusyCores;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.JdkReapers;
import io.github.subreaper.testing.OwnershipWorkload;
import io.github.subreaper.testing.PidNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No status of a Process is taken: 2,000 children of threads that end at once, and 2,000 of virtual
 * threads if the JDK has these, beside launches and a flood of orphans.
 */
class OwnershipTest {

  @Test
  void eachOfSomeProcessesAndOrphansHasItsOwnStatus(@TempDir Path directory) throws Exception {
    assertEachHasItsOwnStatus(directory, 100, 400);
  }

  @Test
  @Tag("full")
  void everyProcessAndEveryOrphanHasItsOwnStatus(@TempDir Path directory) throws Exception {
    assertEachHasItsOwnStatus(directory, 2000, 8000);
  }

  /** As from a slow disk: meanwhile the forking thread has not passed the child to the JDK's. */
  @Test
  void childOfTheJdkIsNoOrphanThoughItsExecTakesLong(@TempDir Path directory) throws Exception {
    Path library = CProgram.build(directory, "slowexec", "-shared", "-fPIC");
    List<String> command = new ArrayList<>(List.of("env", "LD_PRELOAD=" + library));
    command.addAll(
        ChildJvm.command(OwnershipWorkload.class, arguments(directory, "subreaper", 20, 40)));
    assertExact(run(command), 20, 40);
  }

  private static void assertEachHasItsOwnStatus(Path directory, int each, int orphans)
      throws Exception {
    ChildJvm.Result result =
        run(
            ChildJvm.command(
                ChildJvm.ORIGINS,
                OwnershipWorkload.class,
                arguments(directory, "subreaper", each, orphans)));
    assertExact(result, each, orphans);
  }

  @Test
  @Tag("full")
  void controlThatTakesAllChildrenStealsStatuses(@TempDir Path directory) throws Exception {
    ChildJvm.Result result =
        run(ChildJvm.command(OwnershipWorkload.class, arguments(directory, "naive", 500, 2000)));
    assertThat(Integer.parseInt(result.value("wrongProcesses"))).isPositive();
  }

  @Test
  @Tag("full")
  void everyStatusIsKeptInAJvmWhoseFirstThreadRunsJava(@TempDir Path directory) throws Exception {
    Path home = Path.of(System.getProperty("java.home"));
    Path library = libjvm(home);
    String include = home.resolve("include").toString();
    Path embedder =
        CProgram.build(
            directory,
            "embedder",
            "-I" + include,
            "-I" + include + "/linux",
            "-L" + library,
            "-Wl,-rpath," + library,
            "-ljvm");
    List<String> command = new ArrayList<>();
    command.add(embedder.toString());
    command.add(System.getProperty("java.class.path"));
    command.add(OwnershipWorkload.class.getName());
    command.addAll(List.of(arguments(directory, "subreaper", 1000, 2000)));
    ChildJvm.Result result = run(command);
    assertThat(result.value("launcher")).isNotEqualTo("SUN_STANDARD");
    assertExact(result, 1000, 2000);
  }

  /** The JDK polls now and then, and only then notices that the earlier process is gone. */
  @Test
  void statusIsNotTakenWhereTheJdkStillPollsForAnEarlierProcessWithThatPid() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(PidNamespace.with(400, ""), List.of(), Map.of(), Successors.class);
    assertThat(result.exitedNormally().value("wrong")).isEqualTo("0");
    assertThat(Integer.parseInt(result.value("tried"))).isPositive();
  }

  static final class Successors {
    private static int tried;
    private static int wrong;

    public static void main(String[] arguments) throws Exception {
      long deadline = System.nanoTime() + LONG.toNanos();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test")) {
        while (tried < 5 && System.nanoTime() - deadline < 0) {
          tryOnce();
        }
        System.out.println(scope.end());
      }
      System.out.println("tried=" + tried);
      System.out.println("wrong=" + wrong);
    }

    private static void tryOnce() throws Exception {
      Process parent = new ProcessBuilder("sh", "-c", "sleep 1000 & echo $!; wait").start();
      int pid = Integer.parseInt(parent.inputReader().readLine());
      ProcessHandle earlier = ProcessHandle.of(pid).orElseThrow();
      long born = Objects.requireNonNull(KERNEL.procfs.stat(pid)).startTicks();
      assertThat(new ProcessBuilder("true").start().waitFor()).isZero(); // the JDK's thread is idle
      Await.until(() -> !JdkReapers.idle().isEmpty());
      CountDownLatch go = new CountDownLatch(1);
      FutureTask<Process> start =
          new FutureTask<>(
              () -> {
                go.await();
                return new ProcessBuilder("sh", "-c", "read line; exit 7").start();
              });
      Thread starter = new Thread(start);
      starter.start();
      var end = earlier.onExit();
      while (JdkReapers.polling(pid).isEmpty()) {
        Thread.onSpinWait(); // its first sleep takes 0.3 s, in which the rest must happen
      }
      // of two that were born in one tick the JDK cannot tell one from the other
      Await.until(() -> TIME.bootTicks() > born + 1);
      List<Thread> held = new ArrayList<>(); // with the thread that would be the next idle one
      held.add(Await.until(() -> JdkReapers.of(parent.pid()), Optional::isPresent).orElseThrow());
      held.addAll(JdkReapers.idle());
      holding(
          held,
          () -> {
            earlier.destroyForcibly();
            parent.waitFor();
            Files.writeString(Path.of("/proc/sys/kernel/ns_last_pid"), Integer.toString(pid - 1));
            go.countDown();
            starter.join();
            // until the JDK stops polling or the zombie is gone; the JDK can't collect it now
            boolean polled = start.get().pid() == pid && JdkReapers.polling(pid).isPresent();
            start.get().getOutputStream().close();
            if (polled) {
              tried++;
              Await.until(
                  () -> KERNEL.procfs.stat(pid) == null || JdkReapers.polling(pid).isEmpty());
            }
          });
      end.join();
      if (start.get().waitFor() != 7) {
        wrong++;
      }
    }

    /**
     * Holds the monitors of these threads: a thread of the JDK that gets work changes its name
     * first, which needs its monitor.
     */
    private static void holding(List<Thread> threads, BusyCores.Action action) throws Exception {
      if (threads.isEmpty()) {
        action.run();
        return;
      }
      synchronized (threads.get(0)) {
        holding(threads.subList(1, threads.size()), action);
      }
    }
  }

  /** The JDK could report only late: its threads are held, as if they got no CPU. */
  @Test
  void orphanIsCollectedBeforeTheJdkReportsItsEnd() throws Exception {
    ChildJvm.run(Orphan.class).exitedNormally();
  }

  static final class Orphan {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test")) {
        Process parent = new ProcessBuilder("sh", "-c", "sleep 1000 & echo $!").start();
        int pid = Integer.parseInt(parent.inputReader().readLine());
        assertThat(parent.waitFor()).isZero();
        Await.until(() -> !JdkReapers.idle().isEmpty());
        scope.awaitOrphan("sleep*");
        Successors.holding(
            JdkReapers.idle(),
            () -> {
              ProcessHandle.of(pid).orElseThrow().destroyForcibly();
              Await.until(() -> KERNEL.procfs.stat(pid) == null);
            });
      }
    }
  }

  /** Its thread has ended, and the JDK's thread for it gets no CPU. */
  @Test
  void childOfTheJdkIsNoOrphanThoughTheJdkHasNotRunSince() throws Exception {
    ChildJvm.run(Child.class).exitedNormally();
  }

  static final class Child {
    /**
     * After five seconds the library no longer waits for that thread, so a slow look is no look.
     */
    private static final long IN_TIME_TICKS = 4 * Procfs.TICKS_PER_SECOND;

    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate()) {
        boolean inTime = false;
        while (!inTime) {
          assertThat(new ProcessBuilder("true").start().waitFor()).isZero();
          Await.until(() -> !JdkReapers.idle().isEmpty());
          try (Supervisor scope = subreaper.open("test")) {
            inTime = isSeenInTime(scope);
          }
        }
      }
    }

    private static boolean isSeenInTime(Supervisor scope) throws Exception {
      FutureTask<Process> start = new FutureTask<>(new ProcessBuilder("cat")::start);
      Thread starter = new Thread(start);
      AtomicBoolean inTime = new AtomicBoolean();
      Successors.holding(
          JdkReapers.idle(),
          () -> {
            starter.start();
            starter.join();
            long left = TIME.bootTicks();
            Await.until(() -> scope.descendants().size() == 1 && TIME.bootTicks() > left + 50);
            List<Descendant> orphans = scope.orphans();
            inTime.set(TIME.bootTicks() - left < IN_TIME_TICKS);
            assertThat(inTime.get() ? orphans : List.of()).isEmpty();
          });
      start.get().getOutputStream().close();
      assertThat(start.get().waitFor()).isZero();
      return inTime.get();
    }
  }

  private static Path libjvm(Path home) throws Exception {
    try (Stream<Path> files = Files.walk(home.resolve("lib"))) {
      return files
          .filter(file -> file.endsWith(Path.of("server", "libjvm.so")))
          .map(file -> file.toAbsolutePath().getParent())
          .findFirst()
          .orElseThrow();
    }
  }

  private static String[] arguments(Path directory, String mode, int each, int orphans)
      throws Exception {
    return new String[] {
      mode,
      CProgram.build(directory, "flood").toString(),
      CProgram.build(directory, "exitwith").toString(),
      Integer.toString(each),
      Integer.toString(orphans)
    };
  }

  private static ChildJvm.Result run(List<String> command) throws Exception {
    return ChildJvm.run(command).exitedNormally();
  }

  private static void assertExact(ChildJvm.Result result, int each, int orphans) {
    assertThat(result.value("wrongProcesses")).as(result.output()).isEqualTo("0");
    assertThat(result.value("wrongOrphans")).as(result.output()).isEqualTo("0");
    assertThat(Integer.parseInt(result.value("processes")))
        .isEqualTo(Runtime.version().feature() >= 21 ? 2 * each : each);
    assertThat(Integer.parseInt(result.value("orphans"))).isEqualTo(orphans);
    assertThat(result.value("wrongLaunches")).isEqualTo("0");
  }
}
