package io.github.subreaper.junit;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.ScopeReport;
import io.github.subreaper.Survivor;
import io.github.subreaper.internal.secrets.Masker;
import java.util.List;
import java.util.function.Predicate;

/**
 * Thrown when processes of a test survived SIGKILL. The message says which, why, and how to fix it.
 *
 * @since 0.1.0
 */
public final class UnkillableProcessesError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** What the end of the scope found. */
  private final transient ScopeReport report;

  /**
   * Creates an error. Secrets in its message are masked.
   *
   * @param report what the end of the scope found
   * @param end what the message says at its end
   */
  public UnkillableProcessesError(ScopeReport report, String end) {
    super(Masker.ofJvm().text(report + fixes(report.survivors()) + end));
    this.report = report;
  }

  private static String fixes(List<Survivor> survivors) {
    StringBuilder text = new StringBuilder();
    String refused = pids(survivors, Survivor::isRefused);
    if (!refused.isEmpty()) {
      text.append("\n  To fix: run the test as the user that owns the process, or let the program")
          .append(" keep the test's user. The process keeps its port, files and memory until it")
          .append(" ends. End it with: sudo kill -KILL")
          .append(refused);
    }
    String zombies = pids(survivors, survivor -> survivor.state().equals("Z"));
    if (!zombies.isEmpty()) {
      text.append("\n  To fix: end the tracer, or detach it from")
          .append(zombies)
          .append("; until then the zombie keeps its pid, and its exit status is unknown.");
    }
    String waiting =
        pids(survivors, survivor -> !survivor.isRefused() && !survivor.state().equals("Z"));
    if (!waiting.isEmpty()) {
      text.append("\n  To fix: find what the kernel waits for (a file system that does not answer,")
          .append(" a frozen cgroup, a device). When that wait ends, the pending SIGKILL ends")
          .append(waiting)
          .append("; until then it keeps its port, files and memory.");
    }
    return text.toString();
  }

  private static String pids(List<Survivor> survivors, Predicate<Survivor> which) {
    return survivors.stream()
        .filter(which)
        .map(survivor -> " " + survivor.process().pid())
        .collect(joining());
  }

  /**
   * Returns the whole report.
   *
   * @return what the end of the scope found
   */
  public ScopeReport report() {
    return report;
  }
}
