package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.ChildJvm;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** More processes that their own parents collect than descriptors to watch them with. */
class WatchedTest {
  private static final int DESCRIPTORS = 300;
  private static final int WORKERS = 200;
  private static final int UNWATCHED = WORKERS - DESCRIPTORS / 2;
  private static final int FEW = 10;

  @Test
  void statusOfAProcessThatCouldNotBeWatchedIsUnknownWithTheReason() throws Exception {
    List<String> few = List.of("sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "sh");
    ChildJvm.run(few, List.of(), Map.of(), Workers.class).exitedNormally();
  }

  static final class Workers {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Set<ExitStatus> KILLED = Set.of(ExitStatus.signaled(Signal.KILL));
    private static final String SCRIPT =
        "i=0; while [ $i -lt " + WORKERS + " ]; do sleep 1000 & i=$((i+1)); done; wait";

    public static void main(String[] arguments) {
      ScopeOptions patient = ScopeOptions.defaults().withAwait(LONG);
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", patient)) {
        Launch launch = scope.launch("sh", "-c", SCRIPT);
        launch.tree().awaitUntil(tree -> tree.find("sleep").size() == WORKERS, LONG);
        List<Descendant> workers =
            scope.descendants().stream().filter(one -> one.name().equals("sleep")).toList();

        assertThat(kill(workers.subList(WORKERS - FEW, WORKERS)))
            .containsOnly(new ExitStatus.Unknown(reason(launch.pid())));
        Set<ExitStatus> told = kill(workers.subList(0, UNWATCHED));
        if (told.equals(KILLED)) { // Linux 6.15
          assertThat(launch.tree().size()).as("seen by a scan").isGreaterThan(FEW);
          assertThat(kill(workers.subList(UNWATCHED, WORKERS - FEW)))
              .as("descriptors that became free are used")
              .isEqualTo(KILLED);
        }
      }
      System.exit(0);
    }

    private static Set<ExitStatus> kill(List<Descendant> workers) {
      workers.forEach(worker -> worker.signal(Signal.KILL));
      return workers.stream().map(Descendant::awaitExit).collect(Collectors.toSet());
    }

    private static String reason(long parent) {
      return String.format(
          "reaped by its parent, pid %d; it was not watched, by which a status is known from Linux"
              + " 6.15 on: more than %d processes were watched at once, half of this JVM's descriptor"
              + " limit (RLIMIT_NOFILE %d)",
          parent, DESCRIPTORS / 2, DESCRIPTORS);
    }
  }
}
