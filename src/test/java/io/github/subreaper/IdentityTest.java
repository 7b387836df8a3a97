package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.PidNamespace;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A reused pid is another process. */
@Tag("full")
class IdentityTest {
  @Test
  void reusedPidIsAnotherRecord() throws Exception {
    List<String> command = PidNamespace.with(400, "");
    command.addAll(ChildJvm.command(ChildJvm.ORIGINS, SmallNamespace.class));
    ChildJvm.Result result = ChildJvm.run(command).exitedNormally();
    assertThat(Integer.parseInt(result.value("reused"))).isPositive();
    assertThat(result.value("wrong")).isEqualTo("0");
    assertThat(result.value("orphans")).isEqualTo("1000");
    // the launched processes, and those dying middles that a scan saw
    assertThat(Integer.parseInt(result.value("others"))).isGreaterThanOrEqualTo(1000);
  }

  static final class SmallNamespace {
    public static void main(String[] arguments) {
      Map<Long, Integer> pids = new HashMap<>();
      int wrong = 0;
      ScopeOptions patient = ScopeOptions.defaults().withAwait(Await.LONG);
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
