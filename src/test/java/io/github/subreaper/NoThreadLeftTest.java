package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.ResourceLimits;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Hostile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The JVM's user has no process slot left (RLIMIT_NPROC), so no thread can be started either. */
@Tag("full")
@Timeout(300)
class NoThreadLeftTest {
  @TempDir private Path directory;

  /** Tries to activate and to launch, with and without a free slot. */
  static final class Confined {
    public static void main(String[] arguments) {
      int self = (int) ProcessHandle.current().pid();
      ResourceLimits.Pair before =
          Objects.requireNonNull(KERNEL.limits().all(Procfs.SELF).get("Max processes"));
      Runnable confine = () -> KERNEL.limits().set(self, "nproc", 1, before.hard());
      Runnable release = () -> KERNEL.limits().set(self, "nproc", before.soft(), before.hard());
      Subreaper.capabilities(); // loads the classes that an activation needs
      confine.run();
      System.out.println("activation=" + failure(Subreaper::activate));
      release.run();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("confined")) {
        Program program = Program.of("true");
        confine.run();
        System.out.println("first=" + failure(() -> scope.launch(program)));
        release.run();
        System.out.println("then=" + scope.launch(program).awaitExit());
        confine.run();
        System.out.println("process=" + failure(() -> scope.launch(program)));
        System.out.println("socket=" + failure(() -> scope.launch(program.withNotifySocket())));
        release.run();
        System.out.println("last=" + scope.launch(program.withNotifySocket()).awaitExit());
      }
    }

    private static String failure(Supplier<?> action) {
      try {
        return "none: " + action.get();
      } catch (RuntimeException | Error e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
      }
    }
  }

  @Test
  void launchFailsWithALaunchExceptionAndTheNextOneWorks() throws Exception {
    Hostile user = Hostile.build(directory);
    List<String> options = new ArrayList<>(user.classPathIn(directory));
    options.addAll(ChildJvm.ORIGINS);
    ChildJvm.Result result = ChildJvm.run(user.asItsUser(), options, Map.of(), Confined.class);
    result.exitedNormally();
    for (String refused : List.of("first", "socket")) {
      assertThat(result.value(refused))
          .startsWith("LaunchException: ")
          .contains("no thread is left");
    }
    assertThat(result.value("process")).startsWith("LaunchException: ").contains("RLIMIT_NPROC");
    assertThat(result.value("activation"))
        .startsWith("IllegalStateException: ")
        .contains("no thread is left", "To fix: ");
    assertThat(List.of(result.value("then"), result.value("last"))).containsOnly("exited 0");
  }
}
