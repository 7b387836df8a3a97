package io.github.subreaper;

import io.github.subreaper.chaos.Bystanders;
import io.github.subreaper.chaos.Comparison;
import io.github.subreaper.chaos.Fault;
import io.github.subreaper.chaos.Fault.Kind;
import io.github.subreaper.chaos.Identity;
import io.github.subreaper.chaos.Ledger;
import io.github.subreaper.chaos.Observed;
import io.github.subreaper.chaos.TreePlan;
import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Runs random trees, several at once in several scopes, and compares the observations with each
 * tree's ledger. Trees come in batches; each batch has its own activation.
 */
final class ChaosRun {
  private static final int WORKERS = 6;
  private static final int SCOPES_OF_A_BATCH = 40;
  private static final int MOST_FAULTS = 20;

  /** How many of a hundred launches are traced. */
  private static final int TRACED_PERCENT = Integer.getInteger("chaos.traced", 50);

  /** The number of trees after which a long run prints its progress. */
  private static final int PROGRESS = 1000;

  /** How one tree is started. */
  private enum Start {
    LAUNCH,
    PROCESS,
    PROCESS_OF_A_THREAD_THAT_ENDS
  }

  private final Path program;
  private final Path directory;
  private final long seed;
  private final List<String> report = new ArrayList<>();
  private final Map<Kind, Integer> counts = new HashMap<>();
  private int trees;
  private int processes;
  private int adopted;
  private int reapedByOthers;
  private int reapedByOthersUnknown;
  private int exitsInJournals;
  private int tracedProcesses;

  /**
   * Prepares a run.
   *
   * @param program chaos.c
   * @param directory for ledgers, used by this run only
   * @param seed decides how trees are started and ended
   */
  ChaosRun(Path program, Path directory, long seed) {
    this.program = program;
    this.directory = directory;
    this.seed = seed;
  }

  /** The text of each tree, by its number. */
  interface Trees {
    String text(long number);
  }

  private record Planted(
      long number,
      TreePlan plan,
      Path ledger,
      @Nullable Launch launch,
      boolean traced,
      @Nullable Process process) {}

  private record Round(Supervisor scope, boolean cut, List<Planted> trees, List<Fault> left) {}

  /** Runs trees until there are enough, the time is over, or too many faults were found. */
  void perform(Trees generator, long enough, Duration longest) throws Exception {
    long end = System.nanoTime() + longest.toNanos();
    Bystanders bystanders = Bystanders.start(program, directory);
    ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
    try {
      while (trees < enough && System.nanoTime() - end < 0 && report.size() < MOST_FAULTS) {
        int before = trees / PROGRESS;
        batch(generator, enough, workers);
        if (trees / PROGRESS > before) {
          System.out.println("chaos: " + summary());
        }
      }
    } finally {
      workers.shutdown();
      bystanders.dismiss().forEach(fault -> add(fault, "seed " + seed));
    }
  }

