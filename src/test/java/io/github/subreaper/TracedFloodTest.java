package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ProcessEvent.Exited;
import io.github.subreaper.ProcessEvent.Forked;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** 20,000 double forks of a traced launch: the middle processes, too. */
@Tag("full")
class TracedFloodTest extends ScopeFixture {
  private static final int ORPHANS = 20_000;

  @Test
  void eachBirthAndEndOfAFloodIsReportedWithItsParentAndStatus() throws Exception {
    Path flood = CProgram.build(directory, "flood");
    Launch launch = scope.launch(Program.of(flood.toString(), Integer.toString(ORPHANS)).traced());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Await.until(() -> launch.orphans().size(), size -> size >= ORPHANS);
    scope.end();

    int[] codes = new int[128];
    Map<Descendant, Integer> children = new HashMap<>();
    Map<Descendant, Descendant> parents = new HashMap<>();
    int ends = 0;
    for (ProcessEvent event : launch.journal().events()) {
      if (event instanceof Forked fork) {
        assertThat(parents.put(fork.child(), fork.process())).isNull();
        children.merge(fork.process(), 1, Integer::sum);
      } else if (event instanceof Exited exited) {
        ends++;
        assertThat(exited.status()).isInstanceOf(ExitStatus.Exited.class);
        boolean middle = launch.process().equals(parents.get(event.process()));
        if (exited.status() instanceof ExitStatus.Exited status && !middle) {
          codes[status.code()]++;
        } else {
          assertThat(exited.status()).isEqualTo(ExitStatus.exited(0));
        }
      }
    }
    assertThat(children.get(launch.process())).isEqualTo(ORPHANS);
    assertThat(parents.size()).isEqualTo(2 * ORPHANS);
    assertThat(ends).isEqualTo(2 * ORPHANS + 1);
    codes[0]--; // the launched process
    for (int code = 0; code < codes.length; code++) {
      assertThat(codes[code])
          .as("orphans that exited with %d", code)
          .isEqualTo(ORPHANS / 128 + (code < ORPHANS % 128 ? 1 : 0));
    }
    assertThat(launch.journal().isExact()).isTrue();
  }
}
