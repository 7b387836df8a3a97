package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.ChildJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A pid that is used again is another process. */
class IdentityTest {
  private static final String SMALL = "echo 400 > /proc/sys/kernel/pid_max && exec \"$@\"";

  @Test
  void reusedPidIsAnotherRecord() throws Exception {
    List<String> command =
        new ArrayList<>(List.of("unshare", "-Urpf", "--mount-proc", "sh", "-c", SMALL, "small"));
    List<String> probe = new ArrayList<>(command);
    probe.add("true");
    boolean allowed;
    try {
      allowed = ChildJvm.run(probe).exitCode() == 0;
    } catch (java.io.IOException e) {
      allowed = false;
    }
    assumeTrue(allowed, "a pid namespace with a pid_max of its own needs Linux 6.14 and unshare");
    command.addAll(ChildJvm.command(SmallNamespace.class));
    ChildJvm.Result result = ChildJvm.run(command).exitedNormally();
    assertThat(Integer.parseInt(result.value("reused"))).isPositive();
    assertThat(result.value("wrong")).isEqualTo("0");
    assertThat(result.value("orphans")).isEqualTo("1000");
    // the launched ones, and the dying middles that were seen
    assertThat(Integer.parseInt(result.value("others"))).isGreaterThanOrEqualTo(1000);
  }

  static final class SmallNamespace {
    public static void main(String[] arguments) {
      Map<Long, Integer> pids = new HashMap<>();
      int wrong = 0;
      ScopeOptions patient = ScopeOptions.defaults().withAwait(Duration.ofSeconds(60));
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", patient)) {
        for (int i = 0; i < 1000; i++) {
          int code = i % 200;
          Launch launch = supervisor.launch("sh", "-c", "(sh -c 'exit " + code + "' &); exit 201");
          launch.awaitExit();
          Descendant orphan = launch.awaitOrphan();
          if (!orphan.awaitExit().equals(ExitStatus.exited(code))
              || !launch.awaitExit().equals(ExitStatus.exited(201))) {
            wrong++;
          }
        }
        List<Descendant> all = supervisor.descendants();
        all.forEach(one -> pids.merge(one.pid(), 1, Integer::sum));
        long launched = all.stream().filter(one -> one.name().equals("sh")).count();
        System.out.println("orphans=" + supervisor.orphans().size());
        System.out.println("others=" + (launched - supervisor.orphans().size()));
      }
      System.out.println("reused=" + pids.values().stream().filter(count -> count > 1).count());
      System.out.println("wrong=" + wrong);
    }
  }
}
