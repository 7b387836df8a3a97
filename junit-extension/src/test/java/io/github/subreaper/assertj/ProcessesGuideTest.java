package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.Convention.NOT_SESSION_LEADER;
import static io.github.subreaper.assertj.Convention.SIGNAL_DISPOSITIONS;
import static io.github.subreaper.assertj.Convention.SIGNAL_MASK;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatDescendants;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the examples of these chapters of ASSERTIONS.md, word for word. */
@Timeout(120)
class ProcessesGuideTest {
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
    for (String heading :
        new String[] {"## Processes\n", "## Launches\n", "## Is it a daemon?\n"}) {
      String chapter = guide.substring(guide.indexOf(heading)).split("\n## ", 2)[0];
      Matcher example = EXAMPLE.matcher(chapter);
      while (example.find()) {
        examples++;
        assertThat(bare(source)).contains(bare(example.group(1)));
      }
    }
    assertThat(examples).isEqualTo(4);
  }

  private static String bare(String code) {
    return code.replaceAll("\\s+", " ").strip();
  }

  @Test
  void everyConventionIsInTheGuide() throws Exception {
    String guide = Files.readString(Path.of("ASSERTIONS.md"));
    for (Convention convention : Convention.values()) {
      assertThat(guide).contains("`" + convention + "`");
    }
  }

  @Test
  void aProcessIsChecked() {
    Path secret = directory.resolve("secret");
    Descendant master =
        supervisor
            .launch(Program.of("sh", "-c", "sleep 1000; true").withEnvironment("MODE", "test"))
            .process();
    assertThat(master).hasChildren(1);
    Descendant worker = master.children().get(0);
    assertThat(
            Polling.until(
                "its exec", RealScope.LONG, () -> worker.name().equals("sleep"), () -> false))
        .isTrue();

    assertThat(worker)
        .hasArguments("1000")
        .hasParent(master)
        .isInSessionOf(master)
        .hasEnvironmentVariable("MODE", "test")
        .doesNotHaveOpenFile(secret)
        .hasThreads(1)
        .usesMemoryBelow(64 << 20)
        .isYoungerThan(Duration.ofHours(1));
  }

  @Test
  void severalProcessesAreChecked() {
    Launch launch = supervisor.launch("sh", "-c", "sh -c 'sleep 1000; true' &");
    launch.awaitOrphan();

    assertThatDescendants(supervisor.orphans()).hasSize(1).first().isAlive().hasName("sh *");
    launch.stop();
    assertThatDescendants(supervisor.descendants()).noneAlive();
    assertThatDescendants(supervisor.orphans()).allExitedWith(signaled(Signal.TERM));
  }

  @Test
  void aLaunchIsChecked() {
    Launch launch =
        supervisor.launch(
            "sh", "-c", "echo started in $PWD; echo warning: old >&2; sleep 1000 & exit 0");
    launch.awaitOrphan();

    assertThat(launch)
        .exitsWith(0)
        .hasStdoutLine("started *")
        .hasStderrMatching("^warning: ")
        .hasOrphans(1)
        .tookLessThan(Duration.ofMinutes(1))
        .usedLessThan(Duration.ofMinutes(1));
  }

  @Test
  void aDaemonIsChecked() {
    Path pidFile = directory.resolve("pid");
    String daemon =
        "umask 0; cd /; echo $$ > " + pidFile + "; exec sleep 1000 9<&- >/dev/null 2>&1";
    String[] command = {
      "sh",
      "-c",
      "setsid sh -c '" + daemon + "' </dev/null & until [ -s " + pidFile + " ]; do :; done"
    };

    Program program = Program.of(command).withDirectory(directory).withCanaries();
    Launch launch = supervisor.launch(program);
    assertThat(launch).exitsWith(0);
    assertThat(launch.awaitOrphan())
        .isDaemonized(pidFile, NOT_SESSION_LEADER, SIGNAL_MASK, SIGNAL_DISPOSITIONS);
  }
}
