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
import java.util.function.Consumer;
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

  /** They say that a class has ended before its last methods run, here {@code @AfterClass}. */
  private static final Set<String> EARLY = Set.of("testng");

  private static final int MOST_NAMED = 5;

  private final Session session;
  private final Settings settings;
  private final boolean approves;
  private final EnginesRun engines;
  private final Consumer<String> leaks;
  private final Map<String, Open> open = new ConcurrentHashMap<>();

  /** What the calling thread runs, innermost first. */
  private static final ThreadLocal<@Nullable Open> CURRENT = new ThreadLocal<>();

  private static volatile boolean active;

  /** A scope that has not ended. Its thread binds it, and ends it. */
  private static final class Open {
    final PlatformScopes its;
    final PlatformTest test;
    final Supervisor supervisor;
    final TestReport report;
    final @Nullable Open around;
    final Deque<Binding> bindings = new ArrayDeque<>();

    /** Its engine says that it has ended, and runs more of it. */
    boolean goesOn;

    boolean concluded;

    Open(PlatformScopes its, PlatformTest test, Supervisor supervisor) {
      this.its = its;
      this.test = test;
      this.supervisor = supervisor;
      this.report = new TestReport(test, supervisor);
      this.around = CURRENT.get();
    }

    @Nullable AssertionError conclude(@Nullable Throwable thrown) {
      if (concluded) {
        return null;
      }
      concluded = true;
      bindings.forEach(Binding::close);
      if (CURRENT.get() == this) {
        if (around == null) {
          CURRENT.remove();
        } else {
          CURRENT.set(around);
        }
      }
      if (thrown != null) {
        test.failed(thrown);
      }
      Subreaper.frameworkSupport().endLaunches(supervisor);
      report.beforeEnd(null);
      return Conclusion.of(supervisor, test, report, null, 0, List::of);
    }
  }

  private PlatformScopes(
      Session session,
      Settings settings,
      boolean approves,
      EnginesRun engines,
      Consumer<String> leaks) {
    this.session = session;
    this.settings = settings;
    this.approves = approves;
    this.engines = engines;
    this.leaks = leaks;
  }

  /**
   * Takes part in the session.
   *
   * @param leaks gets what no test could be told to fail for
   * @throws JUnitException if a parameter is malformed
   */
  static PlatformScopes of(
      Parameters parameters,
      Settings settings,
      PlatformStore store,
      EnginesRun engines,
      Consumer<String> leaks) {
    Set<String> cutShort = store.get(TestsCutShort.class, TestsCutShort::new).names();
    Session session = store.get(Session.class, () -> new Session(parameters, cutShort, engines));
    return new PlatformScopes(
        session, settings, ConfiguredSettings.approves(parameters), engines, leaks);
  }

  /** Activates, and returns why that is impossible; null if it is not. */
  @Nullable String begin() {
    try {
      session.subreaper();
      active = true;
      return null;
    } catch (UnsupportedSystemException e) {
      return String.valueOf(e.getMessage());
    }
  }

  void started(TestIdentifier one, TestPlan plan, String engine) {
    concludeKept();
    Open outer = around(one, plan);
    PlatformTest test = PlatformTest.of(one, outer == null ? null : outer.test, session, settings);
    if (settings.leaks() == Leaks.WARN || settings.leaks() == Leaks.IGNORE) {
      session.tolerates(test.scope(), settings.leaks());
    }
    Supervisor supervisor =
        outer == null
            ? session.open(test.scope(), settings.options())
            : outer.supervisor.open(test.scope(), settings.options());
    Open begun = new Open(this, test, supervisor);
    open.put(one.getUniqueId(), begun);
    engines.watched(engine);
    if (!INTERLEAVING.contains(engine)) {
      CURRENT.set(begun);
      begun.bindings.push(supervisor.bind(Thread.currentThread()));
      method(one).ifPresent(method -> bind(test, method, supervisor, begun.bindings));
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

  /** Ends a scope, and tells what its test should fail for. */
  void finished(TestIdentifier one, TestExecutionResult result, String engine) {
    Open its = open.remove(one.getUniqueId());
    if (its == null) {
      return;
    }
    result.getThrowable().ifPresent(its.test::failed);
    if (its.goesOn) {
      return;
    }
    concludeKept();
    if (its.test.isClass() && EARLY.contains(engine)) {
      its.goesOn = true; // until another one starts, or the engine ends
    } else {
      tell(its.conclude(null));
    }
  }

  private void tell(@Nullable AssertionError failure) {
    if (failure != null) {
      String text = String.valueOf(failure.getMessage());
      LOG.log(WARNING, text);
      leaks.accept(
          failure instanceof LeakedProcessesError leak
              ? shortened(leak.report())
              : text.lines().findFirst().orElse(text));
    }
  }

  /** Returns whether any session of this JVM is watched: else nothing of the core is loaded. */
  static boolean areOpen() {
    return active;
  }

  /**
   * Ends the scope of the test that the calling thread runs, before its engine says so.
   *
   * @param thrown what has made it fail; null for nothing
   * @return what it must fail with; null for nothing, also if it is not watched
   */
  static @Nullable AssertionError concludeTest(@Nullable Throwable thrown) {
    Open current = CURRENT.get();
    return current == null || !current.test.isTest() ? null : current.conclude(thrown);
  }

  /** Keeps the scope of that test open when its engine says that it has ended. */
  static void keepTest() {
    Open current = CURRENT.get();
    if (current != null && current.test.isTest()) {
      current.goesOn = true;
    }
  }

  /** Ends the scopes of the calling thread that were kept open, from the inside out. */
  static void concludeKept() {
    Open current = CURRENT.get();
    while (current != null && current.goesOn) {
      current.its.tell(current.conclude(null));
      current = CURRENT.get();
    }
  }

  /** Ends the scope of a test that was kept open. */
  static void concludeKeptTest() {
    Open current = CURRENT.get();
    if (current != null && current.goesOn && current.test.isTest()) {
      current.its.tell(current.conclude(null));
    }
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
