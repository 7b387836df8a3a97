package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Native code of the JVM forks and waits for its own children, beside a flood of orphans. */
class NativeForksTest {
  private static final ScopeOptions PATIENT = ScopeOptions.defaults().withAwait(Await.LONG);
  private static final int ORPHANS = 2000;
  private static final int FORKS = 400;

  private static final ExitStatus KILLED = ExitStatus.signaled(Signal.KILL);

  @TempDir private Path directory;

  @Test
  @Tag("full")
  void libraryThatWaitsForItsChildrenGetsEveryStatus() throws Exception {
    ChildJvm.Result result = run("library");
    assertThat(result.value("wrong")).as(result.output()).isEqualTo("0");
    assertThat(result.value("orphans")).isEqualTo("" + ORPHANS);
  }

  @Test
  void libraryGetsTheStatusOfAChildWhoseThreadHasEnded() throws Exception {
    assertThat(run("threads").value("statuses")).isEqualTo("[137, 137]");
  }

  @Test
  @Tag("full")
  void controlThatReapsAllChildrenOfTheJvmTakesStatusesFromIt() throws Exception {
    assertThat(Integer.parseInt(run("naive").value("wrong"))).isPositive();
  }

  @Test
  void statusStolenByALibraryIsUnknownWithTheReason() throws Exception {
    assertThat(run("thief").value("status"))
        .isEqualTo("ended, status unknown: reaped by this JVM's own waits");
  }

  @Test
  void guardianCollectedByALibraryIsReplaced() throws Exception {
    assertThat(run("guardian").value("stolen")).isEqualTo("1");
  }

  private ChildJvm.Result run(String mode) throws Exception {
    Path library = CProgram.build(directory, "nativeforks", "-shared", "-fPIC");
    Path flood = CProgram.build(directory, "flood");
    return ChildJvm.run(Workload.class, mode, library.toString(), flood.toString())
        .exitedNormally();
  }

  static final class Workload {
    public static void main(String[] arguments) throws Exception {
      NativeLibrary library = NativeLibrary.getInstance(arguments[1]);
      switch (arguments[0]) {
        case "naive" -> naive(library.getFunction("run"));
        case "thief" -> thief(library.getFunction("steal"));
        case "guardian" -> guardian(library.getFunction("steal"));
        case "threads" -> threads(library.getFunction("start"), library.getFunction("await"));
        default -> supervised(library.getFunction("run"), arguments[2]);
      }
      System.exit(0);
    }

    private static void supervised(Function run, String flood) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        Launch launch = scope.launch(flood, "" + ORPHANS);
        System.out.println("wrong=" + wrongOf(run));
        launch.awaitExit();
        Await.until(() -> launch.orphans().size(), size -> size == ORPHANS);
        System.out.println("orphans=" + launch.orphans().size());
        assertThat(subreaper.foreign()).isEmpty();
      }
    }

    /**
     * The child is seen while its thread lives, is killed when that has ended, and is a zombie for
     * a while.
     */
    private static void threads(Function start, Function await) throws Exception {
      List<Integer> statuses = new ArrayList<>();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        for (int i = 0; i < 2; i++) {
          AtomicInteger child = new AtomicInteger();
          Thread thread =
              new Thread(
                  () -> {
                    child.set(start.invokeInt(new Object[0]));
                    Await.until(() -> known(scope, child.get()));
                  });
          thread.start();
          thread.join();
          int pid = child.get();
          assertThat(KERNEL.kill.send(pid, SIGKILL)).isZero();
          Launch other = scope.launch("sleep", "0.5"); // meanwhile the reaping thread decides
          other.awaitExit();
          statuses.add(await.invokeInt(new Object[] {pid}));
        }
      }
      System.out.println("statuses=" + statuses);
    }

    private static boolean known(Supervisor scope, int pid) {
      return scope.descendants().stream().anyMatch(process -> process.pid() == pid);
    }

    private static void naive(Function run) throws Exception {
      KERNEL.subreaper.set(true);
      AtomicBoolean over = new AtomicBoolean();
      Thread reaper =
          new Thread(
              () -> {
                Wait wait = KERNEL.waits();
                while (!over.get()) {
                  for (int tid : KERNEL.procfs.threads(Procfs.SELF)) {
                    int[] children = KERNEL.procfs.children(Procfs.SELF, tid);
                    for (int pid : children == null ? new int[0] : children) {
                      wait.collect(pid);
                    }
                  }
                }
              });
      reaper.start();
      System.out.println("wrong=" + wrongOf(run));
      over.set(true);
      reaper.join();
    }

    /** Counts wrong statuses: four calls at once, each in a thread that ends with its child. */
    private static int wrongOf(Function run) throws Exception {
      AtomicInteger wrong = new AtomicInteger();
      for (int i = 0; i < FORKS; i += 4) {
        List<Thread> threads = new ArrayList<>();
        for (int code = i; code < i + 4; code++) {
          int expected = code % 256;
          Thread thread =
              new Thread(
                  () -> {
                    if (run.invokeInt(new Object[] {expected}) != expected) {
                      wrong.incrementAndGet();
                    }
                  });
          thread.start();
          threads.add(thread);
        }
        for (Thread thread : threads) {
          thread.join();
        }
      }
      return wrong.get();
    }

    /** Repeats until the library collects a child before the reaper does. */
    private static void guardian(Function steal) throws Exception {
      int self = (int) ProcessHandle.current().pid();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        int stolen = 0;
        Set<Integer> guardians = new HashSet<>();
        while (stolen == 0) {
          int present = Doomed.guardianOf(self);
          guardians.add(present);
          assertThat(KERNEL.kill.send(present, SIGKILL)).isZero();
          while (stolen == 0 && KERNEL.procfs.stat(present) != null) {
            stolen = steal.invokeInt(new Object[0]);
          }
          Await.until(
              () -> {
                scope.launch("true").awaitExit();
                return Doomed.guardianOf(self);
              },
              found -> found != 0 && found != present);
        }
        String report = scope.end().toString();
        assertThat(guardians) // but for one that was killed before it was ready
            .anyMatch(guardian -> report.contains("the guardian (" + guardian + ") "));
        System.out.println("stolen=" + stolen);
      }
    }

    private static void thief(Function steal) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        ExitStatus status = KILLED;
        while (status.equals(KILLED)) { // the reaper was faster
          Launch launch = scope.launch("sleep", "1000");
          AtomicBoolean over = new AtomicBoolean();
          Thread thief =
              new Thread(
                  () -> {
                    while (!over.get()) {
                      steal.invokeInt(new Object[0]);
                    }
                  });
          thief.start();
          launch.signal(Signal.KILL);
          status = launch.awaitExit();
          over.set(true);
          thief.join();
        }
        System.out.println("status=" + status);
      }
    }
  }
}
