package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.PidNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Children that this JVM did not start: those from before the JVM was exec'd in its process, and,
 * if it is PID 1, processes that enter its pid namespace. Without proof they get no signal, even
 * where the tag is in the environment and so missing on all ambient processes.
 */
@Tag("full")
class StrangersTest {
  private static final ScopeOptions PATIENT =
      ScopeOptions.defaults().withAwait(LONG).withSettle(Duration.ZERO);

  /** A limit too low for a tag. */
  private static final List<String> LOW_LIMIT = List.of("prlimit", "--locks=1000:1000");

  @TempDir private Path directory;

  // children from before the JVM ------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void childFromBeforeTheJvmGetsNoSignal(boolean tagInLimit) throws Exception {
    List<String> command = new ArrayList<>(tagInLimit ? List.of() : LOW_LIMIT);
    command.addAll(List.of("sh", "-c", "sleep 3112 & exec \"$@\"", "sh"));
    ChildJvm.run(command, ChildJvm.ORIGINS, Map.of(), FromBefore.class, "" + tagInLimit)
        .exitedNormally();
  }

  static final class FromBefore {
    public static void main(String[] arguments) throws Exception {
      ProcessHandle elder = ProcessHandle.current().children().findFirst().orElseThrow();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        supervisor.launch("sleep", "1000");
        Process own = new ProcessBuilder("sleep", "1001").start();
        Await.until(() -> supervisor.tree().size() == 2);
        Await.until(() -> !subreaper.foreign().isEmpty()); // once it is old enough
        ScopeReport report = supervisor.end();
        assertThat(report.leaked()).extracting(Descendant::pid).containsExactly(own.pid());
        assertThat(report.foreign())
            .as("processes from before the activation are not reported")
            .isEmpty();
        assertThat(report.toString().contains("carries the session's tag"))
            .isEqualTo(Boolean.parseBoolean(arguments[0]));
      }
      assertThat(elder.isAlive()).isTrue();
      elder.destroyForcibly();
    }
  }

  @Test
  void untaggedProcessOfCodeUnderTestIsALeak() throws Exception {
    ChildJvm.run(LOW_LIMIT, ChildJvm.ORIGINS, Map.of(), Untagged.class).exitedNormally();
  }

  static final class Untagged {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        new ProcessBuilder("sh", "-c", "setsid sleep 1000 & (exit 3) &").start().waitFor();
        Launch launch = supervisor.launch("sh", "-c", "env -i setsid sleep 1001 & exit 7");
        assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
        Await.until(() -> supervisor.tree().find("sleep 100?").size() == 2);
        ScopeReport report = supervisor.end();
        assertThat(report.leaked())
            .as(report.toString())
            .anyMatch(leak -> leak.commandLine().contains("1000"));
        assertThat(report.ended())
            .filteredOn(one -> one.ending().filter(Ending.STOP_SIGNAL::equals).isPresent())
            .hasSize(2);
        assertThat(subreaper.foreign()).isEmpty();
      }
    }
  }

  // processes that enter the pid namespace --------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void processThatEntersThePidNamespaceOfAJvmAsInitGetsNoSignal(boolean tagInLimit)
      throws Exception {
    List<String> unshare = List.of("unshare", "-Urpf", "--mount-proc");
    assumeTrue(PidNamespace.runs(unshare), "no unprivileged pid namespaces (unshare)");
    List<String> command = new ArrayList<>(tagInLimit ? List.of() : LOW_LIMIT);
    command.addAll(unshare);
    command.addAll(ChildJvm.command(ChildJvm.ORIGINS, Init.class, directory.toString()));
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      Await.until(() -> Files.exists(directory.resolve("active")) || !process.isAlive());
      assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
      ProcessHandle init = process.children().findFirst().orElseThrow();
      // As `docker exec` does: in the namespace, and not below the JVM, which adopts its orphans.
      int code =
          new ProcessBuilder(
                  "nsenter",
                  "-t",
                  "" + init.pid(),
                  "-U",
                  "--preserve-credentials",
                  "-p",
                  "-m",
                  "sh",
                  "-c",
                  "setsid sh -c 'sleep 3113 & sleep 3114 & exit 0'")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
              .start()
              .waitFor();
      assertThat(code).as(Files.readString(output)).isZero();
      Files.createFile(directory.resolve("entered"));
      Await.untilAsserted(
          () -> assertThat(process.isAlive()).as(Files.readString(output)).isFalse());
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  static final class Init {
    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      assertThat(ProcessHandle.current().pid()).isOne();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test", PATIENT)) {
        Files.createFile(directory.resolve("active"));
        Await.until(() -> Files.exists(directory.resolve("entered")));
        supervisor.launch("sleep", "1000");
        Process own = new ProcessBuilder("sleep", "1001").start();
        Await.until(() -> supervisor.tree().size() == 2);
        Await.until(
            () ->
                subreaper.foreign().stream().filter(one -> one.name().equals("sleep")).count()
                    == 2);
        ScopeReport report = supervisor.end();
        assertThat(report.leaked()).extracting(Descendant::pid).containsExactly(own.pid());
        assertThat(report.foreign()).as(report.toString()).hasSize(2);
        assertThat(report.toString())
            .contains("not terminated: sleep 3113", "not terminated: sleep 3114");
        assertThat(report.foreign()).allMatch(Descendant::isAlive);
      }
    }
  }
}
