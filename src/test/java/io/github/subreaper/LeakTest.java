package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.Origins;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which processes are leaks at the end of a scope, and what the report says about them. */
class LeakTest extends EndFixture {
  @Test
  void ambientChildIsALeakAndItsProcessGetsTheExitCode() throws Exception {
    Supervisor inner = scope.open("inner", unsettled());
    Process process = ambient("exec sleep MARK");
    Descendant child = inner.awaitDescendant("sleep " + mark);
    assertThat(inner.leaks()).containsExactly(child);
    ScopeReport report = inner.end();
    assertThat(report.isClean()).isFalse();
    assertThat(report.leaked()).containsExactly(child);
    assertThat(report.survivors()).isEmpty();
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(child.isAlive()).isFalse();
    assertThat(child.ending()).contains(Ending.STOP_SIGNAL);
    assertThat(report.toString())
        .startsWith("inner left sleep running")
        .contains("\n  " + process.pid() + " sleep " + mark + "; ended by SIGTERM")
        .containsPattern(
            " running \\(started at EndFixture\\.java:\\d+( → .*)?\\)\n"
                + "|\n  started by this JVM, not through a Supervisor: it ");
  }

  @Test
  void emptyNameIsShown() throws Exception {
    Supervisor inner = scope.open("inner", unsettled());
    Path ready = directory.resolve("ready");
    Process process =
        new ProcessBuilder("perl", "-e", "$0 = ''; open R, '>', shift; sleep 1000", "" + ready)
            .start();
    Await.until(() -> Files.exists(ready));
    ScopeReport report = inner.end();
    assertThat(process.waitFor()).isEqualTo(143);
    assertThat(report.toString())
        .startsWith("inner left '' running")
        .contains("\n  " + process.pid() + " ''; ended by SIGTERM");
  }

