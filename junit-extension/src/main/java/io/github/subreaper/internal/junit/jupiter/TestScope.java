package io.github.subreaper.internal.junit.jupiter;

import io.github.subreaper.Binding;
import io.github.subreaper.ScopeClosedException;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.RunningTest;
import io.github.subreaper.internal.crash.CrashSweep;
import io.github.subreaper.internal.junit.scopes.Conclusion;
import io.github.subreaper.internal.junit.scopes.DynamicTests;
import io.github.subreaper.internal.junit.scopes.Guarded;
import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.scopes.TestReport;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.ResolvedSettings;
import io.github.subreaper.internal.junit.settings.ScopeName;
import io.github.subreaper.internal.junit.settings.Settings;
import io.github.subreaper.junit.Leaks;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * The scope of the run, of a class, of a test or of one invocation of these. It opens when it is
 * first needed, inside the scope of its parent. The store of its context holds it, and ends it if
 * it has not ended before.
 */
@SuppressWarnings("deprecation") // JUnit 5 closes CloseableResource, JUnit 6 AutoCloseable
final class TestScope implements Store.CloseableResource, AutoCloseable {
  private static final Namespace NAMESPACE = Namespace.create(TestScope.class);

  private final ExtensionContext context;
  private final Guarded guarded;

  /** Whether tests may run at the same time. */
  private final boolean parallel;

  /** Not a monitor: up to JDK 23 a virtual thread that waits inside one blocks its carrier. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Daemons daemons = new Daemons();
  private @Nullable Supervisor supervisor;
  private @Nullable TestReport report;
  private @Nullable Binding binding;
  private @Nullable Thread boundThread;
  private boolean ended;

  /** The next three are for the thread that ends the scope. */
  private boolean launchesEnded;

  private @Nullable AssertionError dead;
  private long endNanos;

  private TestScope(ExtensionContext context) {
    this.context = context;
    this.guarded = new JupiterTest(context);
    this.parallel =
        context
            .getConfigurationParameter("junit.jupiter.execution.parallel.enabled")
            .map(Boolean::parseBoolean)
            .orElse(false);
  }

  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  static TestScope of(ExtensionContext context) {
    // A store also finds the values of its parents, so the key must be unique to the context.
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(context.getUniqueId(), id -> new TestScope(context), TestScope.class);
  }

  /** Returns the scope that a context belongs to. A dynamic test belongs to its factory's. */
  static TestScope around(ExtensionContext context) {
    ExtensionContext own = context;
    while (own.getTestClass().isEmpty() && own.getParent().isPresent()) {
      own = own.getParent().get();
    }
    return of(own);
  }

  /** Returns those of a test and of its classes that are open, outermost first. */
  static List<Supervisor> openAround(ExtensionContext context) {
    List<Supervisor> scopes = new ArrayList<>();
    ExtensionContext one = context;
    while (one != null && one.getTestClass().isPresent()) {
      Supervisor open = around(one).present();
      if (open != null && !scopes.contains(open)) {
        scopes.add(0, open);
      }
      one = one.getParent().orElse(null);
    }
    return scopes;
  }

  Daemons daemons() {
    return daemons;
  }

