package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.BusyCores;
import io.github.subreaper.testing.CProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Orphans reach this JVM in many ways, and each is recorded. */
class OrphanReapingTest extends ScopeFixture {
  private static final int SELF = (int) ProcessHandle.current().pid();

  @Test
  void orphanOfAMiddleThatDiesFirstIsRecorded() {
    Launch launch = scope.launch("sh", "-c", "(sleep 1000 &) ; exit 2");
    Descendant daemon = launch.awaitOrphan();
    assertThat(daemon.name()).isEqualTo("sleep");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(2));
    daemon.signal(Signal.KILL);
    assertThat(daemon.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
  }

  @Test
  void orphanThatDiesTogetherWithItsMiddleIsRecorded() {
    // one signal kills both, as one process group
    Launch launch =
        scope.launch("sh", "-c", "setsid sh -c 'sleep 1000 & kill -9 0' & wait; exit 4");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(4));
    List<Descendant> orphans = launch.orphans();
    assertThat(orphans).isNotEmpty();
    assertThat(orphans)
        .allSatisfy(
            orphan -> assertThat(orphan.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL)));
  }

  @Test
  void orphanThatDiesBeforeItsMiddleIsRecorded() {
    Launch launch =
        scope.launch("sh", "-c", "setsid sh -c 'sh -c \"exit 9\" & exec sleep 0.2' & exit 0");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Await.untilAsserted(
        () ->
            assertThat(launch.orphans())
                .extracting(orphan -> orphan.exitStatus().orElse(null))
                .containsExactlyInAnyOrder(ExitStatus.exited(9), ExitStatus.exited(0)));
  }

  @Test
  @Tag("full")
  void awaitOrphanReturnsTheDaemonAndNeverItsDyingMiddle() throws Exception {
    Path program = CProgram.build(directory, "middle");
    AtomicInteger firstLooksWrong = new AtomicInteger();
    for (int i = 0; i < 5; i++) {
      launchAndFind(20, program, directory, firstLooksWrong);
    }
    BusyCores.during(
        () -> {
          for (int i = 0; i < 5; i++) {
            launchAndFind(20, program, directory, firstLooksWrong);
          }
        });
    // control: without the quiet rule the middle is returned now and then
    assertThat(firstLooksWrong).hasPositiveValue();
  }

  private void launchAndFind(int count, Path program, Path directory, AtomicInteger firstLooksWrong)
      throws IOException {
    List<Launch> launches = new ArrayList<>();
    List<List<Descendant>> firstLooks = new ArrayList<>();
    List<Path> pidFiles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pidFiles.add(directory.resolve("daemon." + i));
      Files.deleteIfExists(pidFiles.get(i));
      launches.add(scope.launch(program.toString(), pidFiles.get(i).toString()));
      launches.get(i).awaitExit();
      firstLooks.add(launches.get(i).orphans());
    }
    for (int i = 0; i < count; i++) {
      Descendant daemon = launches.get(i).awaitOrphan();
      Path pidFile = pidFiles.get(i);
      Await.untilAsserted(() -> assertThat(pidFile).hasContent(daemon.pid() + "\n"));
      List<Descendant> firstLook = firstLooks.get(i);
      if (!firstLook.isEmpty() && !firstLook.get(0).equals(daemon)) {
        firstLooksWrong.incrementAndGet();
      }
    }
    for (Launch launch : launches) {
      assertThat(launch.stop().isClean()).isTrue();
    }
  }

  @Test
  @Tag("full")
  void orphansOfTwoLaunchesOfOneScriptAreDistinguished() throws Exception {
    String script = "(setsid sleep 1000 &); (sh -c 'exit 3' &); exit 0";
    BusyCores.during(
        () -> {
          for (int batch = 0; batch < 4; batch++) {
            List<Launch> launches = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
              launches.add(scope.launch("sh", "-c", script));
            }
            for (int i = 0; i < launches.size(); i += 2) {
              areDistinguished(launches.get(i), launches.get(i + 1));
            }
          }
        });
  }

  private static void areDistinguished(Launch one, Launch other) {
    Descendant first = one.awaitOrphan("sleep*");
    Descendant second = other.awaitOrphan("sleep*");
    Set<Descendant> common = new HashSet<>(one.orphans());
    common.retainAll(other.orphans());
    assertThat(common).isEmpty();
    assertThat(one.orphans()).contains(first).doesNotContain(second);
    assertThat(other.orphans()).contains(second).doesNotContain(first);
    assertThat(one.stop().isClean()).isTrue();
    assertThat(first.isAlive()).isFalse();
    assertThat(second.isAlive()).isTrue();
    assertThat(other.stop().isClean()).isTrue();
    assertThat(second.isAlive()).isFalse();
  }

  @Test
  void orphansOfANestedSubreaperAreAdoptedWhenItDies() throws Exception {
    Path program = CProgram.build(directory, "nestedsubreaper");
    Path go = directory.resolve("go");
    Launch launch = scope.launch(program.toString(), go.toString());
    assertThat(launch.awaitOutput("^adopted by")).isEqualTo("adopted by the nested one");
    assertThat(launch.orphans()).isEmpty();
    assertThat(launch.tree().size()).isEqualTo(2);
    Files.createFile(go);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
    Descendant orphan = launch.awaitOrphan();
    assertThat(orphan.isAlive()).isTrue();
    // its parent is the launcher, or a middle process if a scan saw that
    assertThat(orphan.parent().flatMap(Descendant::parent).or(orphan::parent))
        .hasValue(launch.process());
    assertThat(KERNEL.procfs.stat((int) orphan.pid()))
        .extracting(ProcessStat::parent)
        .isEqualTo(SELF);
  }

  @Test
  void orphanInTheListOfTheSpawningThreadIsRecorded() throws Exception {
    Path program = CProgram.build(directory, "cloneparent");
    Launch launch = scope.launch(program.toString());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Descendant sibling = launch.awaitOrphan();
    assertThat(sibling.awaitExit()).isEqualTo(ExitStatus.exited(5));
    assertThat(launch.orphans()).containsExactly(sibling);
  }

  @Test
  void siblingThatAChildOfTheJdkForksIsCollectedWithItsStatus() throws Exception {
    Path program = CProgram.build(directory, "cloneparent");
    assertThat(new ProcessBuilder(program.toString(), "stay").start().waitFor()).isZero();
    Descendant sibling = scope.awaitOrphan("cloneparent*");
    assertThat(scope.leaks()).containsExactly(sibling);
    sibling.signal(Signal.TERM);
    assertThat(sibling.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
    assertThat(subreaper.foreign()).isEmpty();
  }

  @Test
  void siblingThatAChildOfTheJdkForksIsTerminatedWithItsScope() throws Exception {
    Path program = CProgram.build(directory, "cloneparent");
    assertThat(new ProcessBuilder(program.toString(), "stay").start().waitFor()).isZero();
    ScopeReport report = scope.end();
    assertThat(report.leaked()).hasSize(1);
    assertThat(report.leaked().get(0).exitStatus()).hasValue(ExitStatus.signaled(Signal.TERM));
    assertThat(report.foreign()).isEmpty();
  }

  @Test
  void processWhoseFirstThreadHasEndedIsAlive() throws Exception {
    Path program = CProgram.build(directory, "zombieleader", "-lpthread");
    Path go = directory.resolve("go");
    Launch launch = scope.launch(program.toString(), go.toString());
    launch.awaitExit();
    Descendant daemon = launch.awaitOrphan();
    Await.untilAsserted(
        () ->
            assertThat(KERNEL.procfs.stat((int) daemon.pid()))
                .extracting(ProcessStat::state)
                .isEqualTo('Z'));
    assertThat(daemon.isAlive()).isTrue();
    assertThat(daemon.exitStatus()).isEmpty();
    assertThat(launch.tree().roots()).containsExactly(daemon);
    Files.createFile(go);
    assertThat(daemon.awaitExit()).isEqualTo(ExitStatus.exited(6));
    assertThat(daemon.isAlive()).isFalse();
  }

  @Test
  void ambientOrphanIsFoundWithItsStatus() throws Exception {
    Process launcher = new ProcessBuilder("sh", "-c", "(setsid sleep 1000 &) ; exit 5").start();
    assertThat(launcher.waitFor()).isEqualTo(5);
    Descendant daemon = scope.awaitOrphan("sleep*");
    assertThat(daemon.scope()).isEqualTo("OrphanReapingTest");
    assertThat(scope.leaks()).containsExactly(daemon);
    daemon.signal(Signal.TERM);
    assertThat(daemon.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
  }

  @Test
  void onExitOfAGrandchildDoesNotHideItsStatus() {
    Launch launch = scope.launch("sh", "-c", "sh -c 'sleep 1000; exit 8' & exec sleep 1000");
    Descendant grandchild = scope.awaitDescendant("sh -c sleep 1000; exit 8");
    ProcessHandle handle = ProcessHandle.of(grandchild.pid()).orElseThrow();
    var ended = handle.onExit();
    launch.signal(Signal.KILL);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    Await.until(grandchild::isOrphan);
    grandchild.children().get(0).signal(Signal.KILL);
    assertThat(grandchild.awaitExit()).isEqualTo(ExitStatus.exited(8));
    ended.join();
  }
}