  @Test
  void ambientChildThatIgnoresTheStopSignalIsKilled() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    Process process = ambient("trap '' TERM; exec sleep MARK");
    inner.awaitDescendant("sleep " + mark);
    ScopeReport report = inner.end();
    assertThat(process.waitFor()).isEqualTo(137);
    assertThat(report.leaked())
        .hasSize(1)
        .allMatch(leak -> leak.ending().equals(Optional.of(Ending.KILL)));
    assertThat(report.toString())
        .startsWith("inner left sleep running")
        .containsPattern("; still alive \\d+\\.\\d s after SIGTERM, then killed");
  }

  /** The JDK collects such a child at any time: before or after the end has seen it dead. */
  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT60S"})
  @Tag("full")
  void reportListsEachChildThatTheJdkCollects(Duration grace) throws Exception {
    ScopeOptions options = PATIENT.withSettle(Duration.ZERO).withGrace(grace);
    for (int round = 0; round < 100; round++) {
      Supervisor inner = scope.open("inner", options);
      List<Long> started = new ArrayList<>();
      for (int child = 0; child < 8; child++) {
        started.add(ambient("exec sleep MARK").pid());
      }
      ScopeReport report = inner.end();
      assertThat(report.ended())
          .extracting(Descendant::pid)
          .as("round " + round)
          .containsExactlyInAnyOrderElementsOf(started);
    }
  }

  @Test
  void reportHasTheHistoryOfALeakedDaemon() throws Exception {
    Supervisor inner = scope.open("inner", unsettled());
    Process middle = ambient("mkfifo go; sh -c 'sleep MARK; :' & read x < go; exit 6");
    inner.awaitDescendant("sleep " + mark);
    go("go");
    assertThat(middle.waitFor()).isEqualTo(6);
    Descendant daemon = inner.awaitOrphan("sh -c sleep*");
    ScopeReport report = inner.end();
    assertThat(report.leaked())
        .extracting(Descendant::name)
        .containsExactlyInAnyOrder("sh", "sleep");
    assertThat(report.toString())
        .startsWith("inner left sh with 1 process below it running")
        .containsPattern(
            "\n  "
                + daemon.pid()
                + " sh -c sleep .*; ended by SIGTERM\n   \\\\_ \\d+ sleep "
                + mark);
  }

  @Test
  void leaksAreReportedInTheOrderInWhichTheyWereSeen() throws Exception {
    Origins.awaitReported(); // until then a birth has no line, and births without one are apart
    Supervisor inner = scope.open("inner", unsettled());
    for (int i = 1; i <= 12; i++) {
      ambient("exec sleep MARK");
      int seen = i;
      Await.until(() -> inner.tree().find("sleep*").size() == seen);
    }
    List<Descendant> seen = inner.descendants();
    assertThat(inner.leaks()).containsExactlyElementsOf(seen).hasSize(12);
    ScopeReport report = inner.end();
    assertThat(report.leaked()).containsExactlyElementsOf(seen);
    assertThat(report.toString())
        .containsPattern("^inner left 12 × sleep running")
        .contains("\n  12 × sleep " + mark + "; ended by SIGTERM");
    assertThat(report.toString().lines()).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void lastOutputOfALeakIsQuoted() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    new ProcessBuilder("sh", "-c", "echo first; echo LOG: ready; echo; exec sleep " + mark)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
    inner.awaitDescendant("sleep " + mark);
    assertThat(inner.end().toString())
        .contains("last output " + directory.resolve("log") + ": \"LOG: ready\"");
  }

  @Test
  void processOfALaunchIsNoLeakAndGetsNoTimeToSettle() {
    Supervisor unsettled = scope.open("unsettled", PATIENT.withSettle(Duration.ofDays(1)));
    Launch launch = launch(unsettled, "(sleep MARK &); exec sleep MARK");
    unsettled.awaitOrphan("sleep*");
    assertThat(unsettled.leaks()).isEmpty();
    assertThat(unsettled.end().isClean()).isTrue(); // returns although the settle time is a day
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
  }

  @Test
  void processThatEndsWithinTheSettleTimeIsNoLeak() throws Exception {
    Supervisor settling = scope.open("settling", PATIENT.withSettle(Duration.ofDays(1)));
    Process process = ambient("mkfifo go; read x < go; exit 9");
    Descendant child = settling.awaitDescendant("sh -c mkfifo*");
    Await.until(() -> Files.exists(directory.resolve("go")));
    CompletableFuture<ScopeReport> end = CompletableFuture.supplyAsync(settling::end);
    Await.until(() -> isRefused(settling));
    assertThat(child.isAlive()).isTrue();
    go("go");
    assertThat(end.join().isClean()).isTrue();
    assertThat(process.waitFor()).isEqualTo(9);
    assertThat(child.ending()).contains(Ending.BY_ITSELF);
  }

  private static boolean isRefused(Supervisor scope) {
    try {
      scope.bind(Thread.currentThread()).close();
      return false;
    } catch (ScopeClosedException e) {
      return true;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void launchedProcessOfAStrictScopeIsALeakThatMaySettle() throws Exception {
    Supervisor strict = scope.open("strict", PATIENT.withStrict(true).withSettle(SHORT));
    Launch launch = launch(strict, "exec sleep MARK");
    strict.awaitDescendant("sleep " + mark);
    assertThat(strict.leaks()).containsExactly(launch.process());
    ScopeReport report = strict.end();
    assertThat(report.leaked()).containsExactly(launch.process());
    assertThat(report.toString())
        .startsWith("strict left sleep running (started at EndFixture.java:")
        .contains("; ended by SIGTERM");

    Supervisor settling =
        scope.open("settling", PATIENT.withStrict(true).withSettle(Duration.ofDays(1)));
    Launch ending = launch(settling, "mkfifo go; echo ready; read x < go; exit 4");
    ending.awaitOutput("ready");
    CompletableFuture<ScopeReport> end = CompletableFuture.supplyAsync(settling::end);
    Await.until(() -> isRefused(settling));
    go("go");
    assertThat(end.join().isClean()).isTrue();
    assertEnded(ending.process(), ExitStatus.exited(4), Ending.BY_ITSELF);
  }

  @Test
  void reportNamesTheSignalThatWasSent() throws Exception {
    Supervisor strict = scope.open("strict", unsettled().withStrict(true));
    Launch launch = strict.launch(program("exec sleep MARK").withStopSignal(Signal.USR1));
    strict.awaitDescendant("sleep " + mark);
    ScopeReport report = strict.end();
    assertEnded(launch.process(), ExitStatus.signaled(Signal.USR1), Ending.STOP_SIGNAL);
    assertThat(report.toString())
        .startsWith("strict left sleep running")
        .contains("; ended by SIGUSR1")
        .doesNotContain("SIGTERM");
  }

  /** On SIGTERM it closes the input of one child and sends SIGUSR2 to the other. */
  private static final String MASTER_OF_TWO =
      "mkfifo go; cat go & cat=$!; exec 3>go; sleep MARK 3>&- & sleep=$!;"
          + " trap 'exec 3>&-; wait $cat; kill -USR2 $sleep; wait $sleep; exit 0' TERM;"
          + " : >ready; wait $sleep";

  private Descendant awaitMasterOfTwo(Supervisor of) {
    Await.until(() -> Files.exists(directory.resolve("ready")));
    Await.until(() -> of.tree().find("cat go").size() == 1);
    of.awaitDescendant("sleep " + mark);
    return of.awaitDescendant("sh -c mkfifo*");
  }

  @Test
  void leakReportNamesHowEachWorkerEndedAfterTheStopSignalToItsMaster() throws Exception {
    Supervisor inner = scope.open("inner", unsettled());
    ambient(MASTER_OF_TWO);
    awaitMasterOfTwo(inner);
    assertThat(inner.end().toString())
        .startsWith("inner left sh with 2 processes below it running")
        .contains("; exited 0 after SIGTERM\n")
        .contains("cat go; exited 0 after SIGTERM to an ancestor\n")
        .contains("sleep " + mark + "; killed by SIGUSR2 after SIGTERM to an ancestor");
  }

  @Test
  void reportNamesNoSignalThatAProcessDidNotGet() {
    Supervisor inner = scope.open("inner", PATIENT);
    Launch launch = launch(inner, MASTER_OF_TWO);
    Descendant master = awaitMasterOfTwo(inner);
    assertThat(master).isEqualTo(launch.process());
    Descendant cat = inner.awaitDescendant("cat go");
    Descendant sleep = inner.awaitDescendant("sleep " + mark);
    assertThat(inner.end().toString().lines())
        .startsWith(
            "inner leaked nothing; at its end 3 processes were terminated (launched processes"
                + " are leaks only in a strict scope)",
            "  ended after SIGTERM                 " + master.pid() + " sh (exited 0)")
        .anyMatch(
            line ->
                line.startsWith("  ended after SIGTERM to an ancestor  ")
                    && line.contains(cat.pid() + " cat (exited 0)")
                    && line.contains(sleep.pid() + " sleep (killed by SIGUSR2)"))
        .filteredOn(line -> !line.startsWith("  ended by itself ")) // mkfifo, if it was seen
        .hasSize(3);
  }

  @Test
  void reportDoesNotMentionTheStopSignalIfNoneWasSent() throws Exception {
    Supervisor inner = scope.open("inner", graceless().withGrace(Duration.ZERO));
    ambient("exec sleep MARK");
    inner.awaitDescendant("sleep " + mark);
    assertThat(inner.end().toString())
        .startsWith("inner left sleep running")
        .contains("; killed by SIGKILL")
        .doesNotContain("SIGTERM");
  }

  @Test
  void foreignSocketWithANewlineInItsNameDoesNotKeepAScopeFromItsEnd() throws Exception {
    Path strange = directory.resolve("a\n1 2 3 zz 5 6 7 8");
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(strange));
      Supervisor inner = scope.open("inner");
      Launch sleep = launch(inner, "exec sleep MARK");
      Launch launch = inner.launch(Program.of("true").withCanaries());
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
      assertThat(sleep.process().listeningPaths()).isEmpty();
      inner.end();
      assertThat(sleep.isAlive()).isFalse();
    }
  }
}
