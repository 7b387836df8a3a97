package io.github.subreaper.chaos;

import static io.github.subreaper.testing.Linux.KERNEL;

import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import io.github.subreaper.chaos.Fault.Kind;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.proc.Wait.NoChildren;
import io.github.subreaper.internal.linux.proc.Wait.Zombie;
import io.github.subreaper.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Prints what the comparison finds in a JVM that simply reaps every dead child. Takes chaos.c, a
 * directory, and a number of trees.
 */
public final class NaiveRun {
  private static final ExitStatus KILLED = ExitStatus.signaled(Signal.KILL);

  private final Map<Identity, Observed> observed = new ConcurrentHashMap<>();

  private NaiveRun() {}

  /** A tree, and its first process. */
  private record Planted(TreePlan plan, Path ledger, Process process) {}

  public static void main(String[] arguments) throws Exception {
    new NaiveRun()
        .run(Path.of(arguments[0]), Path.of(arguments[1]), Integer.parseInt(arguments[2]));
    System.exit(0);
  }

  private void run(Path program, Path directory, int count) throws Exception {
    KERNEL.subreaper.set(true);
    Thread reaper = new Thread(this::reapAll);
    reaper.setDaemon(true);
    reaper.start();
    List<Planted> trees = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TreePlan plan = TreePlan.of(TreeGenerator.tree(i));
      Path ledger = Files.createTempFile(directory, "naive", ".ledger");
      Process process =
          new ProcessBuilder(program.toString(), ledger.toString(), plan.text())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      trees.add(new Planted(plan, ledger, process));
    }
    int lost = 0;
    int wrong = 0;
    for (Planted tree : trees) {
      Await.until(() -> Ledger.read(tree.ledger).isComplete(tree.plan));
      Await.until(() -> killAll(Ledger.read(tree.ledger)));
      Comparison comparison =
          new Comparison(tree.plan, Ledger.read(tree.ledger), true, false, Set.of("naive"));
      List<Fault> faults = new ArrayList<>(comparison.with(observed));
      faults.addAll(comparison.withProcess(tree.process.waitFor()));
      lost += (int) faults.stream().filter(fault -> fault.kind() == Kind.LOST).count();
      wrong += (int) faults.stream().filter(fault -> fault.kind() == Kind.WRONG).count();
    }
    System.out.println("lost=" + lost);
    System.out.println("wrong=" + wrong);
  }

  private void reapAll() {
    Wait wait = KERNEL.waits();
    while (true) {
      try {
        Zombie zombie = wait.anyZombie(true);
        ProcessStat stat = zombie == null ? null : KERNEL.procfs.stat(zombie.pid());
        if (zombie != null && stat != null && wait.collect(zombie.pid()) != null) {
          Identity identity = new Identity(stat.pid(), stat.startTicks());
          ExitStatus status = Comparison.statusOf(zombie.waitStatus());
          Ending ending = status.equals(KILLED) ? Ending.KILL : Ending.BY_ITSELF;
          observed.put(identity, new Observed(identity, null, status, ending, true, "naive"));
        }
      } catch (NoChildren e) {
        Thread.onSpinWait(); // no child yet
      }
    }
  }

  /** Kills processes that stay, since nothing else ends them; returns whether none is left. */
  private static boolean killAll(Ledger ledger) {
    boolean alive = false;
    for (Identity identity : ledger.born().values()) {
      if (identity.isAlive()) {
        alive = true;
        ProcessHandle.of(identity.pid()).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
    return !alive;
  }
}
