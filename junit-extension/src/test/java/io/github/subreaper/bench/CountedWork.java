package io.github.subreaper.bench;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.SnapshotNode;
import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherFactory;

/** A JVM that counts the cost of some work and prints it. Its argument is an empty directory. */
final class CountedWork {
  private static final int TIMES = 50;
  private static final int WARM_UPS = 4;
  private static final CountedThreads WITH_CALLER = new CountedThreads(true);
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withAwait(Duration.ofMinutes(1));

  private final Path directory;
  private final Deque<SystemCalls> tracers = new ArrayDeque<>();

  private CountedWork(Path directory) {
    this.directory = directory;
  }

  /** The cost of a piece of work. */
  private record Cost(double bytes, double calls) {
    Cost minus(Cost other) {
      return new Cost(bytes - other.bytes, calls - other.calls);
    }

    void say(String what) {
      System.out.println("bytes " + what + "\t" + bytes);
      System.out.println("calls " + what + "\t" + calls);
    }
  }

  /** Prints a line for each figure: a name, a tab, a number; NaN if it is unavailable. */
  public static void main(String[] arguments) throws Exception {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(2));
    CountedWork work = new CountedWork(Path.of(arguments[0]));
    for (int i = 0; i < 4; i++) {
      work.tracers.add(SystemCalls.prepare(work.directory.resolve("calls" + i)));
    }
    try (Subreaper subreaper = Subreaper.activate()) {
      work.orphans(subreaper);
      work.snapshots(subreaper);
      work.tests();
    }
  }

  private Cost cost(CountedThreads threads, int pieces, Contest.Work work) throws Exception {
    for (int i = 0; i < WARM_UPS; i++) {
      work.measure();
    }
    long bytes = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      long before = threads.allocated();
      work.measure();
      bytes = Math.min(bytes, threads.allocated() - before);
    }
    double calls = Double.NaN;
    try {
      calls = tracers.remove().during(threads, work);
    } catch (IllegalStateException e) {
      System.out.println("strace: " + e.getMessage());
    }
    return new Cost((double) bytes / pieces, calls / pieces);
  }

  /** Starts one at a time: together they would cost less, by an amount that depends on timing. */
  private void orphans(Subreaper subreaper) throws Exception {
    Path line = directory.resolve("line");
    Setting.check(new ProcessBuilder("mkfifo", line.toString()).start().waitFor() == 0, "mkfifo");
    try (Supervisor supervisor = subreaper.open("orphans", OPTIONS);
        RandomAccessFile orders = new RandomAccessFile(line.toFile(), "rw")) {
      Launch shell =
          supervisor.launch(
              Program.of("sh", "-c", "while read -r order; do (exit 7 &) ; done")
                  .withStandardInput(line));
      cost(new CountedThreads(false), TIMES, () -> orphans(shell, orders)).say("an orphan");
    }
  }

  private static double orphans(Launch shell, RandomAccessFile orders) throws IOException {
    int before = shell.orphans().size();
    for (int i = 1; i <= TIMES; i++) {
      int wanted = before + i;
      orders.write("fork\n".getBytes(StandardCharsets.US_ASCII));
      Await.until(
          () -> shell.orphans().size() == wanted && isKnown(shell.orphans().get(wanted - 1)));
    }
    return TIMES;
  }

  private static boolean isKnown(Descendant orphan) {
    return orphan.exitStatus().equals(Optional.of(ExitStatus.exited(7)));
  }

  private void snapshots(Subreaper subreaper) throws Exception {
    try (Supervisor supervisor = subreaper.open("snapshots", OPTIONS)) {
      String script = "for i in $(seq " + (TIMES - 1) + "); do sleep 1000 & done; wait";
      Launch shell = supervisor.launch("sh", "-c", script);
      Await.until(() -> shell.tree().find("sleep*").size() == TIMES - 1);
      cost(WITH_CALLER, TIMES, () -> readAll(Access.get().nodes(supervisor.tree())))
          .say("a snapshot entry");
    }
  }

  /** Reads all attributes of a shape but sockets and user names: those depend on the machine. */
  private static int readAll(List<SnapshotNode> nodes) {
    int seen = 0;
    for (SnapshotNode node : nodes) {
      Setting.check(!node.commandLine().isEmpty() && node.uid().isPresent(), node);
      Setting.check(node.workingDirectory().isPresent() && !node.isStopped(), node);
      Setting.check(!node.isSessionLeader() && !node.isOrphan() && !node.name().isEmpty(), node);
      seen += 1 + readAll(node.children());
    }
    return seen;
  }

  private void tests() throws Exception {
    try (LauncherSession session = LauncherFactory.openSession()) {
      Cost plain =
          cost(
              WITH_CALLER,
              EmptyMethods.TESTS,
              () -> EmptyMethods.millis(session.getLauncher(), EmptyMethods.Plain.class));
      cost(
              WITH_CALLER,
              EmptyMethods.TESTS,
              () -> EmptyMethods.millis(session.getLauncher(), EmptyMethods.Guarded.class))
          .minus(plain)
          .say("an empty test");
    }
  }
}
