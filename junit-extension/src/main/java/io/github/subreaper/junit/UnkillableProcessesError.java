package io.github.subreaper.junit;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.ScopeReport;
import io.github.subreaper.Survivor;
import java.time.Duration;

/**
 * Some processes of a test survived SIGKILL and are still there. The message says which, why, and
 * what can be done.
 */
public final class UnkillableProcessesError extends AssertionError {
  private static final long serialVersionUID = 1L;

  /** What the end of the scope found. */
  private final transient ScopeReport report;

  UnkillableProcessesError(ScopeReport report, Duration kill) {
    super(message(report, kill));
    this.report = report;
  }

  private static String message(ScopeReport report, Duration kill) {
    int count = report.survivors().size();
    return "%d process%s of %s survived SIGKILL for %.1f s\n"
            .formatted(count, count == 1 ? "" : "es", report.scope(), kill.toMillis() / 1e3)
        + report.survivors().stream().map(UnkillableProcessesError::line).collect(joining("\n"))
        + "\n  To mend: run the test as the user that owns it, or let the program keep the test's"
        + " user; until then it keeps its port, files and memory. End it with: sudo kill -9"
        + report.survivors().stream()
            .map(survivor -> " " + survivor.process().pid())
            .collect(joining());
  }

  private static String line(Survivor survivor) {
    return "  %d %s   %s"
        .formatted(
            survivor.process().pid(),
            String.join(" ", survivor.process().commandLine()),
            survivor.reason());
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
