package io.github.subreaper.internal.junit.engines;

import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.Binding;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.RunningTest;
import io.github.subreaper.internal.junit.scopes.Conclusion;
import io.github.subreaper.internal.junit.scopes.TestReport;
import io.github.subreaper.internal.junit.settings.Settings;
import io.github.subreaper.junit.Leaks;
import java.lang.reflect.Method;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The scope of what an engine without the extension runs, from its begin to its end, which usually
 * are on one thread. It ends once.
 */
public final class OpenScope {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");

  /** What the calling thread runs, the innermost. */
  private static final ThreadLocal<@Nullable OpenScope> CURRENT = new ThreadLocal<>();

  private final PlatformTest test;
  private final Supervisor supervisor;
  private final Consumer<AssertionError> failures;
  private final TestReport report;
  private final @Nullable OpenScope around = living(CURRENT.get());
  private final Thread thread = Thread.currentThread();
  private final Deque<Binding> bindings = new ArrayDeque<>();
  private @Nullable Binding running;

  /** Its engine says that it has ended, and runs more of it. */
  private volatile boolean kept;

  private final AtomicBoolean ended = new AtomicBoolean();

  private OpenScope(PlatformTest test, Supervisor supervisor, Consumer<AssertionError> failures) {
    this.test = test;
    this.supervisor = supervisor;
    this.failures = failures;
    this.report = new TestReport(test, supervisor);
  }

  /**
   * Opens a scope.
   *
   * @param outer what it is part of; null for an outermost one
   * @param failures gets what the test must fail for, if its engine is the first to end the scope
   */
  public static OpenScope begin(
      PlatformTest test, @Nullable OpenScope outer, Consumer<AssertionError> failures) {
    Settings settings = test.settings();
    if (settings.leaks() == Leaks.WARN || settings.leaks() == Leaks.IGNORE) {
      test.session().tolerates(test.scope(), settings.leaks());
    }
    Supervisor supervisor =
        outer == null
            ? test.session().open(test.scope(), settings.options())
            : outer.supervisor.open(test.scope(), settings.options());
    OpenScope begun = new OpenScope(test, supervisor, failures);
    begun.report.phase(test.isTest() ? "test" : "between tests");
    return begun;
  }

  /** Counts as its own what the calling thread starts. */
  public void bindThread() {
    CURRENT.set(this);
    bindings.push(supervisor.bind(thread));
  }

  /** Counts as its own what any thread starts with a method on its stack. */
  public void bindMethod(Method method, boolean approves) {
    bindings.push(Access.get().bindMethod(supervisor, method));
    running =
        Access.get()
            .bindTest(
                RunningTest.of(method.getDeclaringClass(), method.getName(), test.scope())
                    .withApproval(approves));
  }

  public static @Nullable OpenScope current() {
    return living(CURRENT.get());
  }

  /** Returns it, or the nearest around it that has not ended: another thread may end one. */
  private static @Nullable OpenScope living(@Nullable OpenScope scope) {
    OpenScope living = scope;
    while (living != null && living.ended.get()) {
      living = living.around;
    }
    return living;
  }

  /** Returns the test that the calling thread runs; null for none, and between tests. */
  static @Nullable OpenScope currentTest() {
    OpenScope current = current();
    return current != null && current.test.isTest() ? current : null;
  }

  public PlatformTest test() {
    return test;
  }

  public Supervisor supervisor() {
    return supervisor;
  }

  /** Leaves the scope open when its engine says that it has ended. */
  void keep() {
    kept = true;
  }

  boolean isKept() {
    return kept;
  }

  /** Ends the scope of a test of the calling thread that was kept open. */
  static void endKeptTest() {
    OpenScope test = currentTest();
    if (test != null && test.kept) {
      test.endNow();
    }
  }

  /** Ends the scope, and reports what its test should fail for. */
  void endNow() {
    fail(end());
  }

  /** Passes on a failure that no engine can take. */
  void fail(@Nullable AssertionError failure) {
    if (failure != null) {
      LOG.log(WARNING, failure.getMessage());
      failures.accept(failure);
    }
  }

  /** Ends the scope, and returns what its test must fail for; null for nothing. */
  public @Nullable AssertionError end() {
    if (ended.getAndSet(true)) {
      return null;
    }
    bindings.forEach(Binding::close);
    if (thread.equals(Thread.currentThread())) {
      leave();
    }
    Access.get().endLaunches(supervisor);
    report.beforeEnd(null);
    return Conclusion.end(supervisor, test, report, null, 0, List::of);
  }

  private void leave() {
    if (running != null) {
      running.close();
    }
    if (CURRENT.get() == this) {
      OpenScope next = living(around);
      if (next == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(next);
      }
    }
  }
}
