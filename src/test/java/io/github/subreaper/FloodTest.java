package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 20,000 double forks, as fast as the kernel can do them. */
@Tag("full")
class FloodTest {
  private static final int ORPHANS = 20_000;

  @Test
  void everyOrphanOfAFloodHasItsStatusAndIsForgottenWithItsScope(@TempDir Path directory)
      throws Exception {
    Path flood = CProgram.build(directory, "flood");
    try (Subreaper subreaper = Subreaper.activate()) {
      Supervisor supervisor =
          subreaper.open("flood", ScopeOptions.defaults().withAwait(Await.LONG));
      WeakReference<Object> record = flood(supervisor, flood);
      WeakReference<Supervisor> dropped = new WeakReference<>(supervisor);
      supervisor.close();
      supervisor = null;
      Await.until(
          () -> {
            System.gc();
            return dropped.get() == null && record.get() == null;
          });
    }
  }

  private static WeakReference<Object> flood(Supervisor supervisor, Path flood) {
    Launch launch = supervisor.launch(flood.toString(), Integer.toString(ORPHANS));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Await.until(() -> launch.orphans().size(), size -> size == ORPHANS);
    List<Descendant> orphans = launch.orphans();
    int[] codes = new int[128];
    for (Descendant orphan : orphans) {
      ExitStatus status = orphan.exitStatus().orElseThrow();
      assertThat(status).isInstanceOf(ExitStatus.Exited.class);
      if (status instanceof ExitStatus.Exited exited) {
        codes[exited.code()]++;
      }
      assertThat(orphan.ending()).hasValue(Ending.BY_ITSELF);
    }
    for (int code = 0; code < codes.length; code++) {
      assertThat(codes[code])
          .as("orphans that exited with %d", code)
          .isEqualTo(ORPHANS / 128 + (code < ORPHANS % 128 ? 1 : 0));
    }
    assertThat(new HashSet<>(orphans)).as("a reused pid is another process").hasSize(ORPHANS);
    int self = (int) ProcessHandle.current().pid();
    for (Descendant orphan : orphans) {
      ProcessStat stat = KERNEL.procfs.stat((int) orphan.pid());
      assertThat(stat == null || stat.parent() != self || stat.state() != 'Z')
          .as("%s is still a zombie", orphan)
          .isTrue();
    }
    return new WeakReference<>(orphans.get(orphans.size() / 2).record());
  }
}
