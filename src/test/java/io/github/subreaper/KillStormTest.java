package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Doomed;
import io.github.subreaper.testing.StormJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * JVMs are killed at random moments while they start processes that shed their tag, and no code
 * asks the library. {@code -Dstorm.kills=300} is the number of kills, {@code -Dstorm.seed=} repeats
 * a run.
 */
@Tag("full")
class KillStormTest {
  private static final int KILLS = Integer.getInteger("storm.kills", 5);
  private static final long SEED = Long.getLong("storm.seed", System.nanoTime());

  /** What was born so long before the kill is known to the guardian. A busy machine needs more. */
  private static final double KNOWN_SECONDS =
      Double.parseDouble(System.getProperty("storm.s", "2"));

  private static final int LONGEST_LIFE_MILLIS = 4_000;

  @TempDir private Path directory;

  @Test
  void nothingOutlivesTheJvmButWhatWasBornAMomentBefore() throws Exception {
    Random random = new Random(SEED);
    List<String> left = new ArrayList<>();
    int young = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      String sleep = "86" + (1_000_000 + random.nextInt(8_999_999));
      try (Doomed jvm =
              Doomed.startJvm(directory, List.of(), StormJvm.class, "" + random.nextLong(), sleep);
          Pidfd guardian = KERNEL.pidfd(jvm.guardian())) {
        jvm.value("ready=(\\d+)");
        LockSupport.parkNanos(random.nextInt(LONGEST_LIFE_MILLIS) * 1_000_000L); // the subject
        long killed = TIME.bootTicks();
        jvm.kill();
        Doomed.awaitEnd(guardian);
        for (ProcessStat stat : processesWith(sleep)) {
          if (!kill(stat)) {
            continue; // it has ended by itself
          }
          double age = (killed - stat.startTicks()) / (double) Procfs.TICKS_PER_SECOND;
          if (age >= KNOWN_SECONDS) {
            left.add(stat + " was " + age + " s old");
          } else {
            young++;
          }
        }
      }
    }
    System.out.printf(
        "%d kills, seed %d: %d left of what was %.1f s old, %d of what was younger%n",
        KILLS, SEED, left.size(), KNOWN_SECONDS, young);
    assertThat(left).as("seed " + SEED).isEmpty();
  }

  private static List<ProcessStat> processesWith(String word) {
    List<ProcessStat> found = new ArrayList<>();
    for (int pid : KERNEL.procfs.processes()) {
      ProcessStat stat = KERNEL.procfs.stat(pid);
      String command = String.join(" ", KERNEL.procfs.commandLine(pid));
      boolean harness = command.contains(StormJvm.class.getName());
      if (stat != null && command.contains(word) && !harness) {
        found.add(stat);
      }
    }
    return found;
  }

  /** Returns whether it was alive. */
  private static boolean kill(ProcessStat process) {
    try (Pidfd pidfd = KERNEL.pidfd(process.pid())) {
      ProcessStat now = KERNEL.procfs.stat(process.pid());
      boolean alive = now != null && now.startTicks() == process.startTicks() && !pidfd.hasEnded();
      if (alive) {
        pidfd.send(SignalNumber.SIGKILL);
        Doomed.awaitEnd(pidfd);
      }
      return alive;
    } catch (LinuxException e) {
      return false;
    }
  }
}
