package io.github.subreaper.junit;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.stream.Collectors.joining;

import io.github.subreaper.Binding;
import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.framework.RunningTest;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.JUnitException;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * The open scopes of the tests and containers that engines without the extension run: one for each,
 * inside that of its parent.
 */
final class PlatformScopes {
  private static final System.Logger LOG = System.getLogger(PlatformScopes.class.getPackageName());

  /** Their tests take turns on one thread: to bind it would blame the wrong one. */
  private static final Set<String> INTERLEAVING = Set.of("kotest");

  private static final int MOST_NAMED = 5;

  private final Session session;
  private final Settings settings;
  private final boolean approves;
  private final EnginesRun engines;
  private final Map<String, Open> open = new ConcurrentHashMap<>();

  /**
   * A scope that has not ended.
   *
   * @param bindings to close when it ends, the first one first
   */
  private record Open(
      PlatformTest test, Supervisor supervisor, TestReport report, Deque<Binding> bindings) {}

  private PlatformScopes(Session session, Settings settings, boolean approves, EnginesRun engines) {
    this.session = session;
    this.settings = settings;
    this.approves = approves;
    this.engines = engines;
  }

  /**
   * Takes part in the session.
   *
   * @throws JUnitException if a parameter is malformed
   */
  static PlatformScopes of(
      Parameters parameters, Settings settings, PlatformStore store, EnginesRun engines) {
    Set<String> cutShort = store.get(TestsCutShort.class, TestsCutShort::new).names();
    Session session = store.get(Session.class, () -> new Session(parameters, cutShort, engines));
    return new PlatformScopes(session, settings, ConfiguredSettings.approves(parameters), engines);
  }

  /** Activates, and returns why that is impossible; null if it is not. */
  @Nullable String begin() {
    try {
      session.subreaper();
      return null;
    } catch (UnsupportedSystemException e) {
      return String.valueOf(e.getMessage());
    }
  }

  void started(TestIdentifier one, TestPlan plan, String engine) {
    Open outer = around(one, plan);
    PlatformTest test = PlatformTest.of(one, outer == null ? null : outer.test, session, settings);
    if (settings.leaks() == Leaks.WARN || settings.leaks() == Leaks.IGNORE) {
      session.tolerates(test.scope(), settings.leaks());
    }
    Supervisor supervisor =
        outer == null
            ? session.open(test.scope(), settings.options())
            : outer.supervisor.open(test.scope(), settings.options());
    Deque<Binding> bindings = new ArrayDeque<>();
    open.put(
        one.getUniqueId(), new Open(test, supervisor, new TestReport(test, supervisor), bindings));
    engines.watched(engine);
    if (!INTERLEAVING.contains(engine)) {
      bindings.push(supervisor.bind(Thread.currentThread()));
      method(one).ifPresent(method -> bind(test, method, supervisor, bindings));
    }
  }

  private void bind(
      PlatformTest test, Method method, Supervisor supervisor, Deque<Binding> bindings) {
    bindings.push(Subreaper.frameworkSupport().bindMethod(supervisor, method));
    bindings.push(
        Subreaper.frameworkSupport()
            .bindTest(
                RunningTest.of(method.getDeclaringClass(), method.getName(), test.scope())
                    .withApproval(approves)));
  }

  private static Optional<Method> method(TestIdentifier one) {
    try {
      return one.getSource()
          .filter(MethodSource.class::isInstance)
          .map(MethodSource.class::cast)
          .map(MethodSource::getJavaMethod);
    } catch (JUnitException | LinkageError e) {
      return Optional.empty(); // the engine names what is no method, or not the only one
    }
  }

  private @Nullable Open around(TestIdentifier one, TestPlan plan) {
    Optional<TestIdentifier> parent = plan.getParent(one);
    while (parent.isPresent()) {
      Open outer = open.get(parent.get().getUniqueId());
      if (outer != null) {
        return outer;
      }
      parent = plan.getParent(parent.get());
    }
    return null;
  }

  /**
   * Ends a scope, and logs what its test should fail for.
   *
   * @return the same in short; null for nothing
   */
  @Nullable String finished(TestIdentifier one, TestExecutionResult result) {
    Open its = open.remove(one.getUniqueId());
    if (its == null) {
      return null;
    }
    its.bindings.forEach(Binding::close);
    result.getThrowable().ifPresent(its.test::failed);
    its.report.beforeEnd(null);
    AssertionError failure = Conclusion.of(its.supervisor, its.test, its.report, null, 0, List::of);
    if (failure == null) {
      return null;
    }
    String text = String.valueOf(failure.getMessage());
    LOG.log(WARNING, text);
    return failure instanceof LeakedProcessesError leak
        ? shortened(leak.report())
        : text.lines().findFirst().orElse(text);
  }

  private static String shortened(ScopeReport report) {
    List<Descendant> tops =
        report.leaked().stream()
            .filter(one -> one.parent().filter(report.leaked()::contains).isEmpty())
            .toList();
    return report.scope()
        + " left "
        + tops.stream().limit(MOST_NAMED).map(LeftProcesses::described).collect(joining("; "))
        + (tops.size() > MOST_NAMED ? "; and " + (tops.size() - MOST_NAMED) + " more" : "");
  }

  /** Ends the session, where its store does not do so. */
  void close() {
    session.close();
  }
}
