package io.github.subreaper.internal.junit.engines;

import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.internal.junit.scopes.EnginesRun;
import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.scopes.TestsCutShort;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.Parameters;
import io.github.subreaper.internal.junit.settings.Settings;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.JUnitException;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * The open scopes of the tests and containers that engines without the extension run: one for each,
 * inside that of its parent.
 */
final class PlatformScopes {
  /** Their tests take turns on one thread, and they report some afterwards. */
  private static final Set<String> INTERLEAVING = Set.of("kotest");

  /** They say that a class has ended before its last methods run, here {@code @AfterClass}. */
  private static final Set<String> EARLY = Set.of("testng");

  private final Session session;
  private final Settings settings;
  private final boolean approves;
  private final EnginesRun engines;
  private final Consumer<String> leaks;
  private final Map<String, OpenScope> open = Collections.synchronizedMap(new LinkedHashMap<>());
  private final Deque<OpenScope> kept = new ConcurrentLinkedDeque<>();

  /** Those that have started anything. */
  private final Set<Long> threads = ConcurrentHashMap.newKeySet();

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
   * @param leaks gets what no test could fail for
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
      return null;
    } catch (UnsupportedSystemException e) {
      return String.valueOf(e.getMessage());
    }
  }

  void started(TestIdentifier one, TestPlan plan, String engine) {
    OpenScope.endKeptTest();
    threads.add(Thread.currentThread().getId());
    boolean isClass = one.getSource().filter(ClassSource.class::isInstance).isPresent();
    if (threads.size() == 1 || (isClass && !EnginesRun.hasParallelClasses())) {
      endKept(); // else its last methods may still run, on another thread
    }
    OpenScope outer = around(one, plan);
    boolean interleaves = INTERLEAVING.contains(engine);
    PlatformTest test =
        PlatformTest.of(one, outer == null ? null : outer.test(), session, settings, interleaves);
    OpenScope begun = OpenScope.begin(test, outer, this::leaked);
    open.put(one.getUniqueId(), begun);
    engines.watched(engine);
    if (!interleaves) {
      begun.bindThread();
      method(one).ifPresent(method -> begun.bindMethod(method, approves));
    }
  }

  private static Optional<Method> method(TestIdentifier one) {
    try {
      return one.getSource()
          .filter(MethodSource.class::isInstance)
          .map(MethodSource.class::cast)
          .map(MethodSource::getJavaMethod);
    } catch (JUnitException | LinkageError e) {
      return Optional.empty(); // the engine names what is not a method, or not the only one
    }
  }

  private @Nullable OpenScope around(TestIdentifier one, TestPlan plan) {
    Optional<TestIdentifier> parent = plan.getParent(one);
    while (parent.isPresent()) {
      OpenScope outer = open.get(parent.get().getUniqueId());
      if (outer != null) {
        return outer;
      }
      parent = plan.getParent(parent.get());
    }
    return null;
  }

  void finished(TestIdentifier one, TestExecutionResult result, String engine) {
    OpenScope its = open.remove(one.getUniqueId());
    if (its == null) {
      return;
    }
    result.getThrowable().ifPresent(its.test()::failed);
    if (one.getParentId().isEmpty()) {
      endKept();
    }
    if (its.test().isClass() && EARLY.contains(engine)) {
      its.keep(); // until another one starts, or the engine ends
    }
    if (its.isKept()) {
      kept.add(its);
    } else {
      its.endNow();
    }
  }

  /** Ends what was kept open, in the order of its engine: a class after its tests. */
  private void endKept() {
    for (OpenScope one = kept.poll(); one != null; one = kept.poll()) {
      one.endNow();
    }
  }

  /** Ends what its engine has not. */
  void endAll() {
    endKept();
    List<OpenScope> left = new ArrayList<>(open.values());
    open.clear();
    Collections.reverse(left);
    left.forEach(OpenScope::endNow);
  }

  private void leaked(AssertionError failure) {
    leaks.accept(String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
  }

  /** Ends the session, where its store does not do so. */
  void close() {
    session.close();
  }
}
