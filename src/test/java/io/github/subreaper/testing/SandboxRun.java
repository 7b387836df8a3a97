package io.github.subreaper.testing;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.internal.linux.Procfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Exercises all promises once where system calls may be denied. Prints {@code refused=} with the
 * reason if the activation is refused, {@code wrong=} for each broken promise, and {@code kept=} at
 * the end. Takes a FIFO.
 */
public final class SandboxRun {
  private static final long BOUND_MILLIS = 60_000;

  private static final AtomicReference<String> STEP = new AtomicReference<>("activation");

  private SandboxRun() {}

  public static void main(String[] arguments) throws Exception {
    haltWhereItHangs();
    Subreaper subreaper;
    try {
      subreaper = Subreaper.activate();
    } catch (UnsupportedSystemException e) {
      System.out.println("refused=" + e.getMessage());
      return;
    }
    System.out.println("activated=" + Subreaper.capabilities());
    Supervisor scope =
        subreaper.open("sandbox", ScopeOptions.defaults().withGrace(Duration.ofMillis(100)));
    daemonTellsItsStatus(scope, Path.of(arguments[0]));
    processesTellTheirs();
    STEP.set("leak");
    new ProcessBuilder("sh", "-c", "sleep 1000 & exit 0").start().waitFor();
    scope.launch("sh", "-c", "trap '' TERM; while :; do sleep 1000; done");
    check(scope.leaks().size() == 1, "leaks: " + scope.leaks());
    STEP.set("close");
    check(scope.end().survivors().isEmpty(), "survivors");
    subreaper.close();
    STEP.set("afterwards");
    for (int tid : Procfs.threads(Procfs.SELF)) {
      int[] children = Procfs.children(Procfs.SELF, tid);
      check(children == null || children.length == 0, "left: " + Arrays.toString(children));
    }
    System.out.println("kept=all");
  }

  private static void haltWhereItHangs() {
    Thread main = Thread.currentThread();
    Thread watch =
        new Thread(
            () -> {
              try {
                main.join(BOUND_MILLIS);
              } catch (InterruptedException e) {
                return;
              }
              if (main.isAlive()) {
                System.out.println("wrong=hangs in: " + STEP);
                Arrays.stream(main.getStackTrace()).forEach(System.out::println);
                Runtime.getRuntime().halt(3);
              }
            });
    watch.setDaemon(true);
    watch.start();
  }

  private static void check(boolean right, String what) {
    if (!right) {
      System.out.println("wrong=" + what);
    }
  }

  private static void daemonTellsItsStatus(Supervisor scope, Path fifo) throws Exception {
    STEP.set("daemon");
    scope.launch("sh", "-c", "(read -r line <" + fifo + "; exit 7) & exit 0").awaitExit();
    Descendant daemon = scope.awaitOrphan("sh");
    Files.writeString(fifo, "go\n");
    ExitStatus status = daemon.awaitExit();
    check(status.equals(ExitStatus.exited(7)), "the daemon's status: " + status);
  }

  private static void processesTellTheirs() throws Exception {
    STEP.set("processes");
    for (int i = 0; i < 20; i++) {
      int code = new ProcessBuilder("sh", "-c", "exit " + i).start().waitFor();
      check(code == i, "the status of a Process: " + code + " for " + i);
    }
  }
}
