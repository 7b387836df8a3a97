package io.github.subreaper.junit;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.Survivor;
import io.github.subreaper.UnkillableProcessesException;
import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * The process-wide part: one activation for each launcher session. Sessions may nest, since the
 * activations are counted.
 */
@SuppressWarnings("deprecation") // JUnit 5 closes the one, JUnit 6 the other
final class Session implements Store.CloseableResource, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Session.class.getPackageName());

  /** Configuration parameter, and the system property that the core reads. */
  private static final String REPORTS = "subreaper.reports";

  private static final Duration LONGEST_START = Duration.ofSeconds(5);

  /** No monitor: a virtual thread that waits with one held keeps its carrier (up to JDK 23). */
  private final ReentrantLock lock = new ReentrantLock();

  private final @Nullable String reports;
  private final Set<Descendant> unkillable = new HashSet<>();
  private final Set<Identity> foreign = new HashSet<>();
  private @Nullable Instant activatedAt;
  private @Nullable Subreaper subreaper;
  private final Map<String, Leaks> tolerant = new ConcurrentHashMap<>();
  private boolean originsAwaited;

  /** Of a process: a Descendant would hold all that is known of it, and its scope. */
  private record Identity(long pid, Instant startTime) {}

  private Session(@Nullable String reports) {
    this.reports = reports;
  }

  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  static Session of(ExtensionContext context) {
    return JUnitVersion.sessionStore(context, Session.class)
        .getOrComputeIfAbsent(
            Session.class, type -> of(context.getConfigurationParameter(REPORTS)), Session.class);
  }

  private static Session of(Optional<String> reports) {
    return new Session(reports.filter(directory -> !directory.isBlank()).orElse(null));
  }

  /** Activates at the first call. UnsupportedSystemException at every call, if it cannot be. */
  Subreaper subreaper() {
    lock.lock();
    try {
      if (subreaper == null) {
        subreaper = activate();
        activatedAt = Instant.now();
      }
      return subreaper;
    } finally {
      lock.unlock();
    }
  }

  /** JUnit knows the parameter from more places than the system properties. */
  private Subreaper activate() {
    String before = System.getProperty(REPORTS);
    if (reports == null || reports.equals(before)) {
      return Subreaper.activate();
    }
    System.setProperty(REPORTS, reports);
    try {
      return Subreaper.activate();
    } finally {
      if (before == null) {
        System.clearProperty(REPORTS);
      } else {
        System.setProperty(REPORTS, before);
      }
    }
  }

  /** Opens a scope that is in no other, and waits until it is known what starts processes. */
  Supervisor open(String name, ScopeOptions options) {
    Supervisor opened = subreaper().open(name, options);
    awaitOrigins();
    return opened;
  }

  /**
   * The first test waits for the flight recorder, once in a JVM: the line that started a leak is
   * not known otherwise. An interrupt is the test's to see.
   */
  private void awaitOrigins() {
    lock.lock();
    try {
      if (!originsAwaited) {
        originsAwaited = true;
        try {
          subreaper().awaitOrigins(LONGEST_START);
        } catch (WaitInterruptedException e) {
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes how a scope takes its leaks: another scope may have to judge what it left. */
  void tolerates(String scope, Leaks leaks) {
    tolerant.put(scope, leaks);
  }

  Leaks leaksOf(String scope, Leaks otherwise) {
    return tolerant.getOrDefault(scope, otherwise);
  }

  /** Whether these are news: the scopes around a test meet again what it could not end. */
  boolean isNews(List<Survivor> survivors) {
    lock.lock();
    try {
      return unkillable.addAll(survivors.stream().map(Survivor::process).toList());
    } finally {
      lock.unlock();
    }
  }

  /** Those that no scope has named yet. */
  List<Descendant> newForeign(List<Descendant> named) {
    lock.lock();
    try {
      return named.stream()
          .filter(one -> foreign.add(new Identity(one.pid(), one.startTime())))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** One line about what was adopted, and not proven to be started by this JVM. */
  static String notEnded(List<Descendant> foreign) {
    return "not ended, since nothing proves that this JVM started them: "
        + foreign.stream().map(Descendant::toString).collect(Collectors.joining(", "))
        + ". To fix: end each process in the code that starts it";
  }

  /** What came too late for the scope in which it was born. */
  private void nameForeign(Subreaper open) {
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

  /** Ends what tests were allowed to leave. No test is there any more to be failed: it logs. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (subreaper == null) {
        return;
      }
      try {
        nameForeign(subreaper);
        subreaper.close();
      } catch (UnkillableProcessesException e) {
        LOG.log(ERROR, e.getMessage());
      }
    } finally {
      lock.unlock();
    }
  }
}
