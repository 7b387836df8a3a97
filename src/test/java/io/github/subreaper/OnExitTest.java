package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTERM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.JdkReapers;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code ProcessHandle.onExit()} of descendants completes as soon with this library as without it.
 */
@Tag("full")
class OnExitTest {
  /**
   * Well below the 60 s that an idle thread of the JDK lives, so this is clear even on a busy
   * machine.
   */
  private static final long MOST_MILLIS_MORE = 20_000;

  private enum Way {
    PARENTS_FIRST,
    CHILDREN_FIRST,
    DESTROY_ALL_DESCENDANTS,
    KILL_ALL_DESCENDANTS
  }

  @TempDir private Path directory;

  @Test
  void onExitOfDescendantsCompletesAsSoonAsWithoutTheLibrary(TestReporter reporter)
      throws Exception {
    // below a program that reaps at once, which not every init does
    try (Doomed without = Doomed.start(directory, ChildJvm.command(Killing.class, "without"));
        Doomed with =
            Doomed.start(directory, ChildJvm.command(ChildJvm.ORIGINS, Killing.class, "with"))) {
      for (Way way : Way.values()) {
        long millisWithout = millis(without, way);
        long millisWith = millis(with, way);
        reporter.publishEntry(way + ", ms without and with", millisWithout + ", " + millisWith);
        assertThat(millisWith).as("%s", way).isLessThan(millisWithout + MOST_MILLIS_MORE);
      }
      assertThat(without.awaitEnd()).as(without.output()).isZero();
      assertThat(with.awaitEnd()).as(with.output()).isZero();
    }
  }

  private static long millis(Doomed jvm, Way way) {
    return Long.parseLong(jvm.value(way + "=(\\d+)"));
  }

  static final class Killing {
    public static void main(String[] arguments) throws Exception {
      if (arguments[0].equals("without")) {
        killEachWay();
        return;
      }
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test")) {
        killEachWay();
        assertThat(scope.orphans()).isNotEmpty().allMatch(one -> one.exitStatus().isPresent());
      }
    }

    private static void killEachWay() throws Exception {
      for (Way way : Way.values()) {
        List<Process> parents = new ArrayList<>();
        List<ProcessHandle> all = start(parents);
        switch (way) {
          case PARENTS_FIRST -> {}
          case CHILDREN_FIRST -> Collections.reverse(all);
          case DESTROY_ALL_DESCENDANTS, KILL_ALL_DESCENDANTS ->
              all = ProcessHandle.current().descendants().toList(); // with the guardian
        }
        var ends = all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        all.forEach(Killing::awaitWatched);
        long began = System.nanoTime();
        boolean gently = way == Way.DESTROY_ALL_DESCENDANTS;
        all.forEach(gently ? ProcessHandle::destroy : ProcessHandle::destroyForcibly);
        CompletableFuture.allOf(ends).join();
        System.out.println(way + "=" + (System.nanoTime() - began) / 1_000_000);
        for (Process parent : parents) {
          assertThat(parent.waitFor())
              .as("exit status of the parent")
              .isEqualTo(128 + (gently ? SIGTERM : SIGKILL));
        }
      }
    }

    /**
     * Starts three processes with two children each, in its own session and group; returns each
     * parent before its children.
     */
    private static List<ProcessHandle> start(List<Process> parents) throws Exception {
      List<ProcessHandle> all = new ArrayList<>();
      String twice = "sleep 1000 >/dev/null & echo $!; ";
      for (int i = 0; i < 3; i++) {
        Process parent =
            new ProcessBuilder("sh", "-c", twice + twice + "exec sleep 1000 >/dev/null").start();
        parents.add(parent);
        all.add(parent.toHandle());
        try (BufferedReader children =
            new BufferedReader(new InputStreamReader(parent.getInputStream(), UTF_8))) {
          for (String line = children.readLine(); line != null; line = children.readLine()) {
            all.add(ProcessHandle.of(Long.parseLong(line)).orElseThrow());
          }
        }
      }
      return all;
    }

    /**
     * Returns once a thread of the JDK waits for a child, or polls for a process that is no child.
     */
    private static void awaitWatched(ProcessHandle process) {
      boolean child = process.parent().equals(Optional.of(ProcessHandle.current()));
      Await.until(
          () -> child ? JdkReapers.of(process.pid()) : JdkReapers.polling(process.pid()),
          Optional::isPresent);
    }
  }
}
