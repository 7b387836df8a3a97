package io.github.subreaper.testing;

import static io.github.subreaper.testing.Linux.KERNEL;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Starts processes of the JDK from threads that end at once, beside orphans and launches, and
 * counts wrong statuses: with this library, or with a reaper that takes all children of the first
 * thread.
 */
public final class OwnershipWorkload {
  private OwnershipWorkload() {}

  /**
   * Takes the mode, the programs {@code flood} and {@code exitwith}, the number of processes for
   * each kind of thread, and the number of orphans.
   */
  public static void main(String[] arguments) throws Exception {
    String flood = arguments[1];
    String exit = arguments[2];
    int each = Integer.parseInt(arguments[3]);
    int orphans = Integer.parseInt(arguments[4]);
    System.out.println("launcher=" + System.getProperty("sun.java.launcher"));
    if (arguments[0].equals("naive")) {
      KERNEL.subreaper.set(true);
      startNaiveReaper();
      Process flooding = new ProcessBuilder(flood, Integer.toString(orphans)).start();
      runProcesses(exit, each); // the naive reaper takes many of these statuses
      flooding.waitFor();
    } else {
      runSupervised(flood, exit, each, orphans);
    }
    System.exit(0);
  }

  private static void runSupervised(String flood, String exit, int each, int orphans)
      throws Exception {
    ScopeOptions patient = ScopeOptions.defaults().withAwait(Duration.ofMinutes(5));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("workload", patient)) {
      Launch launched = supervisor.launch(flood, Integer.toString(orphans / 2));
      // the other half comes from a process of the JDK, so no launch's tag sets them apart
      Process ambient = new ProcessBuilder(flood, Integer.toString(orphans / 2)).start();
      AtomicInteger wrongLaunches = new AtomicInteger();
      Thread launches =
          new Thread(
              () -> {
                for (int i = 0; i < Math.min(200, each / 2); i++) {
                  int code = i % 256;
                  if (!supervisor
                      .launch(exit, Integer.toString(code))
                      .awaitExit()
                      .equals(ExitStatus.exited(code))) {
                    wrongLaunches.incrementAndGet();
                  }
                }
              });
      launches.start();
      runProcesses(exit, each);
      launches.join();
      ambient.waitFor();
      launched.awaitExit();
      System.out.println("wrongLaunches=" + wrongLaunches);
      long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
      List<Integer> codes = codes(supervisor);
      while (codes.size() < orphans && System.nanoTime() < deadline) {
        codes = codes(supervisor);
      }
      int[] counts = new int[256];
      codes.forEach(code -> counts[code]++);
      int wrong = 0;
      for (int code = 0; code < 256; code++) {
        int half = orphans / 2;
        int expected = code < 128 ? 2 * (half / 128 + (code < half % 128 ? 1 : 0)) : 0;
        wrong += Math.abs(counts[code] - expected);
      }
      System.out.println("orphans=" + codes.size());
      System.out.println("wrongOrphans=" + wrong);
    }
  }

  private static List<Integer> codes(Supervisor supervisor) {
    List<Integer> codes = new ArrayList<>();
    supervisor
        .orphans()
        .forEach(
            orphan -> {
              ExitStatus status = orphan.exitStatus().orElse(null);
              if (status instanceof ExitStatus.Exited exited) {
                codes.add(exited.code());
              } else if (status != null) {
                codes.add(255);
              }
            });
    return codes;
  }

  private static void runProcesses(String exit, int each) throws Exception {
    AtomicInteger wrong = new AtomicInteger();
    int total = run(exit, Thread::new, each, wrong);
    if (Runtime.version().feature() >= 21) {
      total += run(exit, VirtualThreads::unstarted, each, wrong);
    }
    System.out.println("processes=" + total);
    System.out.println("wrongProcesses=" + wrong);
  }

  private static int run(
      String exit, Function<Runnable, Thread> threads, int each, AtomicInteger wrong)
      throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<?>> parts = new ArrayList<>();
    for (int part = 0; part < 4; part++) {
      int offset = part;
      Callable<@Nullable Void> work =
          () -> {
            for (int i = 0; i < each / 4; i++) {
              int code = 1 + (i * 7 + offset) % 254;
              if (spawn(threads, exit, code).waitFor() != code) {
                wrong.incrementAndGet();
              }
            }
            return null;
          };
      parts.add(pool.submit(work));
    }
    for (Future<?> part : parts) {
      part.get();
    }
    pool.shutdown();
    return each;
  }

  private static Process spawn(Function<Runnable, Thread> threads, String exit, int code)
      throws Exception {
    List<Process> started = new ArrayList<>();
    Thread thread =
        threads.apply(
            () -> {
              try {
                started.add(new ProcessBuilder(exit, Integer.toString(code)).start());
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    thread.start();
    thread.join();
    return started.get(0);
  }

  private static void startNaiveReaper() {
    int self = (int) ProcessHandle.current().pid();
    Thread reaper =
        new Thread(
            () -> {
              Wait wait = KERNEL.waits();
              while (true) {
                int[] children = KERNEL.procfs.children(Procfs.SELF, self);
                for (int pid : children == null ? new int[0] : children) {
                  wait.collect(pid);
                }
              }
            });
    reaper.setDaemon(true);
    reaper.start();
  }
}
