package io.github.subreaper;

import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.Support;
import io.github.subreaper.internal.engine.guardian.GuardianLog;
import io.github.subreaper.internal.engine.jvm.ActiveElsewhereException;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.engine.spawn.UnsupportedException;
import io.github.subreaper.internal.engine.values.ScopeEndedException;
import io.github.subreaper.internal.messages.PreviousRun;
import io.github.subreaper.internal.secrets.Masker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * This JVM as a child subreaper: it adopts, records and reaps every orphan below it.
 *
 * <p>Activations are counted. The first one sets PR_SET_CHILD_SUBREAPER (prctl(2), Linux 3.4). The
 * last {@link #close()} terminates what is left and restores the JVM as it was found. The library
 * never takes the exit status of a {@link Process}.
 *
 * <pre>{@code
 * try (Subreaper subreaper = Subreaper.activate();
 *     Supervisor supervisor = subreaper.open("nightly job")) {
 *   Launch launch = supervisor.launch("my-daemon", "--background");
 *   System.out.println(launch.awaitOrphan());
 * } // nothing of it is left
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Subreaper implements AutoCloseable {
  private final Engine engine;
  private final Scope session;
  private final List<String> previousRuns;
  private boolean closed;

  private Subreaper(Engine engine, List<String> previousRuns) {
    this.engine = engine;
    this.previousRuns = previousRuns;
    this.session = engine.scopes().openSession();
  }

  /**
   * Makes this JVM the subreaper, or joins the activation that has done so.
   *
   * @return a handle of its own, to be closed
   * @throws UnsupportedSystemException if the operating system, kernel or sandbox refuses; then
   *     nothing is activated
   * @throws IllegalArgumentException if the system property {@code subreaper.reports} names a
   *     directory: that is {@code subreaper.directory} now
   * @throws IllegalStateException if no thread can be started (RLIMIT_NPROC, the cgroup's
   *     pids.max), if a copy of this library in another class loader of this JVM is active: only
   *     one can be, or if this JVM is shutting down
   */
  public static Subreaper activate() {
    GuardianLog.rejectFormerProperty();
    try {
      Engine engine = Engine.acquire();
      List<String> previousRuns = new ArrayList<>();
      for (GuardianLog log : engine.guardianLogs()) {
        String previousRun = PreviousRun.of(log);
        previousRuns.add(previousRun);
        System.getLogger("io.github.subreaper").log(WARNING, Masker.ofJvm().text(previousRun));
      }
      return new Subreaper(engine, previousRuns);
    } catch (ScopeEndedException e) {
      return activate(); // which is refused: the JVM ends, and has ended what was active
    } catch (UnsupportedException e) {
      throw new UnsupportedSystemException(
          e.reason().equals(Support.NO_JNA)
              ? e.reason()
              : "This system cannot run a subreaper: "
                  + e.reason()
                  + ". Print Subreaper.capabilities() for the details.",
          e);
    } catch (ActiveElsewhereException e) {
      throw new IllegalStateException(
          "This JVM is a subreaper already: another copy of this library, loaded by "
              + e.loader()
              + ", is active. To fix: load the library once, by a class loader that both share,"
              + " such as their parent; or close the other copy's Subreaper before you activate this"
              + " one.",
          e);
    }
  }

  /**
   * Returns what this system offers. Activates nothing.
   *
   * @return the findings, each tried by use
   */
  public static Capabilities capabilities() {
    return new Capabilities(Support.findings());
  }

  /**
   * Opens a scope with the default options.
   *
   * @param scopeName for reports and messages
   * @return the scope, to be closed
   * @throws IllegalStateException if this handle is closed
   */
  public Supervisor open(String scopeName) {
    return open(scopeName, ScopeOptions.defaults());
  }

  /**
   * Opens a scope.
   *
   * @param scopeName for reports and messages
   * @param options how it waits and ends
   * @return the scope, to be closed
   * @throws IllegalStateException if this handle is closed
   */
  public Supervisor open(String scopeName, ScopeOptions options) {
    Objects.requireNonNull(scopeName, "scopeName");
    Objects.requireNonNull(options, "options");
    try {
      return new Supervisor(engine, engine.scopes().open(session, scopeName, options.policy()));
    } catch (ScopeEndedException e) {
      throw new IllegalStateException(
          "cannot open " + scopeName + ": this Subreaper is closed. To fix: activate another", e);
    }
  }

  Engine engine() {
    return engine;
  }

  /**
   * Returns all processes observed in scopes that are open or still referenced, and outside of all
   * scopes.
   *
   * @return in the order in which they were first observed
   */
  public List<Descendant> descendants() {
    engine.queries().scanAndRecord();
    return Descendant.of(engine, engine.queries().records());
  }

  /**
   * Returns the foreign processes: those that this JVM adopted, or found unreaped among its
   * children, while nothing proves that it started them. They are from before the activation, or a
   * process from before it may have forked them. They get no signal.
   *
   * @return in the order in which they were first observed
   */
  public List<Descendant> foreign() {
    engine.queries().scanAndAttribute();
    return Descendant.of(engine, engine.queries().foreign());
  }

  List<String> previousRuns() {
    return previousRuns;
  }

  List<Descendant> unjudged() {
    return Descendant.of(engine, engine.queries().unjudged(session));
  }

  void terminate(Collection<Descendant> tops) {
    engine
        .launchStop()
        .terminate(session, tops.stream().map(Descendant::record).collect(Collectors.toSet()));
  }

  void atShutdown(Runnable action) {
    engine.atShutdown(action);
  }

  boolean awaitOrigins(long nanos) throws InterruptedException {
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("this Subreaper is closed. To fix: activate another");
      }
    }
    return engine.awaitOrigins(nanos);
  }

  /**
   * Ends the scopes opened through this handle. The last handle of the JVM also terminates what
   * belongs to no scope, and deactivates. Idempotent, not interruptible.
   *
   * @throws UnkillableProcessesException if a process survived SIGKILL; everything else is done
   */
  @Override
  public void close() {
    ScopeReport report;
    try {
      ScopeEnd end = engine.scopes().end(session);
      report = new ScopeReport(engine, end, ProcessTree.of(engine, session, end.before()));
    } finally {
      release(); // tries again what could not be terminated
    }
    if (!report.survivors().isEmpty()) {
      throw new UnkillableProcessesException(report);
    }
  }

  private void release() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    engine.release();
  }
}
