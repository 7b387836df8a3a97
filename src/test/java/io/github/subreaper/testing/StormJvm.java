package io.github.subreaper.testing;

import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts processes that shed their tag, at random moments and by {@code ProcessBuilder}, until it
 * is killed; no code asks the library. Takes a seed, and the argument of the {@code sleep} by which
 * all of them can be recognized. Prints {@code ready=} before the first one.
 */
public final class StormJvm {
  private static final int LONGEST_PAUSE_MILLIS = 300;

  private StormJvm() {}

  public static void main(String[] arguments) throws Exception {
    Random random = new Random(Long.parseLong(arguments[0]));
    String sleep = "sleep " + arguments[1];
    List<List<String>> shapes =
        List.of(
            List.of("prlimit", "--locks=777:777", "sh", "-c", sleep + "; :"),
            List.of("sh", "-c", "prlimit --locks=777:777 " + sleep + " & wait"),
            List.of("sh", "-c", "sleep 0.05; exec prlimit --locks=777:777 " + sleep),
            List.of("setsid", "prlimit", "--locks=777:777", "sh", "-c", sleep + "; :"),
            List.of("setsid", "-f", "prlimit", "--locks=777:777", "sh", "-c", sleep + "; :"));
    Subreaper subreaper = Subreaper.activate();
    try (Supervisor scope = subreaper.open("storm")) {
      System.out.println("ready=" + scope.tree().size());
      while (true) {
        new ProcessBuilder(shapes.get(random.nextInt(shapes.size()))).start();
        LockSupport.parkNanos(random.nextInt(1, LONGEST_PAUSE_MILLIS) * 1_000_000L);
      }
    }
  }
}
