package io.github.subreaper.internal.engine;

import static io.github.subreaper.internal.linux.calls.Errno.ESRCH;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGUSR1;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.query.Signals;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.scan.Delivery;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processes that the kernel reaps by itself (Linux 7.1), and plain ones: what they end with is
 * known, and no signal reaches a bystander that gets the pid of one between the look at it and the
 * signal. {@code -Dautoreap.rounds=1000} tries longer.
 */
class AutoreapTest {
  private static final int ROUNDS = Integer.getInteger("autoreap.rounds", 40);
  private static final int AT_ONCE = 20;
  private static final int UNKNOWN_FLAGS = 38;

  @TempDir private static Path directory;
  private static Path program = Path.of("");
  private final Subreaper subreaper = Subreaper.activate();
  private final Engine engine = Engine.acquire();
  private final Supervisor scope =
      subreaper.open("autoreap", ScopeOptions.defaults().withAwait(LONG).withSettle(Duration.ZERO));

  @BeforeAll
  static void build() throws Exception {
    program = CProgram.build(directory, "autoreap");
  }

  @AfterEach
  void close() {
    scope.end();
    engine.release();
    subreaper.close();
  }

  private Launch launch(String mode, int children) {
    Launch launch = scope.launch(program.toString(), mode, "" + children);
    ExitStatus end = launch.awaitExit();
    assumeTrue(!end.equals(ExitStatus.exited(UNKNOWN_FLAGS)), "CLONE_AUTOREAP needs Linux 7.1");
    assertThat(end).isEqualTo(ExitStatus.exited(3));
    return launch;
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "auto"})
  void statusOfAnOrphanIsKnownHoweverItEnds(String mode) {
    Launch launch = launch(mode, 2);
    Await.until(() -> launch.tree().size() == 2);
    List<Descendant> orphans = launch.orphans();
    assertThat(orphans).hasSize(2);
    assertThat(orphans.get(0).signal(Signal.USR2)).isTrue();
    assertThat(orphans.get(1).signal(Signal.TERM)).isTrue();
    assertThat(orphans.get(0).awaitExit()).isEqualTo(ExitStatus.exited(42));
    assertThat(orphans.get(1).awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "auto"})
  void endOfAScopeLeavesNoOrphan(String mode) {
    Launch launch = launch(mode, 3);
    Await.until(() -> launch.tree().size() == 3);
    assertThat(scope.end().survivors()).isEmpty();
    assertThat(launch.orphans())
        .hasSize(3)
        .allSatisfy(orphan -> assertThat(orphan.exitStatus()).isPresent())
        .allSatisfy(
            orphan -> assertThat(orphan.awaitExit()).isInstanceOf(ExitStatus.Signaled.class));
  }

  /** CLONE_PIDFD_AUTOKILL: the kernel kills it when its parent ends, and reaps it. */
  @Test
  void statusOfAChildThatIsKilledWithItsParentIsKnown() throws Exception {
    Launch launch = scope.launch(Program.of(program.toString(), "autokill", "1").withPipedInput());
    Await.until(() -> launch.tree().size() == 2 || !launch.process().isAlive());
    assumeTrue(launch.process().isAlive(), "CLONE_PIDFD_AUTOKILL needs Linux 7.1");
    Descendant child = launch.process().children().get(0);
    launch.stdin().close();
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
    assertThat(child.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "auto"})
  void signalToAnOrphanReachesNoBystanderThatTakesItsPid(String mode) throws Exception {
    Process heir = new ProcessBuilder(program.toString(), "heir").start();
    try (BufferedReader answers = heir.inputReader(UTF_8)) {
      for (int round = 0; round < ROUNDS; round += AT_ONCE) {
        Launch launch = launch(mode, AT_ONCE);
        Await.until(() -> launch.orphans().size() == AT_ONCE);
        List<ProcessRecord> orphans =
            engine.queries().records().stream()
                .filter(one -> one.isAlive() && one.launch() != null && !one.isLaunched())
                .toList();
        assertThat(orphans).hasSize(AT_ONCE);
        for (ProcessRecord orphan : orphans) {
          replace(orphan, mode, heir, answers);
        }
        assertThat(launch.orphans())
            .allSatisfy(
                one ->
                    assertThat(one.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL, false)));
      }
    } finally {
      heir.destroyForcibly();
    }
  }

  private void replace(ProcessRecord orphan, String mode, Process heir, BufferedReader answers) {
    Signals signals = engine.signals();
    engine.lock.run(
        () -> {
          engine.observer.observe(orphan);
          assertThat(orphan.isAlive()).isTrue();
          assertThat(ask("end " + orphan.pid(), heir, answers)).isEqualTo("ended");
          if (mode.equals("auto")) {
            take(orphan, heir, answers);
          }
          Delivery.send(KERNEL, orphan, SIGUSR1);
          signals.sendAtOnce(orphan, SIGUSR1, SignalReason.TEST);
          signals.sendToSession(orphan, SIGUSR1);
        });
    if (mode.equals("plain")) {
      take(orphan, heir, answers);
    }
    assertThat(signals.send(orphan, SIGUSR1, SignalReason.TEST)).isEqualTo(ESRCH);
    assertThat(signals.sendAtOnce(orphan, SIGKILL, SignalReason.TEST)).isEqualTo(ESRCH);
    assertThat(signals.sendToSession(orphan, SIGUSR1)).isFalse();
    assertThat(ask("ask", heir, answers)).isEqualTo("clean");
  }

  private static void take(ProcessRecord orphan, Process heir, BufferedReader answers) {
    String answer = ask("take " + orphan.pid(), heir, answers);
    assumeTrue(!answer.equals("refused"), "only root may choose pids");
    assertThat(answer).isEqualTo("taken");
  }

  private static String ask(String question, Process heir, BufferedReader answers) {
    try {
      heir.getOutputStream().write((question + "\n").getBytes(UTF_8));
      heir.getOutputStream().flush();
      return answers.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
