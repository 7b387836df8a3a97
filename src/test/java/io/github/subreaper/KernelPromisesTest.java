package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.PidNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the kernel change that introduced the flag (Linux 3.4) promises, shown with this library.
 */
class KernelPromisesTest {
  private static final int SELF = (int) ProcessHandle.current().pid();
  private static final ScopeOptions PATIENT = ScopeOptions.defaults().withAwait(Await.LONG);

  @Test
  void flagIsSetWhileActiveAndRestoredByTheLastClose() {
    boolean before = KERNEL.subreaper.get();
    Subreaper first = Subreaper.activate();
    Subreaper second = Subreaper.activate();
    assertThat(KERNEL.subreaper.get()).isTrue();
    first.close();
    first.close();
    assertThat(KERNEL.subreaper.get()).as("another activation still uses it").isTrue();
    second.close();
    assertThat(KERNEL.subreaper.get()).isEqualTo(before);
  }

  @Test
  void doubleForkingServiceIsAdopted() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test", PATIENT)) {
      Launch launch = supervisor.launch("sh", "-c", "(setsid sleep 1000 &)");
      Descendant daemon = launch.awaitOrphan("sleep*");
      assertThat(parentOf(daemon.pid())).isEqualTo(SELF);
      assertThat(daemon.isOrphan()).isTrue();
    }
  }

  @Test
  void eachOf256ExitCodesIsReported() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test", PATIENT)) {
      Launch launch =
          supervisor.launch(
              "sh", "-c", "i=0; while [ $i -lt 256 ]; do (sh -c \"exit $i\" &); i=$((i+1)); done");
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
      List<Integer> codes = new ArrayList<>();
      for (Descendant orphan : launch.orphans()) {
        if (orphan.awaitExit() instanceof ExitStatus.Exited exited) {
          codes.add(exited.code());
        }
      }
      assertThat(codes).containsAll(IntStream.range(0, 256).boxed().toList());
    }
  }

  @Test
  void eachTerminatingSignalIsReportedWithItsCoreFlag(@TempDir Path directory) throws Exception {
    Path program = CProgram.build(directory, "diebysignal");
    List<Integer> harmless = List.of(17, 18, 19, 20, 21, 22, 23, 28);
    Map<Integer, ExitStatus> seen = new TreeMap<>();
    Map<Integer, ExitStatus> witnessed = new TreeMap<>();
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test", PATIENT)) {
      for (int number = 1; number <= 64; number++) {
        if (harmless.contains(number) || number == 32 || number == 33) {
          continue; // ignored or stopping by default, or reserved by the C library
        }
        Launch launch =
            supervisor.launch(
                Program.of(program.toString(), Integer.toString(number)).withDirectory(directory));
        assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
        int raw = Integer.parseInt(launch.stdout().trim());
        witnessed.put(number, ExitStatus.signaled(Signal.of(raw & 0x7f), (raw & 0x80) != 0));
        seen.put(number, launch.awaitOrphan().awaitExit());
      }
    }
    assertThat(seen).hasSize(54).isEqualTo(witnessed);
    assertThat(seen.get(11)).isInstanceOf(ExitStatus.Signaled.class);
  }

  @Test
  void zombieIsReadBeforeItIsCollected() {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test", PATIENT)) {
      // The inner shell becomes a sleep, which reaps no child: its child is dead when adopted.
      Launch launch =
          supervisor.launch("sh", "-c", "setsid sh -c 'sh -c \"exit 9\" & exec sleep 0.3' & wait");
      launch.awaitExit();
      Map<String, Descendant> byStatus =
          supervisor.orphans().stream()
              .collect(toMap(orphan -> orphan.awaitExit().toString(), orphan -> orphan));
      assertThat(byStatus).containsKey("exited 9");
      Descendant dead = Objects.requireNonNull(byStatus.get("exited 9"));
      assertThat(dead.name()).isEqualTo("sh");
      assertThat(dead.uid()).hasValue(KERNEL.procfs.statusNumber(Procfs.SELF, "Uid"));
      assertThat(dead.sessionId()).isPresent();
      assertThat(dead.sessionId().getAsInt()).isNotEqualTo((int) dead.pid());
      assertThat(dead.userTime()).isPresent();
      assertThat(dead.peakMemoryBytes()).isPresent();
      assertThat(dead.endedAt()).isPresent();
      assertThat(dead.adoptedAt()).isPresent();
    }
  }

  @Test
  @Tag("full")
  void pidNamespaceKeepsItsOwnOrphans() throws Exception {
    List<String> unshare = new ArrayList<>(List.of("unshare", "--pid", "--fork", "--mount-proc"));
    if (KERNEL.procfs.statusNumber(Procfs.SELF, "Uid") != 0) {
      unshare.addAll(1, List.of("--user", "--map-root-user"));
    }
    assumeTrue(
        PidNamespace.runs(unshare),
        "this system does not allow `" + String.join(" ", unshare) + "`");
    unshare.addAll(List.of("sh", "-c", "(sleep 1001 &); exec sleep 1002"));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("test", PATIENT)) {
      Launch launch = supervisor.launch(unshare.toArray(String[]::new));
      Descendant inner = supervisor.awaitDescendant("sleep 1001");
      assertThat(parentOf(inner.pid())).isNotEqualTo(SELF);
      assertThat(inner.isOrphan()).isFalse();
      assertThat(launch.tree().find("sleep 1001")).containsExactly(inner);
    }
  }

  private static int parentOf(long pid) {
    ProcessStat stat = KERNEL.procfs.stat((int) pid);
    return stat == null ? 0 : stat.parent();
  }
}
