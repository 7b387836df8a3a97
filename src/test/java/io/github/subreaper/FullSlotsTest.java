package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Hostile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A fork bomb of the JVM's own user: no thread and no process can be started any more, and the bomb
 * still ends.
 */
@Tag("full")
class FullSlotsTest {

  /** Process slots for a JVM and the bomb. */
  private static final int SLOTS = 120;

  @TempDir private Path directory;

  /** Starts a fork bomb that takes all process slots of its user, and ends it. */
  static final class Bombed {
    private Bombed() {}

    /** Takes how to start the bomb, where its output goes, and the command. */
    public static void main(String[] arguments) throws Exception {
      ScopeOptions options =
          ScopeOptions.defaults()
              .withSettle(Duration.ZERO)
              .withGrace(Duration.ofMillis(300))
              .withKill(LONG);
      Path output = Path.of(arguments[1]);
      List<String> command = List.of(arguments).subList(2, arguments.length);
      try (Subreaper subreaper = Subreaper.activate()) {
        Supervisor scope = subreaper.open("full", options);
        if (arguments[0].equals("launched")) {
          Launch launch = scope.launch(command.toArray(String[]::new));
          await(() -> launch.stdout().contains("ready"));
        } else {
          new ProcessBuilder(command).redirectOutput(output.toFile()).start();
          await(() -> Files.size(output) > 0);
        }
        await(Bombed::isFull);
        ScopeReport report = scope.end();
        System.out.println("survivors=" + report.survivors().size());
        System.out.println("ended=" + report.ended().size());
        System.out.println(
            "unknown="
                + report.ended().stream().filter(process -> process.ending().isEmpty()).count());
        List<Descendant> others = new ArrayList<>(scope.descendants());
        others.removeAll(report.ended());
        System.out.println("others=" + others);
      }
    }

    /** Waits on the calling thread, since no other can be started. */
    private static void await(Callable<Boolean> condition) throws Exception {
      long deadline = System.nanoTime() + LONG.toNanos();
      while (!condition.call()) {
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
    }

    private static boolean isFull() throws InterruptedException {
      try {
        Thread thread = new Thread(() -> {});
        thread.start();
        thread.join();
        return false;
      } catch (OutOfMemoryError e) {
        return true;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"launched", "ambient"})
  void forkBombThatLeavesNoSlotForAThreadEnds(String how) throws Exception {
    Hostile hostile = Hostile.build(directory);
    List<String> wrapper = new ArrayList<>(hostile.asItsUser());
    int slots = SLOTS + (Hostile.isRoot() ? 0 : Hostile.ownThreads());
    wrapper.addAll(List.of("prlimit", "--nproc=" + slots));
    List<String> options = new ArrayList<>(ChildJvm.ORIGINS);
    options.addAll(hostile.classPathIn(directory));
    Path output = Files.createTempFile("bomb", ".out");
    try {
      assertThat(new ProcessBuilder("chmod", "666", output.toString()).start().waitFor()).isZero();
      List<String> arguments = new ArrayList<>(List.of(how, output.toString()));
      arguments.addAll(List.of(hostile.unconfined("bomb", Integer.toString(SLOTS))));
      ChildJvm.Result jvm =
          ChildJvm.run(wrapper, options, Map.of(), Bombed.class, arguments.toArray(String[]::new));
      assertThat(hostile.isHeld()).as("a process of it is alive").isFalse();
      jvm.exitedNormally();
      assertThat(jvm.value("survivors")).isEqualTo("0");
      assertThat(Integer.parseInt(jvm.value("ended"))).isGreaterThan(60);
      assertThat(jvm.value("unknown")).isEqualTo("0");
      assertThat(jvm.value("others")).isEqualTo("[]");
    } finally {
      Files.delete(output);
    }
  }
}
