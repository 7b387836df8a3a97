package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code awaitOrphan} and {@code awaitDescendant} with a glob, of a launch and of a scope. */
class AwaitByGlobTest extends WaitFixture {
  @Test
  void globFormDoesNotWaitForTheLauncher() {
    Launch launch = launch("(sleep 1000 &); exec sleep 1001");
    Descendant daemon = launch.awaitOrphan("sleep 1*");
    assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
    assertThat(launch.isAlive()).isTrue();
    assertThat(scope.awaitOrphan("sleep")).as("found by its name").isEqualTo(daemon);
    assertThat(timeout(() -> launch.awaitOrphan("sleep 1001", SHORT)))
        .as("the launched process is no orphan")
        .hasMessageStartingWith(
            "Waited 0.050 s for an orphan whose name or command line matches the glob `sleep 1001`,"
                + " of `sh -c ")
        .hasMessageContaining(
            "`: none came.\n  note      sleep 1001 (pid "
                + launch.pid()
                + ") matches, but is no orphan: it was launched. To fix: launch.process()\n");
    Launch parent = launch("sleep 1002 & wait");
    Descendant child = scope.awaitDescendant("sleep 1002");
    assertThat(timeout(() -> scope.awaitOrphan("sleep 1002", SHORT)))
        .hasMessageContaining(
            "  note      sleep 1002 (pid "
                + child.pid()
                + ") matches, but is no orphan: its parent, pid "
                + parent.pid()
                + ", is alive. To fix: supervisor.awaitDescendant(…)\n");
  }

  @Test
  void globThatNoProcessCanMatchAnyMoreFailsAtOnce() {
    Launch launch = launch("(sh -c 'exit 1' &); echo broken >&2; exit 127");
    assertThat(hopeless(() -> launch.awaitOrphan("my-daemon*")))
        .hasMessageStartingWith(
            "No orphan whose name or command line matches the glob `my-daemon*`, of `sh -c (sh -c"
                + " 'exit 1' ")
        .hasMessageContaining("exited 127")
        .hasMessageContaining("broken");
    assertThat(hopeless(() -> scope.awaitOrphan("my-daemon*")))
        .hasMessageStartingWith(
            "No orphan whose name or command line matches the glob `my-daemon*`, in"
                + " AwaitByGlobTest: ");
    assertThat(hopeless(() -> scope.awaitDescendant("my-daemon*")))
        .hasMessageStartingWith(
            "No process whose name or command line matches the glob `my-daemon*`, in"
                + " AwaitByGlobTest: ");
  }

  @ParameterizedTest
  @CsvSource({
    "^nginx$, nginx",
    "nginx.*, nginx*",
    "redis-server.+, redis-server?*",
    ".*worker.*, *worker*",
    "'worker \\d+', worker ?*",
    "'worker [0-9]+$', worker ?*",
    "\\w-daemon, ?-daemon",
  })
  void globThatLooksLikeARegexIsNamedWithTheGlobThatMayBeMeant(String regex, String glob) {
    assertThat(hopeless(() -> scope.awaitOrphan(regex)))
        .hasMessageContaining(".\n  The glob `" + regex + "` looks like a regex. ")
        .hasMessageContaining(": try `" + glob + "`.\n");
  }

  @Test
  void eachWaitForAGlobSaysThatItLooksLikeARegex() {
    Launch launch = scope.launch("sleep", "1000");
    for (ThrowingCallable wait :
        List.<ThrowingCallable>of(
            () -> scope.awaitOrphan("sleep.*", SHORT),
            () -> scope.awaitDescendant("sleep.*", SHORT),
            () -> scope.awaitDescendants("sleep.*", 1, SHORT),
            () -> launch.awaitOrphan("sleep.*", SHORT))) {
      assertThat(timeout(wait)).hasMessageContaining("looks like a regex");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "my-daemon",
        "*.conf",
        "nginx: worker*",
        "(sd-pam)",
        "[kworker]",
        "a\\$",
        "+",
        "^"
      })
  void plainGlobIsTakenForNoRegex(String glob) {
    assertThat(hopeless(() -> scope.awaitOrphan(glob)).getMessage()).doesNotContain("regex");
  }

