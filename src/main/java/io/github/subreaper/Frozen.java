package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.query.Freeze;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.ScopeEndedException;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.Text;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A process and its tree, stopped by {@link Descendant#freeze()}. Closing this lets them continue.
 *
 * <pre>{@code
 * try (Frozen frozen = replica.freeze()) {
 *   // the primary must notice
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Frozen implements AutoCloseable {
  private static final Set<String> OWN = Set.of(Frozen.class.getName(), Descendant.class.getName());

  private final Engine engine;
  private final Descendant top;
  private final Freeze freeze;
  private final Runnable forget;

  private Frozen(Engine engine, Descendant top, Freeze freeze, Runnable forget) {
    this.engine = engine;
    this.top = top;
    this.freeze = freeze;
    this.forget = forget;
  }

  static Frozen freeze(Engine engine, Descendant top, Scope until, Duration limit) {
    CallSite site = engine.callSites().ofCaller(OWN::contains);
    Freeze freeze = engine.freeze(top.record());
    Runnable forget;
    try {
      forget = until.atEnd(freeze::thaw); // before anything is stopped
    } catch (ScopeEndedException e) {
      throw new ScopeClosedException(e.reason(), e);
    }
    boolean done = false;
    try {
      done = freeze.stop(Durations.nanos(limit));
      if (!done) {
        Scope own = top.record().scope();
        throw until.isOpen() && own != null && own.isOpen()
            ? failure(engine, top, freeze, limit)
            : new ScopeClosedException(
                "cannot freeze "
                    + top
                    + ": its scope has ended meanwhile. To fix: freeze it while no other thread"
                    + " ends the scope",
                null);
      }
      freeze.processes().forEach(one -> one.ending().stoppedAt(site));
      return new Frozen(engine, top, freeze, forget);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WaitInterruptedException("interrupted while waiting for " + top + " to freeze", e);
    } finally {
      if (!done) {
        forget.run();
      }
    }
  }

  private static RuntimeException failure(
      Engine engine, Descendant top, Freeze freeze, Duration limit) {
    ProcessRecord refusing = freeze.refusing();
    if (refusing != null) {
      return new SignalException(
          "cannot freeze "
              + top
              + ": SIGSTOP to "
              + new Descendant(engine, refusing)
              + ": "
              + Errno.describe(freeze.errno()));
    }
    ProcessRecord running = freeze.running();
    return new WaitTimeoutException(
        "Waited "
            + Durations.say(limit)
            + " for "
            + top
            + " to freeze"
            + (running == null
                ? ""
                : ": " + new Descendant(engine, running) + " is not stopped yet")
            + ".\n"
            + top.describe(),
        true);
  }

  /**
   * Returns the processes that were stopped, and continue when this is closed.
   *
   * @return each before its children; without those that were stopped already
   */
  public List<Descendant> processes() {
    return Descendant.of(engine, freeze.processes());
  }

  /**
   * Lets the processes that this has stopped continue, children first. A process that was frozen
   * twice continues when both are closed. Closing again has no effect.
   */
  @Override
  public void close() {
    freeze.thaw();
    forget.run();
  }

  /**
   * Returns the frozen process and the number of stopped ones.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return "frozen " + top + ", " + Text.count(processes().size(), "process", "processes");
  }
}
