package io.github.subreaper;

import io.github.subreaper.internal.engine.Ended;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.ScopeEnd;
import java.util.List;

/** What the end of a scope or launch found. */
public final class ScopeReport {
  private final String scope;
  private final List<Descendant> leaked;
  private final List<Survivor> survivors;
  private final List<Descendant> foreign;
  private final Engine engine;
  private final Ended ended;
  private final String text;

  ScopeReport(Engine engine, ScopeEnd end) {
    this.scope = Text.safe(end.scope());
    this.leaked = Descendant.of(engine, end.leaked());
    this.survivors =
        end.survivors().stream().map(survivor -> new Survivor(engine, survivor)).toList();
    this.foreign = Descendant.of(engine, end.unproven());
    this.engine = engine;
    this.ended = end.ended();
    this.text = ScopeReportText.of(engine, end);
  }

  /**
   * The name of the scope, or the command of the launch.
   *
   * @return as given
   */
  public String scope() {
    return scope;
  }

  /**
   * The processes it should not have left; they have been terminated, except the {@link
   * #survivors()}.
   *
   * @return by first sight
   */
  public List<Descendant> leaked() {
    return leaked;
  }

  /**
   * The processes that could not be killed, or whose status a tracer keeps.
   *
   * @return with the reasons
   */
  public List<Survivor> survivors() {
    return survivors;
  }

  /**
   * Processes that were born since the scope was opened and that this JVM has adopted, while
   * nothing proves that it started them: they carry no tag, and something foreign that lived below
   * this JVM may have forked them. They were not ended. It is no fault of the scope: {@link
   * #isClean()} may be true.
   *
   * @return those that were alive at the end of the scope, by first sight
   */
  public List<Descendant> foreign() {
    return foreign;
  }

  /**
   * All processes of the scope, and of those that were ended with it, that have ended by now:
   * {@link Descendant#ending()} says of each whether by itself, by the stop signal or by SIGKILL.
   * The list is made anew by each call.
   *
   * @return by first sight
   */
  public List<Descendant> ended() {
    return Descendant.of(engine, ended.list());
  }

  /**
   * Whether nothing was leaked and nothing survived.
   *
   * @return true if so
   */
  public boolean isClean() {
    return leaked.isEmpty() && survivors.isEmpty();
  }

  /**
   * The whole report for people, with all that was captured before the kill.
   *
   * @return several lines if something was left
   */
  @Override
  public String toString() {
    return text;
  }
}
