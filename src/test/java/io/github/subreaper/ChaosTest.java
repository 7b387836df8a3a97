package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.chaos.Bystanders;
import io.github.subreaper.chaos.Fault;
import io.github.subreaper.chaos.Fault.Kind;
import io.github.subreaper.chaos.Identity;
import io.github.subreaper.chaos.NaiveRun;
import io.github.subreaper.chaos.TreeGenerator;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares random trees of processes with the ledgers that they write about themselves.
 * CONTRIBUTING.md says how to run it longer, and how to repeat a seed.
 */
@Tag("full")
class ChaosTest {
  private static final long SEED =
      Long.getLong("chaos.seed", ThreadLocalRandom.current().nextInt(1_000_000_000));
  private static final long TREES = Long.getLong("chaos.trees", 200);
  private static final long MINUTES = Long.getLong("chaos.minutes", 7 * 24 * 60);
  private static final @Nullable String TEXT = System.getProperty("chaos.text");
  private static final long ONLY = Long.getLong("chaos.tree", -1);

  @TempDir private Path directory;

  private ChaosRun newRun(Path program) throws Exception {
    return new ChaosRun(program, Files.createDirectory(directory.resolve("ledgers")), SEED);
  }

  private Path program() throws Exception {
    return CProgram.build(directory, "chaos", "-lpthread");
  }

  @Test
  void randomTreesAreRecordedAsTheirLedgersSay() throws Exception {
    System.out.println("chaos: " + TREES + " trees of seed " + SEED);
    ChaosRun run = newRun(program());
    run.perform(
        number ->
            TEXT != null ? TEXT : TreeGenerator.tree(SEED + 1_000_003 * (ONLY < 0 ? number : ONLY)),
        TREES,
        Duration.ofMinutes(MINUTES));
    System.out.println("chaos: " + run.summary());
    assertThat(run.faults()).as(run.summary()).isEmpty();
    assertThat(run.trees()).isPositive();
  }

  /** Each of these trees failed once, or is a small version of one that did. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // a zombie below a living parent was reported as ended by the stop signal
        "(e7)p",
        "su295(dsz2052v(xt227k1)K0(st201p)z3851(st13h(gm(st58(e135)w0e147)z11862k3)w0u290e50)K2w2"
            + "(div(b6(e190)k2)w0p)e214)z963p",
        // a process that a JVM starts has SIGQUIT blocked
        "(dgk3)w0e5",
        // a process that had sent itself SIGHUP just before the end was reported as killed
        "sk1",
        // a trace answered one of many ends that come at once too late, or not at all
        "b12((e162)k6)We172"
      })
  void treeThatFailedOnceMatchesItsLedger(String tree) throws Exception {
    ChaosRun run = newRun(program());
    run.perform(number -> tree, 12, Duration.ofMinutes(MINUTES));
    assertThat(run.faults()).as(run.summary()).isEmpty();
    assertThat(run.trees()).isEqualTo(12);
  }

  @Test
  void controlThatReapsEveryDeadChildIsDetected() throws Exception {
    String program = program().toString();
    int wrong = 0;
    for (int i = 0; i < 20 && wrong == 0; i++) { // it must beat the JDK once
      ChildJvm.Result result =
          ChildJvm.run(NaiveRun.class, program, directory.toString(), "60").exitedNormally();
      wrong = Integer.parseInt(result.value("wrong"));
    }
    assertThat(wrong).isPositive();
  }

  @Test
  void controlThatIsLeftIsDetected() throws Exception {
    Path program = program();
    ChaosRun run = newRun(program);
    Path ledger = run.newLedger();
    Process left =
        new ProcessBuilder(program.toString(), ledger.toString(), "p")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    run.sweep();
    assertThat(run.faults()).singleElement().asString().startsWith("LEFT: pid " + left.pid());
    assertThat(left.waitFor()).as("ended by the sweep").isEqualTo(137);
  }

  @Test
  void controlThatGetsASignalIsDetected() throws Exception {
    Bystanders bystanders = Bystanders.start(program(), directory);
    List<Identity> all = bystanders.identities();
    assertThat(all).hasSize(4);
    for (Identity one : all) {
      assertThat(KERNEL.kill.send(one.pid(), Signal.USR1.number())).isZero();
    }
    assertThat(bystanders.dismiss())
        .hasSize(4)
        .extracting(Fault::kind)
        .containsOnly(Kind.SIGNALLED);
    assertThat(all).noneMatch(Identity::isAlive);
  }
}
