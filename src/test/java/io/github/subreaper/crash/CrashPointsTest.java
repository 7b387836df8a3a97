package io.github.subreaper.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.DeniedCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs with a known fault, and their correct twins. */
@Timeout(300)
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class CrashPointsTest {
  private static final String COUNT = "n=$(cat state); [ \"$n\" ] || exit 9; ";
  private static final String IN_PLACE = COUNT + "echo $((n + 1)) >state; true";
  private static final String REPLACED = COUNT + "echo $((n + 1)) >tmp; mv tmp state";

  @TempDir private Path prepared;

  private CrashPoints counter(String script) throws IOException {
    Files.writeString(prepared.resolve("state"), "1\n");
    return CrashPoints.of(Program.of("sh", "-c", script), prepared);
  }

  private static List<String> keys(CrashPoints points) {
    List<String> keys = new ArrayList<>(points.sweep().record(CrashPointsTest::comesBack));
    keys.replaceAll(crash -> crash.replaceFirst("^before ", ""));
    return keys;
  }

  private static void comesBack(CrashRun run) throws Exception {
    run.during(Launch::awaitExit);
    run.recover(launch -> assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0)));
  }

  @Test
  void stateWrittenInPlaceIsLostBetweenOpenAndWrite() throws Exception {
    assertThatThrownBy(() -> counter(IN_PLACE).check(CrashPointsTest::comesBack))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("`sh -c " + IN_PLACE + "` does not come back after kill -9 before ")
        .hasMessageContaining("sh write state #1 (2 bytes): ")
        .hasMessageContaining("A second run failed, too.")
        .hasMessageContaining("The call: write(1, \"2\\n\", 2), by `sh -c n=$(cat ")
        .hasMessageMatching("(?s).*` \\(pid \\d+\\), the launched process\n.*")
        .hasMessageContaining("Changed before the crash:\n  ~ state (2 bytes, now 0 bytes)\n")
        .hasMessageContaining("Changed after it:\n  nothing\n")
        .hasMessageContaining("exited 9");
    assertThat(prepared.resolve("state")).hasContent("1");
  }

  @Test
  void stateThatIsReplacedComesBackFromEachPoint() throws Exception {
    counter(REPLACED).check(CrashPointsTest::comesBack);
    assertThat(keys(counter(REPLACED)))
        .anyMatch(key -> key.matches("\\w*sh open tmp #1"))
        .anyMatch(key -> key.matches("\\w*sh write tmp #1"))
        .contains("mv rename tmp -> state #1", "mv exec #1", "mv exit #1");
    assertThat(prepared.resolve("state")).hasContent("1");
  }

  @Test
  void onePointIsRepeatedAlone() throws Exception {
    List<String> runs = new ArrayList<>();
    CrashPoints points = counter(REPLACED).withPoint("mv rename tmp -> state #1");
    points.check(
        run -> {
          runs.add(run.point());
          comesBack(run);
          assertThat(run.directory().resolve("state")).hasContent(runs.size() > 2 ? "2" : "3");
        });
    assertThat(runs).containsExactly("recording", "recording", "mv rename tmp -> state #1");
    assertThatThrownBy(
            () -> counter(REPLACED).withPoint("mv x #1").check(CrashPointsTest::comesBack))
        .hasMessageStartingWith("no point `mv x #1` is left of the ");
  }

  @Test
  void writeThatIsTornIsFoundOnlyByACut() throws Exception {
    String torn = "cat tmp 2>/dev/null && [ \"$(cat tmp)\" != 123456789 ] && exit 9; rm -f tmp; ";
    CrashPoints points = counter(torn + "echo 123456789 >tmp; true");
    CrashPoints emptyIsFine = counter("[ ! -s tmp ] && rm -f tmp; " + torn + "echo 123456789 >tmp");
    emptyIsFine.check(CrashPointsTest::comesBack);
    assertThatThrownBy(() -> emptyIsFine.withCutWrites().check(CrashPointsTest::comesBack))
        .hasMessageContaining("does not come back after kill -9 in the middle of ")
        .hasMessageContaining("sh write tmp #1 (10 bytes)")
        .hasMessageContaining("+ tmp (5 bytes)");
    assertThatThrownBy(() -> points.check(CrashPointsTest::comesBack))
        .hasMessageContaining("kill -9 before ");
  }

  @Test
  void failureThatDoesNotComeAgainIsCalledFlaky() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CrashRun.Action<CrashRun> body =
        run -> {
          comesBack(run);
          assertThat(runs.incrementAndGet()).isNotEqualTo(4);
        };
    assertThatThrownBy(() -> counter(REPLACED).check(body))
        .hasMessageContaining("A second run came back: it is flaky.");
  }

  @Test
  void pointThatIsNeverReachedFails() throws Exception {
    CrashPoints points = counter("mkdir d$(date +%s%N)x; true");
    assertThatThrownBy(() -> points.check(CrashPointsTest::comesBack))
        .hasMessageContaining("mkdir mkdir d")
        .hasMessageContaining("points were not reached in 3 runs each")
        .hasMessageContaining("And of two runs without a crash, ");
  }

  private static List<String> crashes(CrashPoints points) {
    List<String> runs = new ArrayList<>();
    points.check(
        run -> {
          runs.add(run.point());
          comesBack(run);
        });
    return runs.subList(2, runs.size());
  }

  @Test
  void ignoredFilesAndThoseBeyondTheBudgetAreNoPoints() throws Exception {
    CrashPoints all = counter(REPLACED);
    List<String> expected = keys(all);
    expected.removeIf(key -> key.contains(" tmp #"));
    assertThat(crashes(all.withoutFiles("tm*p"))).isEqualTo(expected);
    List<String> sample = crashes(all.withBudget(3, 7));
    assertThat(sample).hasSize(3).isEqualTo(crashes(all.withBudget(3, 7)));
    assertThat(keys(all)).containsSubsequence(sample);
    assertThat(crashes(all.withoutFiles("*")))
        .allMatch(key -> key.matches(".* (fork|exec|exit) #.*"));
    assertThatThrownBy(() -> all.withBudget(0, 7)).hasMessage("a budget has at least one point: 0");
  }

  @Test
  void missedPointNamesWhyItsLastRunFailed() throws Exception {
    CrashPoints points = counter(REPLACED).withPoint("mv rename tmp -> state #1");
    CrashRun.Action<CrashRun> body =
        run -> {
          if (!run.point().equals("recording")) {
            throw new IOException("no port");
          }
          comesBack(run);
        };
    assertThatThrownBy(() -> points.check(body))
        .hasMessageContaining("#1, the last run failed: java.io.IOException: no port");
  }

  @Test
  void programThatChangesNoFileIsNotCheckedByAccident() throws Exception {
    assertThatThrownBy(() -> counter("(:)").check(CrashPointsTest::comesBack))
        .hasMessageContaining("changes no file below its directory");
  }

  @Test
  void pointOfAFileWithAnOddNameIsOneLineAndCanBeRepeated() throws Exception {
    CrashPoints odd = counter("printf x >\"$(printf 'a\\nb\\033')\"");
    String key = keys(odd).stream().filter(one -> one.contains("write")).findFirst().orElseThrow();
    assertThat(key).doesNotContain("\n").doesNotContain("\033").contains("b");
    odd.withPoint(key).check(CrashPointsTest::comesBack);
  }

  /** Prints why crash points are refused. */
  static final class Denied {
    private Denied() {}

    public static void main(String[] arguments) throws IOException {
      Path empty = Files.createTempDirectory(Path.of(arguments[0]), "prepared");
      try {
        CrashPoints.of(Program.of("sh", "-c", "echo >x"), empty).check(CrashPointsTest::comesBack);
      } catch (UnsupportedSystemException e) {
        System.out.println("refused=" + e.getMessage());
      }
      System.out.println("left=" + ProcessHandle.current().children().toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ptrace", "ptrace-call", "seccomp"})
  void deniedCallIsNamed(String call, @TempDir Path directory) throws Exception {
    List<String> sandbox = DeniedCalls.in(directory).with(DeniedCalls.How.EPERM, List.of(call));
    ChildJvm.Result result =
        ChildJvm.run(sandbox, List.of(), Map.of(), Denied.class, directory.toString())
            .exitedNormally();
    assertThat(result.value("refused"))
        .startsWith("Crash points are impossible here: ")
        .contains(call.replace("-call", ""), "EPERM");
    assertThat(result.value("left")).isEqualTo("[]");
  }

  @Test
  void runWithoutACrashThatFailsIsNoResult() throws Exception {
    assertThatThrownBy(() -> counter("exit 3").check(CrashPointsTest::comesBack))
        .hasMessageStartingWith("the run without a crash fails: ");
  }

  @Test
  void interruptIsNoFailureOfTheProgram() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CrashRun.Action<CrashRun> body =
        run -> {
          if (runs.incrementAndGet() == 4) {
            Thread.currentThread().interrupt();
          }
          comesBack(run);
        };
    assertThatThrownBy(() -> counter(REPLACED).check(body))
        .isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(runs).hasValue(4);
  }

  @Test
  void nothingOfARunIsLeft() throws Exception {
    List<Path> copies = new ArrayList<>();
    counter(REPLACED + "; sleep 1000 & setsid sleep 1001 &")
        .withPoint("mv rename tmp -> state #1")
        .check(
            run -> {
              copies.add(run.directory());
              comesBack(run);
            });
    assertThat(copies).hasSize(3).allMatch(Files::notExists);
  }
}