  private void batch(Trees generator, long enough, ExecutorService workers) throws Exception {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor batch = subreaper.open("batch");
        Supervisor idle = batch.open("idle")) {
      Path idlersLedger = newLedger();
      Launch idler = idle.launch(program.toString(), idlersLedger.toString(), "Y");
      Await.until(() -> Ledger.read(idlersLedger).isStaying("0"));
      List<Future<Round>> running = new ArrayList<>();
      int planned = trees;
      for (int i = 0; i < SCOPES_OF_A_BATCH && planned < enough; i++) {
        int first = planned;
        int count =
            (int) Math.min(1 + new SplittableRandom(seed ^ first).nextInt(3), enough - first);
        planned += count;
        Callable<Round> round = () -> round(batch, generator, first, count);
        running.add(workers.submit(round));
      }
      List<Round> rounds = new ArrayList<>();
      try {
        for (Future<Round> round : running) {
          rounds.add(round.get());
        }
      } catch (ExecutionException e) {
        running.forEach(round -> round.cancel(true));
        throw new AssertionError("a scope of seed " + seed + " failed", e.getCause());
      }
      if (!idler.isAlive()) {
        add(new Fault(Kind.SIGNALLED, "the launch of another scope has ended"), "seed " + seed);
      }
      idle.end();
      Integer signals = Ledger.read(idlersLedger).signals("0");
      if (signals == null || signals != 0) {
        add(new Fault(Kind.SIGNALLED, "the launch of another scope: " + signals), "seed " + seed);
      }
      batch.end(); // also ends processes that no evidence ties to one of the scopes
      compare(subreaper, rounds);
      JournalComparison journal = JournalComparison.of(batch);
      journal.faults().forEach(fault -> add(fault, " seed " + seed));
      exitsInJournals += journal.exits();
    }
    sweep();
  }

  /** Creates the ledger file of one tree. */
  Path newLedger() throws IOException {
    return Files.createTempFile(directory, "tree", ".ledger");
  }

  /**
   * Runs one scope: starts some trees, may wait until those that end by themselves have ended, and
   * ends.
   */
  private Round round(Supervisor batch, Trees generator, long first, int count) throws Exception {
    SplittableRandom random = new SplittableRandom(seed * 31 + first);
    boolean cut = random.nextInt(5) == 0;
    ScopeOptions options =
        ScopeOptions.defaults()
            .withGrace(Duration.ofMillis(random.nextInt(60)))
            .withSettle(Duration.ZERO)
            .withKill(Duration.ofMinutes(1));
    Supervisor scope = batch.open("scope of " + first, options);
    List<Planted> planted = new ArrayList<>();
    Binding bound = scope.bind(Thread.currentThread());
    try {
      for (int i = 0; i < count; i++) {
        Start start = Start.values()[Math.max(0, random.nextInt(6) - 3)];
        planted.add(plant(scope, first + i, TreePlan.of(generator.text(first + i)), start));
      }
      long events = cut ? random.nextInt(60) : Long.MAX_VALUE;
      for (Planted tree : planted) {
        if (!Await.patiently(() -> isDone(tree, events))) {
          throw new AssertionError("does not come to rest: " + describe(tree));
        }
      }
      if (random.nextInt(4) == 0) {
        planted.stream()
            .map(Planted::launch)
            .filter(Launch.class::isInstance)
            .forEach(Launch::stop);
      }
    } finally {
      bound.close();
      scope.end();
    }
    return new Round(scope, cut, planted, left(scope, planted));
  }

  private static boolean isDone(Planted tree, long events) {
    Ledger ledger = Ledger.read(tree.ledger);
    return ledger.lines().size() >= events || ledger.isComplete(tree.plan);
  }

  /**
   * Finds processes that live after the end: by the records of the scope, and by the ledgers of its
   * launches.
   */
  private List<Fault> left(Supervisor scope, List<Planted> planted) {
    List<Fault> left = new ArrayList<>();
    for (Descendant process : scope.descendants()) {
      if (identity(process).isAlive()) {
        left.add(new Fault(Kind.LEFT, process + " of " + scope.name()));
      }
    }
    for (Planted tree : planted) {
      for (Identity identity : Ledger.read(tree.ledger).born().values()) {
        if (tree.launch != null && identity.isAlive()) {
          left.add(new Fault(Kind.LEFT, identity + " of" + describe(tree)));
        }
      }
    }
    return left;
  }

  private Planted plant(Supervisor scope, long number, TreePlan plan, Start start)
      throws Exception {
    Path ledger = newLedger();
    String[] command = {program.toString(), ledger.toString(), plan.text()};
    if (start == Start.LAUNCH) {
      boolean traced = new SplittableRandom(seed ^ number).nextInt(100) < TRACED_PERCENT;
      Program tree = Program.of(command);
      Launch launch = scope.launch(traced ? tree.traced() : tree);
      return new Planted(number, plan, ledger, launch, traced, null);
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    if (start == Start.PROCESS) {
      return new Planted(number, plan, ledger, null, false, builder.start());
    }
    ExecutorService other = Executors.newSingleThreadExecutor();
    try {
      return new Planted(number, plan, ledger, null, false, other.submit(builder::start).get());
    } finally {
      other.shutdown();
    }
  }

  /** Repeats the comparison for a while, since a child of the JDK can be in doubt for some time. */
  private void compare(Subreaper subreaper, List<Round> rounds) throws Exception {
    List<Judged> judged = new ArrayList<>();
    Await.patiently(
        () -> {
          judged.clear();
          Map<Identity, Observed> observed = observed(subreaper.descendants());
          for (Round round : rounds) {
            for (Planted tree : round.trees) {
              judged.add(judge(round, tree, observed));
            }
          }
          return judged.stream()
              .flatMap(one -> one.faults.stream())
              .noneMatch(fault -> fault.kind() == Kind.LOST);
        });
    for (Round round : rounds) {
      round.left.forEach(fault -> add(fault, ""));
    }
    Map<Identity, Planted> owners = new HashMap<>();
    for (Judged one : judged) {
      trees++;
      processes += one.ledger.born().size();
      one.ledger.born().values().forEach(identity -> owners.put(identity, one.tree));
      one.faults.forEach(fault -> add(fault, describe(one.tree)));
      Process process = one.tree.process;
      if (process != null && !Await.patiently(() -> !process.isAlive())) {
        add(Kind.LEFT, "pid " + process.pid(), one.tree);
      } else if (process != null) {
        one.comparison
            .withProcess(process.exitValue())
            .forEach(fault -> add(fault, describe(one.tree)));
      }
    }
    judged.forEach(one -> checkLaunch(one, owners));
    Map<Identity, Observed> all = observed(subreaper.descendants());
    judged.forEach(one -> checkTrace(one, all));
    for (Descendant foreign : subreaper.foreign()) {
      Planted owner = owners.get(identity(foreign));
      if (owner != null) {
        add(Kind.MISPLACED, foreign + " is called foreign", owner);
      }
    }
    count(judged, observed(subreaper.descendants()));
    for (Judged one : judged) {
      one.ledger
          .born()
          .forEach(
              (path, identity) -> {
                if (identity.isThere()) {
                  add(Kind.LEFT, path + " is a zombie still", one.tree);
                }
              });
    }
  }

  private record Judged(Planted tree, Ledger ledger, Comparison comparison, List<Fault> faults) {}

  private static Judged judge(Round round, Planted tree, Map<Identity, Observed> observed) {
    Ledger ledger = Ledger.read(tree.ledger);
    boolean launched = tree.launch != null;
    String own = round.scope.name();
    // without evidence, an ambient process belongs to the scope around all open ones
    Set<String> scopes = launched ? Set.of(own) : Set.of(own, "batch");
    Comparison comparison = new Comparison(tree.plan, ledger, round.cut, launched, scopes);
    return new Judged(tree, ledger, comparison, comparison.with(observed));
  }

  /** Checks that the orphans of a launch are those of its tree, and no others. */
  private void checkLaunch(Judged one, Map<Identity, Planted> owners) {
    Launch launch = one.tree.launch;
    if (launch == null) {
      return;
    }
    Set<Identity> orphans = observed(launch.orphans()).keySet();
    for (Identity identity : one.comparison.mustBeKnown()) {
      boolean known = orphans.contains(identity) || identity(launch.process()).equals(identity);
      if (!known) {
        add(Kind.LOST, identity + " does not belong to the launch", one.tree);
      }
    }
    for (Identity identity : orphans) {
      Planted owner = owners.get(identity);
      if (owner != null && !owner.equals(one.tree)) {
        add(Kind.MISPLACED, identity + " belongs to another launch", one.tree);
      }
    }
  }

  /**
   * Returns whether the process that has forked this one was killed, perhaps in the middle of that:
   * then the kernel does not show which process it was.
   */
  private static boolean wasForkerKilled(Judged one, String path, Map<Identity, Observed> all) {
    Identity forker = one.ledger.born().get(TreePlan.parentOf(path));
    Observed seen = forker == null ? null : all.get(forker);
    return path.equals("0")
        || seen == null
        || ExitStatus.signaled(Signal.KILL).equals(seen.status());
  }

  /** Checks that of a traced launch all is known, whichever process collects it. */
  private void checkTrace(Judged one, Map<Identity, Observed> all) {
    if (!one.tree.traced) {
      return;
    }
    one.ledger
        .born()
        .forEach(
            (path, identity) -> {
              tracedProcesses++;
              Observed seen = all.get(identity);
              if (seen == null || seen.status() == null) {
                add(Kind.LOST, path + " of a traced launch: " + seen, one.tree);
              } else if (seen.status() instanceof ExitStatus.Unknown) {
                add(Kind.LOST, path + " is traced: " + seen, one.tree);
              } else if (seen.parent() == null && !wasForkerKilled(one, path, all)) {
                add(Kind.LOST, path + " has no parent: " + seen, one.tree);
              }
            });
    Launch launch = one.tree.launch;
    if (launch != null && !launch.journal().isExact()) {
      add(Kind.LOST, "the journal of a traced launch is not exact", one.tree);
    }
  }

  private void count(List<Judged> judged, Map<Identity, Observed> observed) {
    for (Judged one : judged) {
      List<Identity> ours = one.comparison.mustBeKnown();
      adopted += ours.size();
      for (Identity identity : one.ledger.born().values()) {
        Observed seen = observed.get(identity);
        if (seen != null && !ours.contains(identity) && seen.status() != null) {
          reapedByOthers++;
          reapedByOthersUnknown += seen.status() instanceof ExitStatus.Unknown ? 1 : 0;
        }
      }
    }
  }

  private static Map<Identity, Observed> observed(List<Descendant> descendants) {
    Map<Identity, Observed> observed = new HashMap<>();
    for (Descendant one : descendants) {
      observed.put(
          identity(one),
          new Observed(
              identity(one),
              one.parent().map(ChaosRun::identity).orElse(null),
              one.exitStatus().orElse(null),
              one.ending().orElse(null),
              one.isOrphan(),
              one.scope()));
    }
    return observed;
  }

  private static Identity identity(Descendant process) {
    return new Identity((int) process.pid(), process.record().startTicks());
  }

  /**
   * Kills processes that the batches left anywhere on the machine, found by the ledger in their
   * command line, and records each as a fault.
   */
  void sweep() throws IOException {
    for (String process : EndFixture.marked(directory + "/tree")) {
      long pid = Long.parseLong(process.split(" ", 2)[0]);
      add(new Fault(Kind.LEFT, "pid " + pid + " of no ledger"), "seed " + seed);
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    try (DirectoryStream<Path> ledgers = Files.newDirectoryStream(directory, "tree*")) {
      for (Path ledger : ledgers) {
        Files.delete(ledger);
      }
    }
  }

  private void add(Kind kind, String what, Planted tree) {
    add(new Fault(kind, what), describe(tree));
  }

  private synchronized void add(Fault fault, String where) {
    counts.merge(fault.kind(), 1, Integer::sum);
    String text = fault.kind() + ": " + fault.what() + where;
    System.out.println("chaos: " + text); // a long run may be stopped at its first fault
    report.add(text);
  }

  private String describe(Planted tree) {
    String how = tree.launch != null ? "launched" : "through ProcessBuilder";
    return "\n  tree "
        + tree.number
        + " of seed "
        + seed
        + ", "
        + how
        + ": "
        + tree.plan.text()
        + "\n    "
        + String.join("\n    ", Ledger.read(tree.ledger).lines());
  }

  /** Returns the faults, each with its tree. */
  List<String> faults() {
    return report;
  }

  int trees() {
    return trees;
  }

  /** Returns the figures of the run in one line. */
  String summary() {
    return String.format(
        "%,d trees, %,d processes, %,d lost, %,d wrong, %,d misplaced, %,d left,"
            + " %,d bystanders signalled; %,d adopted or launched; of %,d reaped by their parents,"
            + " %,d with unknown status; %,d of traced launches; %,d ends in the journals; seed %d",
        trees,
        processes,
        counts.getOrDefault(Kind.LOST, 0),
        counts.getOrDefault(Kind.WRONG, 0),
        counts.getOrDefault(Kind.MISPLACED, 0),
        counts.getOrDefault(Kind.LEFT, 0),
        counts.getOrDefault(Kind.SIGNALLED, 0),
        adopted,
        reapedByOthers,
        reapedByOthersUnknown,
        tracedProcesses,
        exitsInJournals,
        seed);
  }
}
