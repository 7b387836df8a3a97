package io.github.subreaper.internal.junit.engines;

import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.jupiter.Unguarded;
import io.github.subreaper.internal.junit.scopes.EnginesRun;
import io.github.subreaper.internal.junit.settings.AutoDetection;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.Parameters;
import io.github.subreaper.internal.junit.settings.Setting;
import io.github.subreaper.internal.junit.settings.Settings;
import io.github.subreaper.internal.junit.settings.UnknownParameters;
import io.github.subreaper.internal.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.JUnitException;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId.Segment;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Decides whether the engines of a launcher session are watched, and has them watched. What it
 * throws the launcher would only log, so that fails the session when it closes. On a system that is
 * not Linux no class of the core is loaded.
 */
final class PlatformListener implements TestExecutionListener, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");

  private static final String GUARD = ConfiguredSettings.PREFIX + "guard";

  /** They have the extension, and nothing but suites of other engines' tests. */
  private static final Set<String> LEFT_ALONE = Set.of(EnginesRun.JUPITER, "junit-platform-suite");

  private static final int MOST_TOLD = 20;

  /** Of Jupiter, whose classes need not be there. */
  private static final String NO_EXTENSION =
      "No ParameterResolver registered for parameter [io.github.subreaper.";

  /** For sessions in which there is nothing to do. */
  static final PlatformListener NONE = new PlatformListener(PlatformStore.EMPTY);

  private final PlatformStore store;
  private final EnginesRun engines;
  private final List<String> leaks = new ArrayList<>();
  private final List<Throwable> failures = new ArrayList<>();
  private volatile boolean guards;
  private volatile @Nullable TestPlan plan;
  private volatile @Nullable AutoDetection detection;
  private volatile @Nullable PlatformScopes scopes;

  PlatformListener(PlatformStore store) {
    this.store = store;
    this.engines =
        store.closesValues() ? store.get(EnginesRun.class, EnginesRun::new) : EnginesRun.SHARED;
  }

  /** Begins to load what the guard needs while the engines search for tests. */
  void prepare() {
    try {
      if (Boolean.getBoolean(GUARD) && System.getProperty("os.name", "").equals(Unguarded.LINUX)) {
        Access.get().prepare();
      }
    } catch (RuntimeException | LinkageError e) {
      return; // the first scope fails in the same way, and reports it
    }
  }

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
    try {
      Parameters parameters = started.getConfigurationParameters()::get;
      boolean detects = AutoDetection.isOn(parameters);
      String text = parameters.text(GUARD);
      store.get(PlatformListener.class, () -> this); // which closes it, after all that comes
      guards =
          text.isEmpty()
              ? detects
              : new Setting("guard", text, ConfiguredSettings.ORIGIN + GUARD).flag();
      if (!guards) {
        return;
      }
      if (!text.isEmpty()) {
        engines.ask();
        detection = AutoDetection.turnOn(parameters);
      }
      if (started.countTestIdentifiers(PlatformListener::needsWatching) > 0) {
        watch(parameters);
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private static boolean needsWatching(TestIdentifier one) {
    return one.getParentId().isPresent() && isWatched(engine(one));
  }

  private void watch(Parameters parameters) {
    UnknownParameters.search().reject();
    Settings settings = ConfiguredSettings.of(parameters);
    String system = System.getProperty("os.name", "");
    if (!system.equals(Unguarded.LINUX)) {
      unsupported("this is " + system + "; a subreaper needs Linux", settings);
      return;
    }
    PlatformScopes begun = PlatformScopes.of(parameters, settings, store, engines, this::leaked);
    String refusal = begun.begin();
    if (refusal == null) {
      scopes = begun;
      EnginesRun.watch();
    } else {
      unsupported(refusal, settings);
    }
  }

  private void unsupported(String reason, Settings settings) {
    switch (settings.unsupported()) {
      case SKIP, UNGUARDED ->
          LOG.log(
              WARNING,
              "subreaper: the tests of other engines than Jupiter run unguarded, and processes that"
                  + " they leave stay. The reason: "
                  + reason);
      case DEFAULT, FAIL ->
          fail(
              new JUnitException(
                  "the tests of other engines than Jupiter were not guarded. To fix: see the reason,"
                      + " or run them unguarded: subreaper.unsupported = UNGUARDED. The reason: "
                      + reason));
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan finished) {
    PlatformScopes watching = scopes;
    if (watching != null) {
      try {
        watching.endAll();
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    }
    putBack();
  }

  private void putBack() {
    AutoDetection turnedOn = detection;
    if (turnedOn != null) {
      turnedOn.putBack();
      detection = null;
    }
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    String engine = engine(test);
    if (test.isTest()) {
      engines.ran(engine);
    }
    PlatformScopes watching = scopes;
    TestPlan its = plan;
    if (watching != null && its != null && isWatched(engine)) {
      try {
        watching.started(test, its, engine);
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    result.getThrowable().ifPresent(PlatformListener::explain);
    PlatformScopes watching = scopes;
    if (watching != null) {
      try {
        watching.finished(test, result, engine(test));
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    }
  }

  /** Logs what to do where JUnit only says that no extension is there. */
  private static void explain(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    if (message.startsWith(NO_EXTENSION)) {
      LOG.log(
          WARNING, "subreaper: " + message + " To fix: annotate the class with @SubreaperTest.");
    }
  }

  private static boolean isWatched(String engine) {
    return !LEFT_ALONE.contains(engine);
  }

  /** Returns the id of the engine that runs it, which may be part of a suite. */
  private static String engine(TestIdentifier test) {
    String engine = "";
    for (Segment segment : test.getUniqueIdObject().getSegments()) {
      if (segment.getType().equals("engine")) {
        engine = segment.getValue();
      }
    }
    return engine;
  }

  private void leaked(String left) {
    synchronized (failures) {
      leaks.add(left);
    }
  }

  private void fail(Throwable failure) {
    synchronized (failures) {
      failures.add(failure);
    }
  }

  /** An older JUnit closes no values, and an exception here keeps others from being closed. */
  void sessionClosed() {
    putBack();
    if (!store.closesValues()) {
      PlatformScopes watching = scopes;
      try {
        if (watching != null) {
          watching.close();
        }
      } finally {
        close();
      }
    }
  }

  /** Fails the session, if there is a reason: the build shows the text. */
  @Override
  public void close() {
    Set<String> unwatched = engines.unwatched();
    if (guards && !unwatched.isEmpty()) {
      LOG.log(
          WARNING,
          "subreaper: not watched, though the guard is on: the tests of "
              + String.join(", ", unwatched)
              + (unwatched.contains(EnginesRun.JUPITER) ? ", " + AutoDetection.WHY_NOT : ""));
    }
    synchronized (failures) {
      if (!leaks.isEmpty() || !failures.isEmpty()) {
        AssertionError failed = new AssertionError(text());
        failures.forEach(failed::addSuppressed);
        leaks.clear();
        failures.clear();
        throw failed;
      }
    }
  }

  private String text() {
    List<String> lines = new ArrayList<>();
    failures.forEach(one -> lines.add("subreaper: the guard failed: " + one));
    if (!leaks.isEmpty()) {
      lines.add(
          "subreaper: the run fails, since processes were left by tests that only their engine can"
              + " fail; the whole text of each was logged after it");
    }
    lines.addAll(Text.some(leaks.stream().map(one -> "  " + one), MOST_TOLD, leaks.size()));
    return String.join("\n", lines);
  }
}
