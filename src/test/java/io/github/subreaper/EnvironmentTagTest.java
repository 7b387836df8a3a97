package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.ChildJvm;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the environment carries the tag, a process shows none in the middle of an exec. */
@Timeout(180)
class EnvironmentTagTest {
  private static final int DAEMONS = 100;

  /** Looks at daemons from before they exec. */
  static final class Daemons {
    private Daemons() {}

    public static void main(String[] arguments) {
      int found = 0;
      try (Subreaper subreaper = Subreaper.activate()) {
        for (int i = 0; i < DAEMONS; i++) {
          ScopeOptions options = ScopeOptions.defaults().withGrace(Duration.ofMillis(1));
          try (Supervisor scope = subreaper.open("daemon " + i, options)) {
            Launch launch = scope.launch("setsid", "-f", "sh", "-c", "sleep 1000; exit 7");
            while (scope.orphans().isEmpty()) {
              Thread.onSpinWait();
            }
            found += launch.orphans().size();
          }
        }
      }
      System.out.println("found=" + found);
    }
  }

  @Test
  void eachDaemonBelongsToItsLaunch() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of("prlimit", "--locks=1000:1000"), List.of(), Map.of(), Daemons.class);
    result.exitedNormally();
    assertThat(result.value("found")).isEqualTo(Integer.toString(DAEMONS));
  }
}
