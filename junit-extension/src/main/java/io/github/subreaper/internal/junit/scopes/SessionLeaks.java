package io.github.subreaper.internal.junit.scopes;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.internal.text.Text;
import java.net.BindException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * The leaks of this session: those that are alive until the run ends, and those that were
 * terminated, for which a later test may fail. Thread-safe.
 */
public final class SessionLeaks {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");

  /** More than so many are not left alive. */
  public static final int MOST = 200;

  private static final int MOST_NAMED = 3;

  /** Not a monitor: up to JDK 23 a virtual thread that waits inside one blocks its carrier. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Deque<Descendant> left = new ArrayDeque<>();

  /** How many each text is about, the latest last. */
  private final Map<String, Integer> terminated = new LinkedHashMap<>();

  private int terminations;

  /** Failures whose messages say all. */
  private final Set<Throwable> explained = Collections.newSetFromMap(new WeakHashMap<>());

  /**
   * Adds the leaks of a scope that has ended. Does not throw.
   *
   * @param isTerminating whether those that are dead by now were terminated
   */
  void add(ScopeReport report, boolean isTerminating, Subreaper subreaper) {
    List<Descendant> leaked = report.leaked();
    lock.lock();
    try {
      leaked.stream().filter(Descendant::isAlive).forEach(left::addLast);
      if (isTerminating) {
        leaked.stream()
            .filter(one -> !one.isAlive() && one.parent().filter(leaked::contains).isEmpty())
            .forEach(one -> terminated(one, report.scope()));
      }
      List<Descendant> tooMany = tooMany();
      if (!tooMany.isEmpty()) {
        LOG.log(
            WARNING,
            "subreaper: more than {0} leaks are alive, so the oldest are terminated: {1}",
            MOST,
            Masker.ofJvm()
                .text(
                    tooMany.stream()
                        .map(one -> described(one, one.scope()))
                        .collect(joining("; "))));
        Access.get().terminate(subreaper, tooMany);
        tooMany.forEach(one -> terminated(one, one.scope()));
      }
    } catch (RuntimeException e) {
      LOG.log(WARNING, "subreaper: leaks could not be remembered", e);
    } finally {
      lock.unlock();
    }
  }

  private List<Descendant> tooMany() {
    if (left.size() > MOST) {
      left.removeIf(one -> !one.isAlive());
    }
    List<Descendant> tooMany = new ArrayList<>();
    while (left.size() > MOST) {
      tooMany.add(left.removeFirst());
    }
    return tooMany;
  }

  private void terminated(Descendant process, String scope) {
    String text = described(process, scope);
    Integer before = terminated.remove(text);
    terminated.put(text, before == null ? 1 : before + 1);
    terminations++;
    if (terminated.size() > MOST_NAMED) {
      terminated.remove(terminated.keySet().iterator().next());
    }
  }

  /** Returns it in the words of a leak. */
  private static String described(Descendant process, String scope) {
    Access support = Access.get();
    return "%s left %s running%s"
        .formatted(scope, Text.safe(process.name()), support.startedAt(process));
  }

  /** Returns the leaks that scopes have left; some may be dead. */
  List<Descendant> all() {
    lock.lock();
    try {
      return List.copyOf(left);
    } finally {
      lock.unlock();
    }
  }

  /** Notes that no process of this session is the reason for a failure. */
  public void explain(Throwable failure) {
    lock.lock();
    try {
      explained.add(failure);
    } finally {
      lock.unlock();
    }
  }

  private boolean isExplained(Throwable failure) {
    lock.lock();
    try {
      return explained.contains(failure);
    } finally {
      lock.unlock();
    }
  }

  /** Returns what may be the reason why a test fails now; empty if nothing is. */
  Optional<String> reasonsFor(Throwable thrown) {
    if (isExplained(thrown)) {
      return Optional.empty();
    }
    List<String> reasons = new ArrayList<>();
    if (isAboutAPort(thrown)) {
      all().stream()
          .filter(Descendant::isAlive)
          .forEach(one -> listening(one).ifPresent(reasons::add));
    }
    lock.lock();
    try {
      if (terminations > 0) {
        reasons.add("leaks that were terminated before: " + terminated());
      }
    } finally {
      lock.unlock();
    }
    return reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons));
  }

  private String terminated() {
    int named = terminated.values().stream().mapToInt(Integer::intValue).sum();
    return terminated.entrySet().stream()
            .map(
                one -> one.getKey() + (one.getValue() == 1 ? "" : ", " + one.getValue() + " times"))
            .collect(joining("; "))
        + Text.more(terminations - named);
  }

  private static Optional<String> listening(Descendant left) {
    String addresses =
        left.listeningAddresses().stream().map(Objects::toString).collect(joining(", "));
    return addresses.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "%s, and it (pid %d) listens on %s"
                .formatted(described(left, left.scope()), left.pid(), addresses));
  }

  private static boolean isAboutAPort(Throwable thrown) {
    return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
        .limit(100) // a cause may be in a ring
        .anyMatch(
            one ->
                one instanceof BindException
                    || String.valueOf(one.getMessage()).contains("Address already in use"));
  }
}