  /** Returns the Supervisor for a parameter, and opens the scope if need be. */
  Supervisor supervisor() {
    lock.lock();
    try {
      if (supervisor == null) {
        supervisor = open(ResolvedSettings.of(context));
      }
      return supervisor;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the Supervisor if the scope is open; null if not. */
  @Nullable Supervisor present() {
    lock.lock();
    try {
      return ended ? null : supervisor;
    } finally {
      lock.unlock();
    }
  }

  private Supervisor open(Settings settings) {
    String name = guarded.scope();
    ScopeOptions options = settings.options();
    if (settings.leaks() == Leaks.WARN || settings.leaks() == Leaks.IGNORE) {
      Session.of(context).tolerates(name, settings.leaks());
    }
    ExtensionContext parent = parent(context);
    Supervisor opened =
        parent == null
            ? Session.of(context).open(name, options)
            : of(parent).supervisor().open(name, options);
    report = new TestReport(guarded, opened);
    return opened;
  }

  /**
   * Returns the next outer context of a class or of the run; a test template is neither. The run
   * has a scope only if classes run in parallel: it gets the processes that no evidence assigns to
   * one of them.
   */
  private @Nullable ExtensionContext parent(ExtensionContext context) {
    ExtensionContext parent = context.getParent().orElse(null);
    while (parent != null && parent.getTestMethod().isPresent()) {
      parent = parent.getParent().orElse(null);
    }
    boolean run = parent != null && parent.getTestClass().isEmpty();
    return run && !parallel ? null : parent;
  }

  /** Opens the scope, and binds the current thread: what the thread starts belongs to the scope. */
  void begin() {
    lock.lock();
    try {
      Settings settings = ResolvedSettings.of(context);
      if (supervisor == null) {
        supervisor = open(settings);
      } else if (!supervisor.options().equals(settings.options())) {
        throw new ExtensionConfigurationException(
            ("%s: its Supervisor was injected into a constructor, before the settings of an instance"
                    + " field with @RegisterExtension were known. To fix: make that field static,"
                    + " or take the Supervisor as a parameter of the test.")
                .formatted(supervisor.name()));
      }
      if (binding == null) {
        binding = supervisor.bind(Thread.currentThread());
        boundThread = Thread.currentThread();
        phase("before");
        phaseOfClass(ScopeName.withoutClass(context));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs a step of the test. A thread other than the one that began the scope, such as a timeout's,
   * is bound for the duration of the step. Processes of threads that the step itself starts are
   * assigned by the method on their stack.
   *
   * @param method the method that the step calls; null for a dynamic test
   * @param phase of the test
   */
  <T extends @Nullable Object> T run(Step<T> step, @Nullable Method method, String phase)
      throws Throwable {
    bind(method);
    phase(phase);
    Supervisor open = supervisorOfOtherThread();
    Binding bound = open == null ? () -> {} : bind(open);
    Binding running = Access.get().bindTest(running(method));
    DynamicTests.Moment start = method == null ? DynamicTests.Moment.now() : null;
    try {
      return step.proceed();
    } catch (Throwable thrown) {
      if (method == null) {
        dynamicTestFailed(thrown);
      }
      throw thrown;
    } finally {
      TestReport present = start == null ? null : report();
      if (start != null && present != null) {
        present.ran(phase, start);
      }
      running.close();
      bound.close();
    }
  }

  /**
   * Returns the test for assertions that keep a file for each. A lifecycle method has its own, also
   * when it runs for a nested class; a dynamic test has that of its factory.
   */
  private RunningTest running(@Nullable Method method) {
    Class<?> type = method == null ? context.getRequiredTestClass() : classOf(method);
    Method test = context.getTestMethod().orElse(null);
    Method called = method != null ? method : test;
    String name = called == null ? "" : called.getName();
    return RunningTest.of(
            type,
            name,
            called != null && called.equals(test)
                ? guarded.scope()
                : ScopeName.of(type) + "." + name + "()")
        .withApproval(ConfiguredSettings.approves(context::getConfigurationParameter));
  }

  private Class<?> classOf(Method method) {
    Class<?> own = context.getRequiredTestClass();
    return method.getDeclaringClass().isAssignableFrom(own)
        ? own
        : context.getEnclosingTestClasses().stream()
            .filter(method.getDeclaringClass()::isAssignableFrom)
            .findFirst()
            .orElse(own);
  }

  private void phase(String name) {
    TestReport present = report();
    if (present != null) {
      present.phase(name);
    }
  }

  /**
   * Has the runs of a CrashTest in the scope of its invocation, and in the report, if it has any.
   */
  static void take(CrashSweep sweep, ExtensionContext test) {
    TestScope its = test.getStore(NAMESPACE).get(test.getUniqueId(), TestScope.class);
    Supervisor open = its == null ? null : its.present();
    TestReport report = its == null ? null : its.report();
    if (open != null && report != null) {
      sweep.in(open, report::part);
    }
  }

  /** Notes where the test waits that is about to be interrupted for its time-out. */
  void timedOut(String waits) {
    TestReport present = report();
    if (present != null) {
      present.timedOut(waits);
    }
  }

  /** A test is a phase of its class, unless tests run at the same time. */
  private void phaseOfClass(String name) {
    ExtensionContext parent = parent(context);
    if (context.getTestMethod().isPresent() && parent != null && !parallel) {
      of(parent).phase(name);
    }
  }

  /**
   * The context of a test factory does not name its dynamic tests. The report of the factory is
   * made after them, so the failure names the page that there will be.
   */
  private void dynamicTestFailed(Throwable thrown) {
    TestReport present = report();
    if (present != null) {
      present.failed(thrown);
      List<TestReport> all = new ArrayList<>(List.of(present));
      all.addAll(reportsOfClasses());
      TestReport.nameLater(thrown, all);
    }
  }

  private @Nullable TestReport report() {
    lock.lock();
    try {
      return report;
    } finally {
      lock.unlock();
    }
  }

  private void bind(@Nullable Method method) {
    lock.lock();
    try {
      if (method != null && supervisor != null && !ended) {
        try {
          // Until the scope ends: threads may outlive the step.
          Access.get().bindMethod(supervisor, method);
        } catch (ScopeClosedException e) {
          return; // the test has ended the scope itself: its steps still run
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private static Binding bind(Supervisor open) {
    try {
      return open.bind(Thread.currentThread());
    } catch (ScopeClosedException e) {
      return () -> {};
    }
  }

  private @Nullable Supervisor supervisorOfOtherThread() {
    lock.lock();
    try {
      return ended || Thread.currentThread().equals(boundThread) ? null : supervisor;
    } finally {
      lock.unlock();
    }
  }

  /** Terminates what was launched. What else is alive may still be ended by other extensions. */
  void endLaunches() {
    Supervisor open = present();
    TestReport toMake = report();
    if (open == null || toMake == null || launchesEnded) {
      return;
    }
    launchesEnded = true;
    toMake.phase("end");
    // A daemon of one test may die in it.
    dead = context.getTestMethod().isPresent() ? null : daemons.failure(false);
    long start = System.nanoTime();
    try {
      daemons.stop();
      toMake.beforeEnd(dead);
    } finally {
      Access.get().endLaunches(open);
      endNanos += System.nanoTime() - start;
    }
  }

  /** Ends the scope, once, and throws if its leaks or survivors must fail the test. */
  void end() {
    try {
      endLaunches();
    } finally {
      endRest();
    }
  }

  private void endRest() {
    Supervisor open = markEnded();
    TestReport toMake = report();
    if (open == null || toMake == null) {
      return;
    }
    AssertionError failure =
        Conclusion.end(open, guarded, toMake, dead, endNanos, this::reportsOfClasses);
    phaseOfClass("between tests");
    for (ExtensionContext outer = parent(context); outer != null; outer = parent(outer)) {
      of(outer).daemons.testEnds(guarded.scope());
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Returns those of the class and of the classes around it, from the inside out. */
  private List<TestReport> reportsOfClasses() {
    List<TestReport> reports = new ArrayList<>();
    ExtensionContext outer = parent(context);
    while (outer != null && outer.getTestClass().isPresent()) {
      TestReport its = of(outer).report();
      if (its != null) {
        reports.add(its);
      }
      outer = parent(outer);
    }
    return reports;
  }

  private @Nullable Supervisor markEnded() {
    lock.lock();
    try {
      if (ended) {
        return null;
      }
      ended = true;
      if (binding != null) {
        binding.close();
      }
      return supervisor;
    } finally {
      lock.unlock();
    }
  }

  /** Called by JUnit when it closes the store of the context. */
  @Override
  public void close() {
    end();
  }

  /** A step that JUnit is about to run. */
  interface Step<T> {
    T proceed() throws Throwable;
  }
}
