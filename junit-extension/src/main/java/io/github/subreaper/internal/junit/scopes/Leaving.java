package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.junit.Judge;

/**
 * What a scope leaves alive when it ends: a guard must change nothing but the verdict. Only a test
 * that has the extension in its code has its leaks terminated at once.
 */
final class Leaving {
  private final Guarded guarded;
  private final Judge judge;

  private Leaving(Guarded guarded) {
    this.guarded = guarded;
    this.judge = guarded.settings().judge();
  }

  static ScopeReport end(Supervisor scope, Guarded guarded) {
    ScopeOptions options = scope.options();
    if (options.settle().isZero() && options.grace().isZero() && guarded.isOptIn()) {
      return scope.end(); // a fork bomb is stopped before it is looked at
    }
    Leaving leaving = new Leaving(guarded);
    if (guarded.isJudgedLater()) {
      return scope.release();
    }
    return Access.get().end(scope, leaving::isPostponed, leaving::isLeft);
  }

  private boolean isPostponed(Descendant process) {
    return judge == Judge.RUN || SharedStart.is(process.originStack());
  }

  private boolean isLeft(Descendant leaked) {
    return !guarded.isOptIn() || ScopeVerdict.tolerates(leaked, guarded);
  }
}