  @Test
  void baseNameOfTheProgramIsEnough() {
    Launch launch = launch("($(command -v sleep) 1000 &); exec sleep 1001");
    Descendant sleep = launch.awaitOrphan("sleep 1000");
    assertThat(sleep.commandLine().get(0)).as("control: a path").endsWith("/sleep");
    assertThat(scope.awaitOrphan("sl??p 1*")).isEqualTo(sleep);
    assertThat(launch.tree().find("sleep 1000")).containsExactly(sleep);
    assertThat(launch.tree().find("bin/sleep 1000")).isEmpty();
  }

  @Test
  void deadMatchIsReturnedOnlyWhenNoLivingProcessCanStillMatch() throws Exception {
    Launch launch =
        launch(
            "mkfifo one two; (sh -c 'read x < one; exit 7' daemon &);"
                + " (sh -c 'read x < two; exec sleep 1000' &); sleep 1001 & exit 0");
    launch.awaitExit();
    go("one");
    Await.until(() -> statuses(launch).contains(ExitStatus.exited(7)));
    assertThat(timeout(() -> launch.awaitOrphan("*exit 7*", SHORT)))
        .hasMessageContaining("matches the glob `*exit 7*`");
    go("two");
    assertThat(launch.awaitOrphan("sleep 1000").isAlive()).isTrue();
    launch.tree().roots().forEach(one -> one.signal(Signal.KILL));
    assertThat(launch.awaitOrphan("*exit 7*").exitStatus()).contains(ExitStatus.exited(7));
  }

  @Test
  void reparentedChildIsScannedBeforeTheLaunchersExitIsReported() throws Exception {
    for (int i = 0; i < 20; i++) {
      Launch launch =
          launch("mkfifo one" + i + "; (sh -c 'read x < one" + i + "; exit 7' daemon &); exit 0");
      launch.awaitExit();
      go("one" + i);
      Await.until(() -> statuses(launch).contains(ExitStatus.exited(7)));
      assertThat(launch.orphans())
          .singleElement()
          .satisfies(daemon -> assertThat(daemon.commandLine()).isNotEmpty());
    }
  }

  @Test
  void orphanRecordedBeforeTheCallIsFound() {
    Launch launch = launch("(sleep 1000 &)");
    Descendant daemon = launch.awaitOrphan();
    assertThat(scope.awaitOrphan("sleep*")).isEqualTo(daemon);
    assertThat(subreaper.descendants()).contains(daemon);
    assertThat(failure(() -> impatient.awaitOrphan("sleep*")))
        .as("another scope does not find it")
        .hasMessageContaining("impatient");
  }

  @Test
  void awaitDescendantFindsLaunchedProcessesAndTheirChildren() {
    Launch launch = launch("sleep 1000; :");
    Descendant child = scope.awaitDescendant("sleep 1000");
    assertThat(child.isOrphan()).isFalse();
    assertThat(child.parent()).contains(launch.process());
    assertThat(scope.awaitDescendant("sh -c *")).isEqualTo(launch.process());
    assertThat(launch.process().children()).containsExactly(child);
  }

  @Test
  void ambientChildIsADescendantAndNoOrphan() throws Exception {
    Supervisor inner = scope.open("inner", scope.options().withSettle(Duration.ZERO));
    impatient.close(); // so that the open scopes form one chain
    Process process = new ProcessBuilder("sleep", "1000").start();
    Descendant child = inner.awaitDescendant("sleep 1000");
    assertThat(child.pid()).isEqualTo(process.pid());
    assertThat(child.isOrphan()).isFalse();
    assertThat(child.scope()).isEqualTo("inner");
    inner.close();
    assertThat(process.waitFor()).isEqualTo(143);
  }
}
