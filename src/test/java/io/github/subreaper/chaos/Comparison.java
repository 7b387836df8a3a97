package io.github.subreaper.chaos;

import io.github.subreaper.Ending;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import io.github.subreaper.chaos.Fault.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares the observations of one tree with its ledger. Exactly those processes must have been
 * adopted that were born and not reaped by their parent.
 */
public final class Comparison {
  private static final ExitStatus KILLED = ExitStatus.signaled(Signal.KILL);
  private static final Set<ExitStatus> ASKED =
      Set.of(ExitStatus.signaled(Signal.TERM), ExitStatus.signaled(Signal.HUP));

  /** The kernel sends SIGHUP to a group that is stopped for the kill and loses its last parent. */
  private static final Set<ExitStatus> KILLS = Set.of(KILLED, ExitStatus.signaled(Signal.HUP));

  private final TreePlan plan;
  private final Ledger ledger;
  private final boolean cut;
  private final boolean launched;
  private final Set<String> scopes;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * Prepares a comparison.
   *
   * @param cut whether the tree was ended before it was complete
   * @param launched whether the supervisor launched it; else a thread of this JVM waits for it
   * @param scopes the scopes in which its processes may be
   */
  public Comparison(
      TreePlan plan, Ledger ledger, boolean cut, boolean launched, Set<String> scopes) {
    this.plan = plan;
    this.ledger = ledger;
    this.cut = cut;
    this.launched = launched;
    this.scopes = scopes;
  }

  /** Returns the faults in all observations. */
  public List<Fault> with(Map<Identity, Observed> observed) {
    faults.clear();
    for (String failure : ledger.failures()) {
      faults.add(new Fault(Kind.LOST, "could not be forked: " + failure));
    }
    ledger.born().forEach((path, identity) -> compare(path, identity, observed.get(identity)));
    return List.copyOf(faults);
  }

  /** Returns the processes that the supervisor must have adopted or launched. */
  public List<Identity> mustBeKnown() {
    List<Identity> known = new ArrayList<>();
    ledger
        .born()
        .forEach(
            (path, identity) -> {
              if (reachesTheSupervisor(path)) {
                known.add(identity);
              }
            });
    return known;
  }

  private boolean reachesTheSupervisor(String path) {
    return path.equals("0") ? launched : !ledger.wasWaitedFor(path) && !isReapedByTheKernel(path);
  }

  /**
   * Returns whether its parent, or a subreaper that adopted it, ignored SIGCHLD, possibly too late.
   */
  private boolean isReapedByTheKernel(String path) {
    for (String at = TreePlan.parentOf(path); !at.isEmpty(); at = TreePlan.parentOf(at)) {
      TreePlan.Node above = plan.nodes().get(at);
      boolean mayHaveReaped = at.equals(TreePlan.parentOf(path)) || plan.hasAdoptionsWithin();
      if (mayHaveReaped && above != null && above.ignoresChildren()) {
        return true;
      }
    }
    return false;
  }

  private void compare(String path, Identity identity, @Nullable Observed observed) {
    boolean reachesUs = reachesTheSupervisor(path);
    if (observed == null) {
      if (reachesUs) {
        fault(Kind.LOST, path, identity, "was never recorded");
      }
      return;
    }
    if (!scopes.contains(observed.scope())) {
      fault(Kind.MISPLACED, path, identity, "is in " + observed.scope() + ", not in " + scopes);
    }
    ExitStatus status = observed.status();
    if (status == null) {
      if (reachesUs) {
        fault(Kind.LOST, path, identity, "has no status");
      }
    } else if (!(status instanceof ExitStatus.Unknown)) {
      if (reachesUs || !mayBeOfOneThread(path, status)) {
        compareStatus(path, identity, status, observed.ending());
      }
    } else if (reachesUs) {
      fault(Kind.LOST, path, identity, "has a status that is unknown: " + status);
    }
    if (reachesUs && !path.equals("0") && !observed.orphan()) {
      fault(Kind.WRONG, path, identity, "is no orphan");
    }
    compareParent(path, identity, observed.parent());
  }

  /**
   * The status of a process that its parent reaps comes from its pidfd. If the first thread ends
   * just while another thread, or SIGKILL, ends the process, the kernel keeps the code of one
   * thread there (Linux 6.18, once in some hundred such races); the parent gets the right one.
   */
  private boolean mayBeOfOneThread(String path, ExitStatus status) {
    TreePlan.Node node = plan.nodes().get(path);
    return node != null
        && node.losesFirstThread()
        && (status.equals(ExitStatus.exited(0))
            || ledger.endings(path).stream().anyMatch(own -> same(status, own)));
  }

