package io.github.subreaper.internal.report;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run shows where GitHub Actions runs it: annotations at the lines that started leaks, and a
 * part of the job's summary.
 *
 * <pre>{@code
 * Optional<GitHub> github = GitHub.of(System.getenv());
 * github.ifPresent(here -> here.annotations(summary).forEach(System.out::println));
 * }</pre>
 */
public final class GitHub {

  private GitHub() {}

  /**
   * Finds out whether this is GitHub.
   *
   * @param environment of the JVM
   * @return empty unless {@code GITHUB_ACTIONS=true}
   */
  public static Optional<GitHub> of(Map<String, String> environment) {
    return "true".equals(environment.get("GITHUB_ACTIONS"))
        ? Optional.of(new GitHub())
        : Optional.empty();
  }

  /**
   * Returns the annotations for the leaks of a run, 10 at most: GitHub shows no more of a step.
   *
   * @param summary of the run
   * @return workflow commands, each for a line of its own on stdout
   */
  public List<String> annotations(RunSummary summary) {
    return List.of();
  }

  /**
   * Appends a run to the summary of the job, unless it is no news.
   *
   * @param summary of the run
   * @param reports where its reports are
   * @throws IOException if it cannot be written
   */
  public void summarize(RunSummary summary, ReportDirectory reports) throws IOException {}
}
