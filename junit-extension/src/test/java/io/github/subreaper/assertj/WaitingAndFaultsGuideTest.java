package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.ProcessConditions.hasEnded;
import static io.github.subreaper.assertj.ProcessConditions.isReady;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.Frozen;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Supervisor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the examples of these chapters of ASSERTIONS.md, word for word. */
class WaitingAndFaultsGuideTest {
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```java\n(.*?)```");

  private final RealScope scope = new RealScope();
  private final Supervisor supervisor = scope.patient();

  @TempDir private Path directory;

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void everyExampleIsInThisTest() throws Exception {
    String guide = Files.readString(Path.of("ASSERTIONS.md"));
    String source =
        Files.readString(
            Path.of("src/test/java", getClass().getName().replace('.', '/') + ".java"));
    int examples = 0;
    for (String heading : new String[] {"## Waiting and readiness\n", "## Faults\n"}) {
      String chapter = guide.substring(guide.indexOf(heading)).split("\n## ", 2)[0];
      Matcher example = EXAMPLE.matcher(chapter);
      while (example.find()) {
        examples++;
        assertThat(bare(source)).contains(bare(example.group(1)));
      }
    }
    assertThat(examples).isEqualTo(5);
  }

  private static String bare(String code) {
    return code.replaceAll("\\s+", " ").strip();
  }

  @Test
  void aLaunchIsReady() {
    Path log = directory.resolve("log");
    Path pidFile = directory.resolve("pid");
    List<String> command = new ArrayList<>(List.of("sh", "-c"));
    command.add(
        "log=$1; pid=$2; shift 2;"
            + " echo ready to accept > $log; echo $$ > $pid; echo listening; exec \"$@\"");
    command.addAll(List.of("sh", log.toString(), pidFile.toString()));
    command.addAll(List.of(Listener.on()));
    Launch launch = supervisor.launch(command.toArray(String[]::new));
    int port = launch.awaitListening().getPort();

    launch.awaitReady(Ready.port(port));
    launch.awaitReady(Ready.logLine(log, "ready to accept"), Duration.ofSeconds(60));
    launch.awaitReady(Ready.all(Ready.pidFile(pidFile), Ready.output("^listening")));

    await("the daemon")
        .failFast("it has ended", hasEnded(launch))
        .until(isReady(launch, Ready.output("^listening")));
  }

  @Test
  void aDaemonNotifies() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-notify")), "no systemd-notify");
    String[] command = {
      "sh", "-c", "systemd-notify --ready --status=serving --pid=$$; exec sleep 1000"
    };

    Launch launch = supervisor.launch(Program.of(command).withNotifySocket());
    launch.awaitReady(Ready.notification());
    String status = launch.notifiedStatus().orElse("");
    Descendant main = launch.notifiedMain().orElse(launch.process());

    assertThat(status).isEqualTo("serving");
    assertThat(main).isEqualTo(launch.process());
  }

  @Test
  void faultsAreInjected() {
    Launch launch = supervisor.launch("sh", "-c", "while :; do sleep 1000; done");
    await().atMost(RealScope.LONG).until(() -> launch.tree().find("sleep *").size() == 1);
    Descendant worker = launch.tree().find("sleep *").get(0);

    Descendant next = worker.killAndAwaitRespawn();
    assertThat(worker).isRespawnedAtMost(1, Duration.ofMillis(100));
    try (Frozen frozen = next.freeze()) {
      assertThat(frozen.processes()).containsExactly(next);
    }
  }

  @Test
  void aLaunchIsLimited() {
    String[] command = {"sh", "-c", "ulimit -Sn; nice; umask"};

    Program program = Program.of(command).withLimit("nofile", 64, 64).withNice(5).withUmask(0077);

    assertThat(supervisor.launch(program)).exitsWith(0).hasStdout("64\n5\n0077");
  }
}