  private void compareStatus(
      String path, Identity identity, ExitStatus status, @Nullable Ending ending) {
    Integer reaped = ledger.reaped(path);
    if (reaped != null && !same(status, statusOf(reaped))) {
      fault(Kind.WRONG, path, identity, status + ", but its parent got " + statusOf(reaped));
    }
    TreePlan.Node node = plan.nodes().get(path);
    boolean stops = node != null && node.stops();
    boolean asPlanned = ledger.endings(path).stream().anyMatch(own -> same(status, own));
    boolean killedWithin =
        status.equals(KILLED) && (ledger.wasKilled(path) || ledger.mayHaveDiedWithItsGroup(path));
    // the kernel sends SIGHUP to a stopped group that has lost its last parent in another group
    boolean hungUp = stops && status.equals(ExitStatus.signaled(Signal.HUP));
    boolean right =
        asPlanned
            || killedWithin
            || hungUp
            || (ending == Ending.STOP_SIGNAL && ASKED.contains(status))
            || (ending == Ending.KILL && KILLS.contains(status));
    if (!right) {
      fault(
          Kind.WRONG,
          path,
          identity,
          status + ", " + ending + ", but its ledger says " + ledger.endings(path));
    }
    boolean endedByItself =
        !cut && !ledger.isStaying(path) && !ledger.mayHaveBeenKilledWithin(path);
    // It was just stopped for the kill, where its own SIGHUP looks like the kernel's.
    boolean mayBeHungUp =
        ending == Ending.KILL
            && status.equals(ExitStatus.signaled(Signal.HUP))
            && node != null
            && node.inGroupOfItsOwn();
    if (endedByItself && ending != Ending.BY_ITSELF && !mayBeHungUp) {
      fault(Kind.WRONG, path, identity, "had ended by itself, and is said to by " + ending);
    }
  }

  private void compareParent(String path, Identity identity, @Nullable Identity parent) {
    if (parent == null) {
      return;
    }
    String known = ledger.pathOf(parent);
    boolean right =
        known == null
            ? cut || ledger.mayHaveBeenKilledWithin(path)
            : plan.hasAdoptionsWithin()
                ? path.startsWith(known + ".")
                : known.equals(TreePlan.parentOf(path));
    if (!right) {
      fault(Kind.WRONG, path, identity, "its parent is said to be " + parent + ", " + known);
    }
  }

  /**
   * Compares the value of {@code Process.waitFor} for the first process.
   *
   * @param exitCode 128 + n for a signal
   */
  public List<Fault> withProcess(int exitCode) {
    faults.clear();
    Identity first = ledger.born().get("0");
    boolean asPlanned = ledger.endings("0").stream().anyMatch(own -> exitCodeOf(own) == exitCode);
    boolean endedFromOutside =
        (cut || ledger.isStaying("0")) && (exitCode == 143 || exitCode == 137 || exitCode == 129);
    if (first != null && !asPlanned && !endedFromOutside) {
      String expected = "but its ledger says " + ledger.endings("0");
      fault(Kind.WRONG, "0", first, "Process says " + exitCode + ", " + expected);
    }
    return List.copyOf(faults);
  }

  private static int exitCodeOf(ExitStatus status) {
    if (status instanceof ExitStatus.Exited exited) {
      return exited.code();
    }
    return status instanceof ExitStatus.Signaled signaled ? 128 + signaled.signal().number() : -1;
  }

  static ExitStatus statusOf(int waitStatus) {
    return (waitStatus & 0x7f) == 0
        ? ExitStatus.exited(waitStatus >> 8 & 0xff)
        : ExitStatus.signaled(Signal.valueOf(Integer.toString(waitStatus & 0x7f)));
  }

  /** Ignores whether a core was dumped, which depends on the machine. */
  private static boolean same(ExitStatus one, ExitStatus other) {
    return exitCodeOf(one) == exitCodeOf(other) && one.getClass() == other.getClass();
  }

  private void fault(Kind kind, String path, Identity identity, String what) {
    faults.add(new Fault(kind, path + " (pid " + identity.pid() + ") " + what));
  }
}
