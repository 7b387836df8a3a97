package io.github.subreaper.internal.junit.scopes;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.Survivor;
import io.github.subreaper.UnkillableProcessesException;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.settings.Baseline;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.JUnitVersion;
import io.github.subreaper.internal.junit.settings.Parameters;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.junit.Leaks;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The state of one launcher session: one activation of the subreaper, and what has been reported.
 * Sessions may nest, since activations are counted.
 */
public final class Session implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");

  /** Loaded machines have taken 12 s. */
  private static final Duration LONGEST_START = Duration.ofSeconds(60);

  /** Not a monitor: up to JDK 23 a virtual thread that waits inside one blocks its carrier. */
  private final ReentrantLock lock = new ReentrantLock();

  private final RunReport report;
  private final Baseline baseline;
  private final Set<Descendant> unkillable = new HashSet<>();
  private final Set<Identity> foreign = new HashSet<>();
  private @Nullable Instant activatedAt;
  private @Nullable Subreaper subreaper;

  /** What the end of the JVM does if it comes before that of the run. */
  private @Nullable ShutdownJudge cut;

  /** The outermost scopes that have not ended. */
  private final Set<Supervisor> openScopes = ConcurrentHashMap.newKeySet();

  private final Map<String, Leaks> tolerant = new ConcurrentHashMap<>();
  private boolean originsAwaited;
  private final SessionLeaks left = new SessionLeaks();
  private final Leaks exit;
  private final EnginesRun engines;
  private final Set<String> cutShort;

  /** Those that the end of the JVM would cut short. */
  private static final Set<Session> OPEN = ConcurrentHashMap.newKeySet();

  /** How many processes the end of the JVM judges. */
  private int postponed;

  /** What the run fails with, where the end of the JVM judges nothing. */
  private @Nullable AssertionError outlived;

  /** Identifies a process. A Descendant would keep its record and its scope in memory. */
  private record Identity(long pid, Instant startTime) {}

  /**
   * Begins a session. Its parameters are read now.
   *
   * @param cutShort the tests that have not run to their ends, also those that come later
   * @throws RuntimeException if a parameter is malformed
   */
  public Session(Parameters parameters, Set<String> cutShort, EnginesRun engines) {
    this.report = RunReport.of(parameters, engines);
    this.baseline = Baseline.of(parameters, cutShort);
    this.exit = ConfiguredSettings.exit(parameters);
    this.engines = engines;
    this.cutShort = cutShort;
  }

  /** Begins a session that ends with the JVM: no Platform runs the tests. */
  public static Session ofJvm(Parameters parameters) {
    Session session = new Session(parameters, ConcurrentHashMap.newKeySet(), new EnginesRun());
    Subreaper open = session.subreaper();
    OPEN.remove(session);
    Runnable outliving = new ShutdownJudge(open, session.exit).awaited();
    Access.get()
        .atShutdown(
            open,
            () -> {
              session.log(open);
              outliving.run();
            });
    return session;
  }

  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  public static Session of(ExtensionContext context) {
    Session session =
        JUnitVersion.sessionStore(context, Session.class)
            .getOrComputeIfAbsent(Session.class, type -> create(context), Session.class);
    session.engines.watched(EnginesRun.JUPITER);
    return session;
  }

  private static Session create(ExtensionContext context) {
    return JUnitVersion.closing(
        new Session(
            context::getConfigurationParameter, TestsCutShort.of(context), EnginesRun.of(context)),
        context);
  }

  /** Returns whether the subreaper has been activated in this session. */
  public static boolean isActive(ExtensionContext context) {
    Session session =
        JUnitVersion.sessionStore(context, Session.class).get(Session.class, Session.class);
    return session != null && session.hasActivated();
  }

  private boolean hasActivated() {
    lock.lock();
    try {
      return subreaper != null;
    } finally {
      lock.unlock();
    }
  }

  /** Notes a test that did not run to its end: what it would have leaked is not known. */
  public void cutShort(String scope) {
    cutShort.add(scope);
  }

  /** Returns what counts, and makes reports. */
  RunReport report() {
    return report;
  }

  /** Returns the leaks that scopes have left. */
  public SessionLeaks left() {
    return left;
  }

  /** Returns the leaks that are known. */
  Baseline baseline() {
    return baseline;
  }

  /**
   * Activates at the first call. If that is impossible, each call throws
   * UnsupportedSystemException.
   */
  public Subreaper subreaper() {
    lock.lock();
    try {
      if (subreaper == null) {
        Access.get().prepare();
        subreaper = report.activate();
        activatedAt = Instant.now();
        OPEN.add(this);
        cut = new ShutdownJudge(subreaper, exit);
        Access.get().atShutdown(subreaper, Session::endCutShort);
      }
      return subreaper;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Opens an outermost scope. The first call waits until the flight recorder sees process starts.
   */
  public Supervisor open(String name, ScopeOptions options) {
    Supervisor opened = subreaper().open(name, options);
    openScopes.add(opened);
    awaitOrigins();
    return opened;
  }

  /**
   * Waits for the flight recorder, once: without it the line that started a leak is unknown. An
   * interrupt ends the wait, and its flag stays set for the test to see.
   */
  private void awaitOrigins() {
    lock.lock();
    try {
      if (!originsAwaited) {
        originsAwaited = true;
        try {
          Access.get().awaitOrigins(subreaper(), LONGEST_START);
        } catch (WaitInterruptedException e) {
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** A scope is about to end. */
  void ends(Supervisor scope) {
    openScopes.remove(scope);
  }

  /** Records that a scope tolerates leaks: another scope may have to judge what it left. */
  public void tolerates(String scope, Leaks leaks) {
    tolerant.put(scope, leaks);
  }

  Leaks leaksOf(String scope, Leaks otherwise) {
    return tolerant.getOrDefault(scope, otherwise);
  }

  /** Returns whether any of these is new: outer scopes find the survivors of a test again. */
  boolean isNews(List<Survivor> survivors) {
    lock.lock();
    try {
      return unkillable.addAll(survivors.stream().map(Survivor::process).toList());
    } finally {
      lock.unlock();
    }
  }

  /** Returns those that no scope has reported yet. */
  List<Descendant> newForeign(List<Descendant> reported) {
    lock.lock();
    try {
      return reported.stream()
          .filter(one -> foreign.add(new Identity(one.pid(), one.startTime())))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** Describes adopted processes that this JVM is not proven to have started, on one line. */
  static String notEnded(List<Descendant> foreign) {
    return Masker.ofJvm()
        .text(
            "not ended, since nothing proves that this JVM started them: "
                + foreign.stream().map(Descendant::toString).collect(Collectors.joining(", "))
                + ". To fix: end each process in the code that starts it");
  }

  /** Reports foreign processes that were adopted after the scope of their birth had ended. */
  private void reportForeign(Subreaper open) {
    Instant since = activatedAt;
    List<Descendant> late =
        newForeign(
            open.foreign().stream()
                .filter(one -> one.isAlive() && since != null && one.startTime().isAfter(since))
                .toList());
    if (!late.isEmpty()) {
      LOG.log(WARNING, notEnded(late));
    }
  }

  /**
   * Names the tests that still run: one has called System.exit, or the JVM got a signal. Terminates
   * what they have launched at once, and the rest after the shutdown hooks: any of it may be
   * shared, and the flight recorder, which would show that, ends with the JVM.
   */
  private static void endCutShort() {
    for (Session session : OPEN) {
      ShutdownJudge.write(session.report.cutShort());
      try {
        session.openScopes.forEach(scope -> Access.get().end(scope, one -> true, one -> false));
      } catch (RuntimeException e) {
        ShutdownJudge.write("subreaper: a scope could not be ended: " + e + "\n");
      }
      if (session.cut != null) {
        session.cut.awaited().run();
      }
    }
    OPEN.clear();
  }

  private void end(Subreaper open) {
    try {
      reportForeign(open);
    } finally {
      try {
        if (!isPostponed(open)) {
          open.close();
        }
      } catch (UnkillableProcessesException e) {
        LOG.log(ERROR, e.getMessage());
      }
    }
  }

  /**
   * Returns whether anything has to be judged when the JVM ends; what has been judged is terminated
   * then. A library in a class loader of its own, which the next one may follow in this JVM, judges
   * now.
   */
  private boolean isPostponed(Subreaper open) {
    List<Descendant> later = Access.get().unjudged(open);
    if (later.isEmpty()) {
      return false;
    }
    if (Session.class.getClassLoader() != ClassLoader.getSystemClassLoader()) {
      if (exit == Leaks.FAIL) {
        outlived = new AssertionError(ShutdownJudge.withoutHooks(later));
      } else if (exit != Leaks.IGNORE) {
        ShutdownJudge.write(ShutdownJudge.withoutHooks(later));
      }
      return false;
    }
    postponed = later.size();
    Access.get().atShutdown(open, new ShutdownJudge(open, exit).awaited());
    later.forEach(Descendant::origin); // the flight recorder ends with the JVM
    Access.get().terminate(open, left.all());
    return true;
  }

  /**
   * Terminates what tests have left, but for what the shutdown hooks may end. No test is left to
   * fail, so failures are logged. Called by JUnit when it closes the store of the launcher's
   * session (JUnit 5.13), else by the listener of the platform.
   *
   * @throws AssertionError if that is the only way to fail the run
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (subreaper == null) {
        return;
      }
      OPEN.remove(this);
      try {
        end(subreaper);
      } finally { // a run is reported however it ends
        log(subreaper);
      }
      if (outlived != null) {
        throw outlived;
      }
    } finally {
      lock.unlock();
    }
  }

  private void log(Subreaper open) {
    try {
      baseline.end();
    } finally {
      report.end(Access.get().previousRuns(open), postponed);
    }
  }
}
