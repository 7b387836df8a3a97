package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How far a process keeps the conventions of daemons; what {@link
 * DescendantAssert#isDaemonized(Convention...)} checks, for those who want to look at it.
 *
 * <pre>{@code
 * Program redis = Program.of("redis-server", "--daemonize", "yes").withCanaries();
 * System.out.println(Daemonization.of(supervisor.launch(redis).awaitOrphan()));
 * }</pre>
 */
public final class Daemonization {
  private static final int WIDEST_NAME =
      Arrays.stream(Convention.values()).mapToInt(one -> one.name().length()).max().orElseThrow();
  private static final int WIDEST_FINDING = 60;

  /** Whether one convention is kept. */
  public enum Verdict {
    /** It is kept. */
    OK("ok"),
    /** It is not kept. */
    FAIL("FAIL"),
    /** What was found fits both, so it does not fail. */
    NOT_PROVEN("not proven"),
    /** Nothing was there that the process could have failed at. */
    NOT_TESTED("not tested");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /**
     * Returns it as messages show it.
     *
     * @return {@code "ok"}, {@code "FAIL"}, {@code "not proven"} or {@code "not tested"}
     */
    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * What was found of one convention.
   *
   * @param convention which one
   * @param verdict whether it is kept
   * @param found what says so
   */
  public record Finding(Convention convention, Verdict verdict, String found) {}

  private final List<Finding> findings;

  private Daemonization(List<Finding> findings) {
    this.findings = findings;
  }

  /**
   * Looks at a process now.
   *
   * @param process which one
   * @return what was found; the convention of the pid file is not tested
   * @throws io.github.subreaper.ProcessNotReadableException if it has ended
   */
  public static Daemonization of(Descendant process) {
    return look(process, null);
  }

  /**
   * Looks at a process, and a pid file, now.
   *
   * @param process which one
   * @param pidFile where the process should have written its pid
   * @return what was found
   * @throws io.github.subreaper.ProcessNotReadableException if it has ended
   */
  public static Daemonization of(Descendant process, Path pidFile) {
    return look(process, Objects.requireNonNull(pidFile, "pidFile"));
  }

  static Daemonization look(Descendant process, @Nullable Path pidFile) {
    ConventionChecks checks = new ConventionChecks(process, pidFile);
    return new Daemonization(EnumSet.allOf(Convention.class).stream().map(checks::check).toList());
  }

  /**
   * What was found.
   *
   * @return one of each convention, in their order
   */
  public List<Finding> findings() {
    return findings;
  }

  /**
   * Whether one convention is kept.
   *
   * @param convention which one
   * @return what was found of it
   */
  public Verdict verdict(Convention convention) {
    return findings.stream()
        .filter(finding -> finding.convention() == convention)
        .findFirst()
        .orElseThrow()
        .verdict();
  }

  /** How many count: tested, and not waived. */
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

  /** What to waive so that the assertion passes. */
  String waiver(Set<Convention> except) {
    Set<Convention> all = EnumSet.noneOf(Convention.class);
    all.addAll(except);
    findings.stream()
        .filter(one -> one.verdict() == Verdict.FAIL)
        .forEach(one -> all.add(one.convention()));
    return all.stream().map(Convention::name).collect(Collectors.joining(", "));
  }

  /** One line each; those that are not kept say who asks for it. */
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
   * @return for people
   */
  @Override
  public String toString() {
    return lines(Set.of());
  }
}
