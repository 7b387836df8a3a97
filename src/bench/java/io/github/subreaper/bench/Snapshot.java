package io.github.subreaper.bench;

import static java.util.Objects.requireNonNull;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.SnapshotNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import oshi.SystemInfo;
import oshi.software.os.OSProcess;
import oshi.software.os.OperatingSystem;

/**
 * A snapshot of all descendants of a JVM, in its own JVM: the tree, and of each process the name,
 * the arguments, the user, the working directory, whether it leads its session and whether it is
 * stopped. Each peer shows as much of that as it can.
 */
final class Snapshot {
  private static final String OURS = "ours";
  private static final String BYTES = "bytes";
  private static final String MEANING =
      "The tree below the JVM with name, arguments, user, directory, session and state of"
          + " each process. The peers show less: ProcessHandle no directory, session or state,"
          + " oshi no session, ps and pstree no directory.";
  private static final String C = "C, the same files";
  private static final String C_MEANING =
      "The same, compared with a program in C that reads the same files of the same"
          + " processes, its start included: the kernel's cost of that.";

  private Snapshot() {}

  static void run(Setting setting, Report report) throws Exception {
    int processes = setting.size(1000, 30);
    int few = setting.size(100, 10);
    int others = setting.size(10_000, 100);
    Figures alone = measure(setting, processes, true);
    String what = String.format("snapshot of %,d", processes);
    report.add(rows(alone.contest(), what, 0.4));
    report.add(
        Row.absolute(
            what + ", bytes allocated an entry",
            Spread.of(alone.bytes()),
            "B",
            Row.NO_GOAL,
            "What it allocates to read all fields of all descendants, for each of them."));
    Figures beside = Strangers.beside(setting, others, () -> measure(setting, few, true));
    report.add(
        rows(
            beside.contest(),
            String.format("snapshot of %,d among %,d others", few, others),
            0.02));
  }

  private static List<Row> rows(Contest contest, String what, double goal) {
    return contest.theirs().keySet().stream()
        .map(
            peer ->
                peer.equals(C)
                    ? contest.row(what, peer, Row.NO_GOAL, C_MEANING)
                    : contest.row(what, peer, goal, MEANING))
        .toList();
  }

  /** The output of a JVM about its snapshots. */
  record Figures(Contest contest, List<Double> bytes) {}

  /** Takes snapshots in its own JVM, with the library only or with its peers too. */
  static Figures measure(Setting setting, int processes, boolean peers) throws Exception {
    int rounds = setting.size(3, 1);
    String output =
        setting.run(
            setting
                .java(
                    Snapshot.class,
                    setting.program("tree"),
                    setting.program("look"),
                    Integer.toString(processes),
                    Integer.toString(rounds),
                    Boolean.toString(peers))
                .toArray(String[]::new));
    Map<String, List<Double>> theirs = new LinkedHashMap<>();
    for (String line : output.lines().toList()) {
      String[] words = line.split("\t", -1);
      if (words.length == 2) {
        theirs
            .computeIfAbsent(words[0], name -> new ArrayList<>())
            .add(Double.parseDouble(words[1]));
      }
    }
    List<Double> ours = requireNonNull(theirs.remove(OURS), output);
    List<Double> bytes = requireNonNull(theirs.remove(BYTES), output);
    return new Figures(new Contest(ours, theirs, "ms"), bytes);
  }

