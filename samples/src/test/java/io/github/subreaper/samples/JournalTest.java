package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Journal;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the journal says of a daemon's life, line by line. */
@SubreaperTest
class JournalTest {

  /**
   * Returns what happened to some processes, each after the other, without pids and times. Where a
   * process was first seen, and whether an exec was seen, depends on when a scan came.
   */
  private static String of(Journal journal, Map<Descendant, String> names) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<Descendant, String> one : names.entrySet()) {
      journal.stream()
          .filter(event -> event.process().equals(one.getKey()))
          .filter(event -> !(event instanceof ProcessEvent.Executed))
          .filter(event -> !(event instanceof ProcessEvent.Renamed))
          .map(event -> event.toString().replaceFirst("^[0-9]+ .*?: ", ""))
          .map(line -> line.replaceAll(" \\(seen by a scan\\)| below [0-9]+", ""))
          .map(line -> line.replaceAll("; its parent was [0-9]+", ""))
          .map(line -> line.replaceAll(" \\(pid [0-9]+\\)", ""))
          .map(
              line ->
                  line.replaceAll(
                      "(between [0-9.]+ and|after) [0-9.]+ s( after its start)?", "after a while"))
          .forEach(line -> text.append(one.getValue()).append(' ').append(line).append('\n'));
    }
    return text.toString();
  }

  private static Map<Descendant, String> names(Descendant launcher, Descendant daemon) {
    Map<Descendant, String> names = new LinkedHashMap<>();
    names.put(launcher, "launcher");
    names.put(daemon, "daemon");
    return names;
  }

  @Test
  void homeMadeDaemonThatExitsByItself(Supervisor supervisor, @TempDir Path dir)
      throws IOException {
    Path go = dir.resolve("go");
    String work = "echo serving; read x <" + go + "; exit 7";
    Launch launch =
        supervisor.launch("sh", "-c", "mkfifo " + go + "; (setsid sh -c '" + work + "' &)");
    assertThat(launch).exitsWith(0);
    launch.awaitReady(Ready.output("^serving$"));
    Descendant daemon = launch.awaitOrphan("sh -c echo serving*");
    Files.writeString(go, "\n");
    assertThat(daemon).exitsWith(7);

    assertThat(of(launch.journal(), names(launch.process(), daemon)))
        .isEqualTo(
            """
            launcher launched
            launcher exited 0 after a while
            launcher ready: a line of stdout or stderr in which the regex /^serving$/ is found
            daemon first seen
            daemon adopted
            daemon exited 7 after a while
            """);
  }

  @Test
  void memcachedThatIsAskedToEnd(Supervisor supervisor) {
    String memcached = Programs.require("memcached", "memcached");
    Launch launch =
        supervisor.launch(memcached, "-d", "-l", "127.0.0.1", "-p", "-1", "-u", "nobody");
    assertThat(launch).exitsWith(0);
    Descendant daemon = launch.awaitOrphan();
    launch.awaitListening();
    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWith(0);

    assertThat(of(launch.journal(), names(launch.process(), daemon)))
        .isEqualTo(
            """
            launcher launched
            launcher exited 0 after a while
            daemon first seen
            daemon adopted
            daemon was sent SIGTERM by this JVM: the test asked for it
            daemon exited 0 after a while
            """);
  }

  @Test
  void daemonThatIsDeaf(Supervisor supervisor) {
    String deaf = "trap '' TERM; echo deaf; while :; do sleep 1000; done";
    Launch launch =
        supervisor
            .open("impatient", supervisor.options().withGrace(Duration.ofMillis(200)))
            .launch("sh", "-c", deaf);
    launch.awaitReady(Ready.output("^deaf$"));
    launch.stop();

    assertThat(of(launch.journal(), Map.of(launch.process(), "daemon")))
        .contains(
            """
            daemon launched
            daemon ready: a line of stdout or stderr in which the regex /^deaf$/ is found
            daemon was sent SIGTERM by this JVM: asked to end
            daemon was sent SIGCONT by this JVM: so that it can react to its stop signal
            """)
        .endsWith(
            """
            daemon was sent SIGKILL by this JVM: it had not ended
            daemon killed by SIGKILL after a while
            """);
  }
}
