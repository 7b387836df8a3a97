package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The findings on which conventions of daemons a process keeps: what {@link
 * DescendantAssert#isDaemonized(Convention...)} checks, as data.
 *
 * <pre>{@code
 * Program redis = Program.of("redis-server", "--daemonize", "yes").withCanaries();
 * System.out.println(Daemonization.of(supervisor.launch(redis).awaitOrphan()));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Daemonization {
  private static final int WIDEST_NAME =
      Arrays.stream(Convention.values()).mapToInt(one -> one.name().length()).max().orElseThrow();
  private static final int WIDEST_FINDING = 60;
  private static final Pattern LATE =
      Pattern.compile("launcher had returned$|does not exist$|^no process listened yet");

  /** Whether one convention is kept. */
  public enum Verdict {
    /** The convention is kept. */
    OK("ok"),
    /** The convention is not kept. */
    FAIL("FAIL"),
    /** What was found fits both, so the convention does not fail. */
    NOT_PROVEN("not proven"),
    /** The check could not have failed, so it proves nothing. */
    NOT_TESTED("not tested");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /**
     * Returns the verdict as messages show it.
     *
     * @return {@code "ok"}, {@code "FAIL"}, {@code "not proven"} or {@code "not tested"}
     */
    @Override
    public String toString() {
      return text;
    }
  }

  /** The finding on one convention. Immutable; two are equal if all of it is. */
  public static final class Finding {
    private final Convention convention;
    private final Verdict verdict;
    private final String found;

    Finding(Convention convention, Verdict verdict, String found) {
      this.convention = convention;
      this.verdict = verdict;
      this.found = found;
    }

    /**
     * Returns what was checked.
     *
     * @return the convention
     */
    public Convention convention() {
      return convention;
    }

    /**
     * Returns whether the convention is kept.
     *
     * @return the verdict
     */
    public Verdict verdict() {
      return verdict;
    }

    /**
     * Returns the evidence.
     *
     * @return what was found, or why the convention is not tested
     */
    public String found() {
      return found;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Finding that
          && convention == that.convention
          && verdict == that.verdict
          && found.equals(that.found);
    }

    @Override
    public int hashCode() {
      return Objects.hash(convention, verdict, found);
    }

    /**
     * Returns all of it.
     *
     * @return such as {@code "ok UMASK 0027, its own choice"}
     */
    @Override
    public String toString() {
      return verdict + " " + convention + " " + found;
    }
  }

  private final List<Finding> findings;

  private Daemonization(List<Finding> findings) {
    this.findings = findings;
  }

  /**
   * Checks a process now, without a pid file.
   *
   * @param process a living process
   * @return the findings; the convention of the pid file is not tested
   * @throws io.github.subreaper.ProcessNotReadableException if it has ended
   */
  public static Daemonization of(Descendant process) {
    return check(process, null, false);
  }

  /**
   * Checks a process and its pid file now.
   *
   * @param process a living process
   * @param pidFile the file into which the process should have written its pid
   * @return the findings
   * @throws io.github.subreaper.ProcessNotReadableException if it has ended
   */
  public static Daemonization of(Descendant process, Path pidFile) {
    return check(process, Objects.requireNonNull(pidFile, "pidFile"), false);
  }

  static Daemonization check(Descendant process, @Nullable Path pidFile, boolean mayBeLate) {
    ConventionChecks checks = new ConventionChecks(process, pidFile, mayBeLate);
    return new Daemonization(EnumSet.allOf(Convention.class).stream().map(checks::check).toList());
  }

  /**
   * Returns all findings.
   *
   * @return one for each convention, in their order
   */
  public List<Finding> findings() {
    return findings;
  }

  /**
   * Returns whether one convention is kept.
   *
   * @param convention the convention
   * @return the verdict
   */
  public Verdict verdict(Convention convention) {
    return findings.stream()
        .filter(finding -> finding.convention() == convention)
        .findFirst()
        .orElseThrow()
        .verdict();
  }

  /** Counts the conventions that were tested and are not waived. */
  int tested(Set<Convention> except) {
    return (int)
        findings.stream()
            .filter(one -> one.verdict() != Verdict.NOT_TESTED)
            .filter(one -> !except.contains(one.convention()))
            .count();
  }

  int failed(Set<Convention> except) {
    return (int)
        findings.stream()
            .filter(one -> one.verdict() == Verdict.FAIL)
            .filter(one -> !except.contains(one.convention()))
            .count();
  }

  /** Returns what to waive so that the assertion passes. */
  String waiver(Set<Convention> except) {
    Set<Convention> all = EnumSet.noneOf(Convention.class);
    all.addAll(except);
    findings.stream()
        .filter(one -> one.verdict() == Verdict.FAIL)
        .forEach(one -> all.add(one.convention()));
    return all.stream().map(Convention::name).collect(Collectors.joining(", "));
  }

  /** Returns what to say if the launcher seems to have returned too early; else nothing. */
  String race(Set<Convention> except) {
    String late =
        findings.stream()
            .filter(one -> one.verdict() == Verdict.FAIL && LATE.matcher(one.found()).find())
            .map(Finding::convention)
            .filter(one -> !except.contains(one))
            .map(Convention::name)
            .collect(Collectors.joining(" and "));
    return late.isEmpty()
        ? ""
        : "\n"
            + late
            + " may fail now and then: if the launcher returns before the daemon is ready, that is"
            + " a race of the daemon. isDaemonizedWithin(limit, …) gives it time.";
  }

  /** Returns one line for each convention; those that are not kept quote their source. */
  String lines(Set<Convention> except) {
    int width =
        Math.min(
            WIDEST_FINDING,
            findings.stream().mapToInt(finding -> finding.found().length()).max().orElse(0));
    return findings.stream()
        .map(finding -> line(finding, except.contains(finding.convention()), width))
        .collect(Collectors.joining("\n"));
  }

  private static String line(Finding finding, boolean waived, int width) {
    boolean failed = finding.verdict() == Verdict.FAIL;
    String line =
        String.format(
            Locale.ROOT,
            "  %-10s %-" + WIDEST_NAME + "s  %s",
            failed && waived ? "waived" : finding.verdict(),
            finding.convention(),
            finding.found());
    int column = 2 + 10 + 1 + WIDEST_NAME + 2 + width + 3;
    return failed && !waived
        ? line + " ".repeat(Math.max(3, column - line.length())) + finding.convention().source()
        : line;
  }

  /**
   * Returns one line for each convention: whether it is kept, and what was found.
   *
   * @return a text for people
   */
  @Override
  public String toString() {
    return lines(Set.of());
  }
}
