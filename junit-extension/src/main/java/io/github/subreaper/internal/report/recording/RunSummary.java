package io.github.subreaper.internal.report.recording;

import io.github.subreaper.internal.report.recording.Recording.Result;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one run of tests in one JVM had to say: plain values, as in a {@link Recording}.
 *
 * @param about which library, machine and JVM
 * @param capabilities what this library can do on that machine, for people
 * @param startedAt when the run began
 * @param endedAt when it ended
 * @param tests how many ran
 * @param failed how many of these failed
 * @param processes how many were seen
 * @param orphans how many of these the JVM adopted
 * @param classes of which a test ran, each as {@link #classOf} returns it; empty if unknown
 * @param scopes that have ended, in order
 * @param notes for people, such as what the guardian of an earlier run has done
 */
public record RunSummary(
    About about,
    String capabilities,
    Instant startedAt,
    Instant endedAt,
    int tests,
    int failed,
    int processes,
    int orphans,
    List<String> classes,
    List<ScopeSummary> scopes,
    List<String> notes) {
  private static final int CAPABILITIES = 8_000;

  /** Copies the lists, and bounds the texts. */
  public RunSummary {
    capabilities = Bounds.text(capabilities, CAPABILITIES);
    classes = List.copyOf(Bounds.lines(classes));
    scopes = List.copyOf(scopes);
    notes = List.copyOf(Bounds.lines(notes));
  }

  /**
   * Returns the class of a scope, which shows whether a later run has run its tests again. Nested
   * classes count by themselves: each may run in another fork.
   *
   * @param scope such as {@code BillingTest.Refunds.stopsCleanly(int)[2]}
   * @return such as {@code BillingTest.Refunds}
   */
  public static String classOf(String scope) {
    int parameters = scope.indexOf('(');
    String name = parameters < 0 ? scope : scope.substring(0, parameters);
    int end = parameters < 0 ? name.length() : Math.max(0, name.lastIndexOf('.'));
    String ofClass = name.substring(0, end);
    return ofClass.indexOf('[') < 0 ? ofClass : ofClass.replaceAll("\\[\\d+\\]", "");
  }

  /**
   * Returns whether there may have been more processes than were seen.
   *
   * @return whether that is so of any scope
   */
  public boolean mayMiss() {
    return scopes.stream().anyMatch(ScopeSummary::mayMiss);
  }

  /**
   * Returns how many processes leaked.
   *
   * @return of all scopes
   */
  public int leaks() {
    return scopes.stream().mapToInt(scope -> scope.leaks.size()).sum();
  }

  /**
   * Returns how many processes could not be killed.
   *
   * @return of all scopes
   */
  public int survivors() {
    return scopes.stream().mapToInt(ScopeSummary::survivors).sum();
  }

  /**
   * Returns whether anyone needs to look at this run.
   *
   * @return false if it has neither a failure, leak or survivor, nor a report or note
   */
  public boolean isNews() {
    return failed > 0 || !notes.isEmpty() || scopes.stream().anyMatch(ScopeSummary::isNews);
  }

  /**
   * The end of a scope.
   *
   * @param scope its name, such as {@code BillingTest.stopsCleanly()}
   * @param result of its test
   * @param processes how many were seen in it
   * @param mayMiss whether there may have been more
   * @param orphans how many of these the JVM adopted
   * @param survivors how many could not be killed
   * @param leaks what it should not have left
   * @param endNanos how long its end took
   * @param report the base name of its report; null if it has none
   * @param failure why it failed; null if it did not, or only since a test in it did
   */
  public record ScopeSummary(
      String scope,
      Result result,
      int processes,
      boolean mayMiss,
      int orphans,
      int survivors,
      List<Leak> leaks,
      long endNanos,
      @Nullable String report,
      @Nullable Failure failure) {

    /** Copies the list, and bounds the texts. */
    public ScopeSummary {
      scope = Bounds.text(scope);
      leaks = List.copyOf(leaks);
      report = Bounds.textOrNull(report);
    }

    public boolean isNews() {
      return result == Result.FAILED || survivors > 0 || !leaks.isEmpty() || report != null;
    }
  }

  /**
   * Why a scope failed.
   *
   * @param text the first line of the message, without secrets
   * @param origin the line of code of the test, as {@link StackTraceElement#toString()} writes it;
   *     null if unknown
   * @param isOurs whether this library causes it, so that no other tool annotates it
   */
  public record Failure(String text, @Nullable String origin, boolean isOurs) {
    /** Bounds the texts. */
    public Failure {
      text = Bounds.text(text);
      origin = Bounds.textOrNull(origin);
    }
  }

  /**
   * A process that its scope should not have left.
   *
   * @param command its command line, without secrets
   * @param origin the line of code that started it, as {@link StackTraceElement#toString()} writes
   *     it; null if unknown
   */
  public record Leak(String command, @Nullable String origin) {
    /** Bounds the texts. */
    public Leak {
      command = Bounds.text(command);
      origin = Bounds.textOrNull(origin);
    }
  }
}
