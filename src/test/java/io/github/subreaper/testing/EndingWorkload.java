package io.github.subreaper.testing;

import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Kills trees of processes ten times. Takes chaos.c, a ledger, the text of the tree, and how many
 * of its processes stay.
 */
public final class EndingWorkload {
  private static final int ROUNDS = 10;
  private static final int TREES = 3;
  private static final ScopeOptions IMPATIENT =
      ScopeOptions.defaults().withGrace(Duration.ofMillis(1)).withSettle(Duration.ZERO);

  private EndingWorkload() {}

  public static void main(String[] arguments) throws Exception {
    Path ledger = Path.of(arguments[1]);
    long staying = Long.parseLong(arguments[3]);
    for (int round = 0; round < ROUNDS; round++) {
      Files.writeString(ledger, "");
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("round " + round, IMPATIENT)) {
        for (int tree = 0; tree < TREES; tree++) {
          scope.launch(
              Program.of(arguments[0], ledger.toString(), arguments[2]).withProcessGroupOfJvm());
        }
        while (staying(ledger) < TREES * staying) {
          Thread.onSpinWait();
        }
      }
    }
    System.out.println("rounds=" + ROUNDS);
  }

  private static long staying(Path ledger) throws IOException {
    return Files.readString(ledger).lines().filter(line -> line.startsWith("p ")).count();
  }
}
