package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** {@link Launch#awaitOrphan()}: which orphan is the daemon, and when there is none. */
class AwaitOrphanTest extends WaitFixture {
  /** The time without a birth, exec or end after which a launch is quiet. */
  private static final Duration QUIET = Duration.ofMillis(100);

  @Test
  void daemonOfASingleForkIsTheOrphan() {
    Launch launch = launch("sleep 1000 & echo $!");
    Descendant daemon = launch.awaitOrphan();
    assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
    assertThat(launch.stdout()).isEqualTo(daemon.pid() + "\n");
    assertThat(daemon.isAlive() && daemon.isOrphan()).isTrue();
    assertThat(daemon.parent())
        .as("known if a scan saw it before its adoption")
        .isIn(Optional.empty(), Optional.of(launch.process()));
    assertThat(launch.orphans()).containsExactly(daemon);
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void daemonOfADoubleForkIsTheOrphan() {
    Launch launch = launch("(sh -c 'echo $$; exec sleep 1000' &) & exit 0");
    Descendant daemon = launch.awaitOrphan();
    assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
    assertThat(launch.stdout()).isEqualTo(daemon.pid() + "\n");
    assertThat(launch.orphans()).contains(daemon);
  }

  @Test
  void daemonThatStartedFirstIsReturned() throws Exception {
    Launch launch =
        launch("mkfifo go; (sh -c 'echo started; exec sleep 1000' &); read x < go; (sleep 1001 &)");
    launch.awaitOutput("started");
    go("go");
    assertThat(launch.awaitOrphan().commandLine()).containsExactly("sleep", "1000");
  }

  @Test
  void daemonThatIsNeverQuietIsFoundAfterASecond() {
    Launch launch = launch("(sh -c 'while :; do sh -c :; done' &)");
    assertThat(launch.awaitOrphan().isAlive()).isTrue();
  }

  /** Before its exec, a process that waits for a disk, or in vfork(2), may stay so for long. */
  @Test
  void daemonInStateDIsNotQuiet() throws Exception {
    Path program = CProgram.build(directory, "hostile", "-pthread");
    Supervisor graceless = scope.open("graceless", scope.options().withGrace(Duration.ZERO));
    Launch launch = graceless.launch("sh", "-c", "(" + program + " vfork 0 0 600 mark &)");
    launch.awaitOutput("ready");
    launch.awaitOrphan();
    Instant end = launch.process().endedAt().orElseThrow();
    assertThat(Duration.between(end, Instant.now())).isGreaterThan(Duration.ofMillis(900));
  }

  /** Both of its programs are never quiet. On a slow machine, the first may be returned. */
  @Test
  void daemonThatHasJustExecdIsNotReturned() throws Exception {
    Launch launch =
        launch(
            "(sh -c 'while [ ! -e over ]; do :; done; exec cat /dev/zero' >/dev/null &"
                + " (sleep 0.7; : >over) &)");
    if (launch.awaitOrphan().name().equals("cat")) {
      Instant exec = Files.getLastModifiedTime(directory.resolve("over")).toInstant();
      assertThat(Duration.between(exec, Instant.now())).isGreaterThan(Duration.ofMillis(900));
    }
  }

  @Test
  void foregroundProgramTimesOutAndTheMessageSaysSo() {
    Launch launch = scope.launch("sleep", "1000");
    assertThat(timeout(() -> launch.awaitOrphan(SHORT)))
        .hasMessageStartingWith(
            "Waited 0.050 s for an orphan of `sleep 1000`: the launcher ("
                + launch.pid()
                + ") is still running.\n"
                + "  It stays in the foreground: use launch.process(), or let it daemonize.\n");
    Launch inherited = impatient.launch("sleep", "1000");
    assertThat(timeout(inherited::awaitOrphan))
        .hasMessageStartingWith("Waited 0.050 s for an orphan of");
  }

  @Test
  void failedLauncherEndsTheWaitAtOnce() {
    Launch launch = launch("echo cannot open libfoo.so.3 >&2; exit 3");
    assertThat(hopeless(launch::awaitOrphan))
        .hasMessageStartingWith("No orphan of `sh -c echo cannot open ")
        .hasMessageContaining(": every process of the launch has ended, after ")
        .hasMessageContaining("launcher  " + launch.pid() + " exited 3 after ")
        .hasMessageContaining("stderr    cannot open libfoo.so.3\n");
    assertThat(launch.orphans()).isEmpty();
  }

  @Test
  void ofSeveralDeadOrphansTheLastToDieIsReturned() throws Exception {
    Launch launch =
        launch(
            "mkfifo one two; (sh -c 'read x < one; exit 7' &); (sh -c 'read x < two; exit 8' &)");
    launch.awaitExit();
    go("two");
    Await.until(() -> statuses(launch).contains(ExitStatus.exited(8)));
    go("one");
    Descendant last = launch.awaitOrphan("*", LONG);
    assertThat(last.awaitExit()).isEqualTo(ExitStatus.exited(7));
    assertThat(launch.awaitOrphan()).isEqualTo(last);
    assertThat(launch.awaitOrphan(Duration.ZERO)).isEqualTo(last);
    assertThat(launch.awaitOrphan().exitStatus()).contains(ExitStatus.exited(7));
    assertThat(statuses(launch)).contains(ExitStatus.exited(7), ExitStatus.exited(8));
  }

  /** On a busy machine the quiet time may be over before the wait begins, so one must time out. */
  @Test
  void waitShorterThanTheQuietTimeTimesOutAndSaysSo() {
    boolean timedOut = false;
    for (int i = 0; i < 10 || (i < 100 && !timedOut); i++) {
      long began = System.nanoTime();
      Launch launch = launch("(sleep 1000 &)");
      launch.awaitExit();
      try {
        Descendant daemon = launch.awaitOrphan(Duration.ofMillis(20));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(QUIET);
        assertThat(daemon.commandLine()).containsExactly("sleep", "1000");
      } catch (WaitTimeoutException e) {
        timedOut = true;
        assertThat(e.isTimeout()).isTrue();
        assertThat(e)
            .hasMessageContaining("there is one, pid ")
            .hasMessageContaining(
                "was not quiet yet (no birth, exec or end for 100 ms,"
                    + " no process on a CPU or waiting for a disk)");
      }
    }
    assertThat(timedOut).as("one of the waits timed out").isTrue();
  }
}
