package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.EndedProcesses;
import io.github.subreaper.internal.engine.records.ExpectedCrash;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.messages.ScopeReportText;
import io.github.subreaper.internal.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the end of a scope or launch found.
 *
 * <pre>{@code
 * ScopeReport report = supervisor.end();
 * if (!report.isClean()) {
 *   System.err.println(report); // what was left, where it was started, and how it ended
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public final class ScopeReport {
  private static final Set<Integer> CRASHES =
      Set.of(
          SignalNumber.SIGSEGV,
          SignalNumber.SIGBUS,
          SignalNumber.SIGFPE,
          SignalNumber.SIGILL,
          SignalNumber.SIGSYS,
          SignalNumber.SIGABRT);

  private final String scope;
  private final ProcessTree before;
  private final List<Descendant> leaked;
  private final List<Survivor> survivors;
  private final List<Descendant> foreign;
  private final List<Descendant> crashed;
  private final List<String> absentCrashes;
  private final Engine engine;
  private final EndedProcesses ended;
  private final String text;

  ScopeReport(Engine engine, ScopeEnd end, ProcessTree before) {
    this.scope = Text.safe(end.scope());
    this.before = before;
    this.leaked = Descendant.of(engine, end.leaked());
    this.survivors =
        end.survivors().stream().map(survivor -> new Survivor(engine, survivor)).toList();
    this.foreign = Descendant.of(engine, end.unproven());
    this.crashed = Descendant.of(engine, crashed(end.ended()));
    this.absentCrashes =
        end.expectedCrashes().stream().flatMap(one -> absent(one).stream()).toList();
    this.engine = engine;
    this.ended = end.ended();
    this.text =
        ScopeReportText.of(engine, end, survivors.stream().map(Survivor::toString).toList());
  }

  /**
   * Returns the name of the scope, or the command of the launch.
   *
   * @return as given
   */
  public String scope() {
    return scope;
  }

  /**
   * Returns the processes that were alive when the end began, with those of scopes that ended with
   * this one. With a grace of zero they are shown as stopped, since the end begins with that.
   *
   * @return a snapshot of that moment
   */
  public ProcessTree before() {
    return before;
  }

  /**
   * Returns the processes that the scope should not have left. They have been terminated, except
   * the {@link #survivors()}.
   *
   * @return in the order in which they were first observed
   */
  public List<Descendant> leaked() {
    return leaked;
  }

  /**
   * Returns the processes that could not be killed, and zombies whose status a tracer keeps.
   *
   * @return with the reasons
   */
  public List<Survivor> survivors() {
    return survivors;
  }

  /**
   * Returns the foreign processes that were born since the scope was opened: this JVM has adopted
   * them, but nothing proves that it started them. They carry no tag, and a foreign process that
   * lived below this JVM may have forked them. They were not terminated. That is not a fault of the
   * scope: {@link #isClean()} may be true.
   *
   * @return those that were alive at the end of the scope, in the order in which they were first
   *     observed
   */
  public List<Descendant> foreign() {
    return foreign;
  }

  private static List<ProcessRecord> crashed(EndedProcesses ended) {
    List<ProcessRecord> found = new ArrayList<>();
    ended.forEach(
        process -> {
          int signal = WaitStatus.signal(process.waitStatus().orElse(0));
          Scope scope = process.scope();
          boolean isUnknown = process.waitStatus().isEmpty() && !process.ending().isKillSent();
          if (scope != null
              && (CRASHES.contains(signal) || isUnknown)
              && !scope.expectsCrash(process)
              && !isUnknown
              && !process.ending().wasSent(signal)
              && !process.ending().isExpected()
              && scope.policy().crashes() != Crashes.IGNORE) {
            found.add(process);
          }
        });
    found.sort(ProcessRecord.BY_FIRST_SIGHT);
    return found;
  }

  private static Optional<String> absent(ExpectedCrash crash) {
    CallSite site = crash.absentAt();
    if (site == null) {
      return Optional.empty();
    }
    String place = site.text();
    return Optional.of(
        crash.glob()
            + (place == null ? "" : " (expected at " + Text.safe(Text.shortPlace(place)) + ")"));
  }

  /**
   * Returns the processes that crashed: SEGV, BUS, FPE, ILL, SYS or ABRT has ended them, which this
   * library has not sent. Those that the test expected are missing: by an assertion on that status,
   * or by {@link Supervisor#expectsCrash} or {@link Supervisor#allowsCrash}. That is not a fault of
   * the scope: {@link #isClean()} may be true.
   *
   * @return in the order in which they were first observed; empty with {@link Crashes#IGNORE}. A
   *     process whose status is {@linkplain ExitStatus.Unknown unknown} is not among them
   */
  public List<Descendant> crashed() {
    return crashed;
  }

  /** Returns the crashes that {@link Supervisor#expectsCrash} expects and that have not come. */
  List<String> absentCrashes() {
    return absentCrashes;
  }

  /**
   * Returns all processes of the scope, and of the scopes that ended with it, that have ended by
   * now. {@link Descendant#ending()} shows for each whether it ended by itself, by the stop signal
   * or by SIGKILL. Each call makes the list anew.
   *
   * @return in the order in which they were first observed
   */
  public List<Descendant> ended() {
    return Descendant.of(engine, ended.list());
  }

  /**
   * Returns whether nothing leaked and nothing survived.
   *
   * @return true if so
   */
  public boolean isClean() {
    return leaked.isEmpty() && survivors.isEmpty();
  }

  /**
   * Returns the whole report for people, with all that was captured before the kill.
   *
   * @return several lines if something was left
   */
  @Override
  public String toString() {
    return text;
  }
}
