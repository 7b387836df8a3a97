package io.github.subreaper.junit;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a scope leaves alive when it ends: a guard must change nothing but the verdict. Only a test
 * that has the extension in its code has its leaks terminated at once.
 */
final class Leaving {
  private final ExtensionContext context;
  private final Judge judge;

  private Leaving(ExtensionContext context) {
    this.context = context;
    this.judge = ResolvedSettings.of(context).judge();
  }

  static ScopeReport end(Supervisor scope, ExtensionContext context) {
    ScopeOptions options = scope.options();
    if (options.settle().isZero() && options.grace().isZero() && OptIn.isIn(context)) {
      return scope.end(); // a fork bomb is stopped before it is looked at
    }
    Leaving leaving = new Leaving(context);
    if (leaving.judge == Judge.CLASS && context.getTestMethod().isPresent()) {
      return scope.release();
    }
    return Subreaper.frameworkSupport().end(scope, leaving::isPostponed, leaving::isLeft);
  }

  private boolean isPostponed(Descendant process) {
    return judge == Judge.RUN || SharedStart.is(process.originStack());
  }

  private boolean isLeft(Descendant leaked) {
    return !OptIn.isIn(context) || ScopeVerdict.tolerates(leaked, context);
  }
}
