package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon that runs once on a machine. Here it gets its own spool and pid file in a mount
 * namespace, so that it does not see the machine's jobs, and the machine's at(1) does not see it.
 */
@SubreaperTest(await = "1 m")
class AtdTest {
  private static final Duration SOON = Duration.ofMinutes(1);

  private static final String IN_ITS_OWN_SPOOL =
      """
      set -e
      cd "$0"
      mkdir spool spool/atjobs spool/atspool run
      echo 0 >spool/atjobs/.SEQ
      chown -R daemon:daemon spool
      chmod 600 spool/atjobs/.SEQ
      mount --bind spool /var/spool/cron
      mount --bind run /run
      exec "$1"
      """;

  private final String atd = Programs.require("atd", "at");
  private final String at = Programs.require("at", "at");

  @TempDir private Path dir;
  private Descendant daemon;

  @BeforeEach
  void start(Supervisor supervisor) {
    assumeTrue("root".equals(System.getProperty("user.name")), "atd needs root");
    assumeTrue(
        Files.isDirectory(Path.of("/var/spool/cron/atjobs")), "an at that has another spool");
    ExitStatus namespace =
        supervisor.launch("unshare", "-m", "mount", "--bind", "/", "/mnt").awaitExit();
    assumeTrue(namespace.equals(ExitStatus.exited(0)), "no mount namespaces here: unshare -m");

    Launch launch =
        supervisor.launch("unshare", "-m", "sh", "-c", IN_ITS_OWN_SPOOL, dir.toString(), atd);
    assertThat(launch).exitsWith(0);
    launch.awaitReady(Ready.pidFile(dir.resolve("run/atd.pid")));
    daemon = launch.awaitOrphan();
    assertThat(daemon).catches(Signal.HUP); // by which at(1) announces a job
  }

  private void submit(Supervisor supervisor, String job) {
    Program hand =
        Program.of("nsenter", "-t", String.valueOf(daemon.pid()), "-m", at, "-M", "now")
            .withStandardInput(job + "\n");
    assertThat(supervisor.launch(hand)).exitsWith(0).hasStderrMatching("^job 1 at ");
  }

  @Test
  void aJobRunsBelowTheDaemonAndLeavesNothing(Supervisor supervisor) {
    submit(supervisor, "sleep 1000");
    assertThat(supervisor)
        .hasShapeWithin(
            SOON,
            """
            atd [orphan]
              atd
                sh
                  sleep 1000
            """);

    supervisor.awaitDescendant("sleep 1000").signal(Signal.TERM);
    assertThat(supervisor).hasShapeWithin(SOON, "atd [orphan]");
    assertThat(dir.resolve("spool/atjobs")).isDirectoryNotContaining("glob:**/[a=]*");
  }

  @Test
  void theDaemonDiesAndItsJobGoesOn(Supervisor supervisor) {
    submit(supervisor, "sleep 1000");
    Descendant job = supervisor.awaitDescendant("sleep 1000");

    daemon.signal(Signal.KILL);
    assertThat(daemon).exitsWithin(SOON).isSignaled(Signal.KILL);
    assertThat(supervisor)
        .hasShapeWithin(
            SOON,
            """
            atd [orphan]
              sh
                sleep 1000
            """);
    assertThat(job).isAlive();
  }

  @Test
  void theDaemonEndsOnTerm() {
    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWith(0);
    assertThat(dir.resolve("run/atd.pid")).doesNotExist();
  }
}
