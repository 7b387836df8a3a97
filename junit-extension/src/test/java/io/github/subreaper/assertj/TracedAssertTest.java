package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.waits.Await.LONG;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.engine.FailingTraces;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Assertions about what only a trace knows. */
@Timeout(120)
class TracedAssertTest {
  private static final String NEEDS_A_TRACE =
      "\nbut only a traced launch knows that: it needs Program.traced(). What is known:\n\n";

  @AutoClose private final RealScope scope = new RealScope();

  private Launch traced(String script) {
    return scope.patient().launch(Program.of("sh", "-c", script).traced());
  }

  private static void assertFails(
      Object subject, String verdict, String evidence, ThrowingCallable assertion) {
    String name =
        subject instanceof Launch launch ? Naming.of(launch) : Naming.of((Descendant) subject);
    assertThatThrownBy(assertion)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("Expecting " + name + "\n" + verdict)
        .hasMessageContaining(evidence);
  }

  @Test
  void commandsOfATracedLaunchAreKnown() {
    Launch launch = traced("true one; date >/dev/null; true two");
    assertThat(launch).exitsWith(0);

    assertThat(launch)
        .executed("sh -c *")
        .executed("date")
        .executedInOrder("sh *", "date")
        .neverExecuted("sudo *");
  }

  @Test
  void executedFailsWithAllThatWasExecuted() {
    Launch launch = traced("date >/dev/null; (:); exec env true");
    assertThat(launch).exitsWith(0);

    assertExecutionsAreShown(
        launch,
        "to have executed `initdb *`\nbut its processes have executed:\n\n",
        () -> assertThat(launch).executed("initdb *"));
    assertExecutionsAreShown(
        launch,
        "to have executed in this order: `env *`, `date`; it has not executed `date` after the"
            + " others\nbut its processes have executed:\n\n",
        () -> assertThat(launch).executedInOrder("env *", "date"));
    assertExecutionsAreShown(
        launch,
        "to have never executed `date`\nbut its processes have executed:\n\n",
        () -> assertThat(launch).neverExecuted("date"));
  }

  /** Each has its time and its pid, and a child that executes nothing is shown, too. */
  private static void assertExecutionsAreShown(
      Launch launch, String verdict, ThrowingCallable assertion) {
    String lines =
        """
        [ ]+0\\.000 s  PID +sh -c .*
        [ ]+\\d+\\.\\d{3} s  (\\d+) +  date
        [ ]+\\d+\\.\\d{3} s  (?!\\1|PID)\\d+ +  sh.*   \\(forked by PID, no exec\\)
        [ ]+\\d+\\.\\d{3} s  PID +env true
        [ ]+\\d+\\.\\d{3} s  PID +true""";
    assertThatThrownBy(assertion)
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching(
            "(?s)Expecting \\Q%s\n%s\\E".formatted(Naming.of(launch), verdict)
                + lines.replace("PID", Long.toString(launch.pid())));
  }

  @Test
  void executionsAndSignalsNeedATrace() {
    Launch launch = scope.patient().launch("sh", "-c", "sleep 0");
    assertThat(launch).exitsWith(0);

    assertFails(
        launch,
        "to have executed `sleep *`" + NEEDS_A_TRACE,
        "exited 0",
        () -> assertThat(launch).executed("sleep *"));
    assertFails(
        launch,
        "to have executed in this order: `sh *`, `sleep *`" + NEEDS_A_TRACE,
        "exited 0",
        () -> assertThat(launch).executedInOrder("sh *", "sleep *"));
    assertFails(
        launch,
        "to have never executed `sudo *`" + NEEDS_A_TRACE,
        "exited 0",
        () -> assertThat(launch).neverExecuted("sudo *"));
    assertFails(
        launch.process(),
        "to have received SIGHUP" + NEEDS_A_TRACE,
        "exited 0",
        () -> assertThat(launch.process()).received(Signal.HUP));
    assertThatThrownBy(() -> assertThat(launch).executedInOrder())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no glob was given: name at least one");
  }

  @Test
  void signalsOfATracedProcessAreKnown() {
    Launch launch = traced("trap : USR1; kill -USR1 $$; exit 0");
    assertThat(launch).exitsWith(0);

    assertThat(launch.process()).received(Signal.USR1);
    assertFails(
        launch.process(),
        "to have received SIGHUP\nbut it has received SIGUSR1\n\n",
        "got SIGUSR1 by " + launch.pid(),
        () -> assertThat(launch.process()).received(Signal.HUP));
  }

  /** The process that sends the signal lives on, and so does its command line. */
  @Test
  void eachFailureAboutAnEndNamesTheSenderOfTheSignal() {
    Launch launch = traced("(kill -TERM $$; exec sleep 1000) & wait");
    launch.awaitExit();
    Descendant process = launch.process();
    String end = "killed by SIGTERM from " + process.endedBy().orElseThrow();
    String verdict = "to end with: exited 0\nbut it ended with: " + end + "\n";

    assertFails(launch, verdict, end, () -> assertThat(launch).exitsWith(0));
    assertFails(process, verdict, end, () -> assertThat(process).exitsWith(0));
    assertFails(
        launch,
        verdict,
        end,
        () -> assertThat(launch).exitsWithin(LONG).with(ExitStatus.exited(0)));
    assertFails(
        process,
        "to have dumped core\nbut it ended with: " + end + "\n",
        end,
        () -> assertThat(process).exitsWithin(LONG).dumpedCore());
    assertFails(
        process, "to be alive\nbut it is not: " + end, end, () -> assertThat(process).isAlive());
  }

  @Test
  void signalOfTheTestIsReportedAsWithoutATrace() {
    Launch launch = traced("exec sleep 1000");
    launch.signal(Signal.TERM);
    launch.awaitExit();

    assertFails(
        launch,
        "to end with: exited 0\nbut it ended with: killed by SIGTERM\n",
        " killed by SIGTERM after ",
        () -> assertThat(launch).exitsWith(0));
  }

  @Test
  void traceThatHasFailedIsTheReason(@TempDir Path directory) throws Exception {
    Path go = directory.resolve("go");
    Launch launch = traced("until [ -e " + go + " ]; do :; done; date; sleep 1000");
    FailingTraces failing = new FailingTraces();
    try {
      Files.createFile(go);
      launch.awaitExit();
    } finally {
      failing.close();
    }
    String why =
        "it is not known: the kernel killed what was traced, since the trace failed:"
            + " java.lang.IllegalStateException: as if. To fix: run it again.";
    String end = "killed by SIGKILL (by the kernel, since the trace failed)";

    assertFails(
        launch,
        "to have executed `date`\nbut " + why,
        "the log has in full. What is known:\n\n",
        () -> assertThat(launch).executed("date"));
    assertFails(
        launch,
        "to have executed in this order: `sh *`, `date`\nbut " + why,
        "launched",
        () -> assertThat(launch).executedInOrder("sh *", "date"));
    assertFails(
        launch,
        "to have never executed `sudo *`\nbut " + why,
        "launched",
        () -> assertThat(launch).neverExecuted("sudo *"));
    assertFails(
        launch.process(),
        "to have received SIGHUP\nbut " + why,
        "launched",
        () -> assertThat(launch.process()).received(Signal.HUP));
    assertFails(
        launch,
        "to end with: exited 0\nbut it ended with: " + end,
        "since the trace failed: java.lang.IllegalStateException: as if",
        () -> assertThat(launch).exitsWith(0));
  }
}