  /** The JVM whose descendants are in the snapshots. */
  public static void main(String[] arguments) throws Exception {
    String tree = arguments[0];
    String look = arguments[1];
    int processes = Integer.parseInt(arguments[2]);
    int rounds = Integer.parseInt(arguments[3]);
    boolean beside = Boolean.parseBoolean(arguments[4]);
    ScopeOptions options = ScopeOptions.defaults().withAwait(Duration.ofMinutes(1));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("snapshot", options)) {
      ExitStatus status = supervisor.launch(tree, arguments[2]).awaitExit();
      Setting.check(status.equals(ExitStatus.exited(0)), "tree", status);
      Contest.Work library = timed(processes, () -> told(Access.get().nodes(supervisor.tree())));
      Contest.Peer[] peers = beside ? peers(processes, look) : new Contest.Peer[0];
      Contest.of(Math.min(rounds, 2), "ms", library, peers);
      Contest contest = Contest.of(rounds, "ms", library, peers);
      say(OURS, contest.ours());
      contest.theirs().forEach(Snapshot::say);
      say(BYTES, List.of(Allocation.bytes(library) / processes));
    }
  }

  private static void say(String side, List<Double> figures) {
    figures.forEach(figure -> System.out.println(side + "\t" + figure));
  }

  private static Contest.Peer[] peers(int processes, String look) {
    OperatingSystem system = new SystemInfo().getOperatingSystem();
    return new Contest.Peer[] {
      new Contest.Peer("ProcessHandle", timed(processes, Snapshot::processHandle)),
      new Contest.Peer("oshi", timed(processes, () -> oshi(system))),
      new Contest.Peer("ps --forest", timed(processes, Snapshot::ps)),
      new Contest.Peer("pstree", timed(processes, Snapshot::pstree)),
      new Contest.Peer(C, timed(processes, () -> c(look)))
    };
  }

  /** Takes one snapshot, and returns how many processes of the tree are in it. */
  private interface Look {
    int count() throws Exception;
  }

  private static Contest.Work timed(int processes, Look look) {
    return () -> {
      long start = System.nanoTime();
      int seen = look.count();
      double millis = (System.nanoTime() - start) / 1e6;
      Setting.check(seen == processes, seen, "of", processes, "were seen");
      return millis;
    };
  }

  private static int told(List<SnapshotNode> siblings) {
    int count = 0;
    for (SnapshotNode node : siblings) {
      boolean complete =
          node.process().pid() > 0
              && node.commandLine().size() == 2
              && node.user().isPresent()
              && node.workingDirectory().isPresent()
              && !node.isStopped()
              && node.isSessionLeader() == node.isOrphan();
      count += told(node.children()) + (complete && node.name().equals("tree") ? 1 : 0);
    }
    return count;
  }

  private static int processHandle() {
    Map<Long, Long> parents = new HashMap<>();
    ProcessHandle.current()
        .descendants()
        .forEach(
            process -> {
              ProcessHandle.Info info = process.info();
              if (info.command().orElse("").endsWith("/tree")
                  && info.arguments().orElseThrow().length == 1
                  && info.user().isPresent()) {
                parents.put(process.pid(), process.parent().orElseThrow().pid());
              }
            });
    return parents.size();
  }

  private static int oshi(OperatingSystem system) {
    int count = 0;
    int self = (int) ProcessHandle.current().pid();
    for (OSProcess process : system.getDescendantProcesses(self, null, null, 0)) {
      boolean complete =
          process.getParentProcessID() > 0
              && process.getArguments().size() == 2
              && !process.getUser().isEmpty()
              && !process.getCurrentWorkingDirectory().isEmpty()
              && process.getState() != OSProcess.State.STOPPED;
      count += complete && process.getName().equals("tree") ? 1 : 0;
    }
    return count;
  }

  private static int ps() throws Exception {
    Map<Long, Long> parents = new HashMap<>();
    List<Long> found = new ArrayList<>();
    for (String line :
        lines("ps", "-e", "-ww", "--forest", "-o", "pid=,ppid=,sid=,user=,stat=,args=")) {
      String[] words = line.trim().split("\\s+", 6);
      long pid = Long.parseLong(words[0]);
      parents.put(pid, Long.parseLong(words[1]));
      if (words[5].matches(".*/tree \\d+")) {
        found.add(pid);
      }
    }
    long self = ProcessHandle.current().pid();
    return (int) found.stream().filter(pid -> isBelow(self, pid, parents)).count();
  }

  private static boolean isBelow(long ancestor, long pid, Map<Long, Long> parents) {
    long at = pid;
    while (at != ancestor && at != 0) {
      at = parents.getOrDefault(at, 0L);
    }
    return at == ancestor;
  }

  private static int pstree() throws Exception {
    String self = Long.toString(ProcessHandle.current().pid());
    return (int)
        lines("pstree", "-p", "-a", "-l", "-u", self).stream()
            .filter(line -> line.contains("-tree,"))
            .count();
  }

  private static int c(String look) throws Exception {
    String self = Long.toString(ProcessHandle.current().pid());
    return Integer.parseInt(lines(look, self, "(tree)").get(0));
  }

  private static List<String> lines(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    Setting.check(process.waitFor() == 0, lines);
    return lines;
  }
}
