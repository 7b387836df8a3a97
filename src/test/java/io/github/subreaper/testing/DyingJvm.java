package io.github.subreaper.testing;

import static io.github.subreaper.testing.Linux.KERNEL;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.Recording;

/**
 * Starts programs and dies. Takes how to die, and the programs to launch, each after a {@code --},
 * {@code --traced} or {@code --usr1}, for a stop signal; waits for every launcher; prints {@code
 * session=} and {@code ready=}.
 */
public final class DyingJvm {
  private DyingJvm() {}

  public static void main(String[] arguments) throws Exception {
    Subreaper subreaper = Subreaper.activate();
    System.out.println("pid=" + ProcessHandle.current().pid());
    System.out.println("session=" + KERNEL.fileLocks.get(Procfs.SELF));
    ScopeOptions endless =
        ScopeOptions.defaults()
            .withAwait(Duration.ofMinutes(4))
            .withGrace(Duration.ofMinutes(10))
            .withSettle(Duration.ZERO);
    Supervisor supervisor = subreaper.open("dying", endless);
    for (Program program : programs(arguments)) {
      ExitStatus status = supervisor.launch(program).awaitExit();
      if (!status.equals(ExitStatus.exited(0))) {
        throw new IllegalStateException(program + ": " + status);
      }
    }
    new ProcessBuilder("sleep", "1000").start();
    System.out.println("ready=" + supervisor.tree().size());
    String how = arguments[0];
    switch (how.split(":", 2)[0]) {
      case "wait" -> await();
      case "halt" -> Runtime.getRuntime().halt(7);
      case "exit" -> System.exit(7); // its hook waits for processes that ignore SIGTERM
      case "segv" -> new Pointer(8).setInt(0, 1);
      case "oom" -> fill();
      case "launch" -> launchForEver(supervisor);
      case "close" -> haltWhereTheGuardianEnds(subreaper);
      case "fork" -> fork(how.split(":", 2)[1]);
      case "record" -> record();
      default -> throw new IllegalArgumentException(how);
    }
  }

  private static List<Program> programs(String[] arguments) {
    List<Program> programs = new ArrayList<>();
    int end = arguments.length;
    for (int i = end - 1; i > 0; i--) {
      if (Set.of("--", "--traced", "--usr1").contains(arguments[i])) {
        Program program = Program.of(List.of(arguments).subList(i + 1, end));
        programs.add(
            0,
            switch (arguments[i]) {
              case "--traced" -> program.traced();
              case "--usr1" -> program.withStopSignal(Signal.USR1);
              default -> program;
            });
        end = i;
      }
    }
    return programs;
  }

  private static void await() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  /** Halts in the middle of the close, when the guardian is no longer needed for it. */
  private static void haltWhereTheGuardianEnds(Subreaper subreaper) {
    Pidfd guardian = KERNEL.pidfd(Doomed.guardianOf((int) ProcessHandle.current().pid()));
    Thread halting =
        new Thread(
            () -> {
              while (!guardian.hasEnded()) {
                Thread.onSpinWait();
              }
              Runtime.getRuntime().halt(7);
            });
    halting.start();
    subreaper.close();
  }

  private static void fill() {
    List<long[]> heap = new ArrayList<>();
    while (heap.size() < Integer.MAX_VALUE) {
      heap.add(new long[1 << 20]);
    }
  }

  private static void launchForEver(Supervisor supervisor) {
    for (int i = 0; i < 2; i++) {
      new Thread(
              () -> {
                while (true) {
                  supervisor.launch("sh", "-c", "setsid sleep 1000 & exit 0");
                  System.out.println("launched");
                }
              })
          .start();
    }
  }

  private static void record() throws Exception {
    try (Recording recording = new Recording()) {
      recording.setToDisk(false);
      recording.start();
      Path file = Files.createTempFile("recording", ".jfr");
      recording.dump(file); // the recorder creates its directory for this
      Files.delete(file);
      System.out.println("recording");
      await();
    }
  }

  private static void fork(String library) throws InterruptedException {
    NativeLibrary forks = NativeLibrary.getInstance(library);
    System.out.println("forked=" + forks.getFunction("fork_only").invokeInt(new Object[0]));
    System.out.println("execed=" + forks.getFunction("fork_and_exec").invokeInt(new Object[0]));
    await();
  }
}
