package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.Crashes;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.junit.Judge;
import io.github.subreaper.junit.Leaks;
import io.github.subreaper.junit.Reports;
import io.github.subreaper.junit.Unsupported;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one level, or of several merged. What is not set is DEFAULT, null or empty.
 *
 * @param leaks what a leak does to the test
 * @param judge when a process counts as a leak
 * @param strict on if any level says so
 * @param grace from the stop signal to the kill
 * @param settle how long a would-be leak may take to end by itself
 * @param await of waits without a duration
 * @param survivors globs
 * @param unsupported what to do on an unsupported system
 * @param reports when the report of a test is made
 * @param crashes what a crash does to the test; null where nothing else of the core is loaded
 */
public record Settings(
    Leaks leaks,
    Judge judge,
    boolean strict,
    @Nullable Duration grace,
    @Nullable Duration settle,
    @Nullable Duration await,
    List<String> survivors,
    Unsupported unsupported,
    Reports reports,
    @Nullable Crashes crashes) {

  public static final Settings NONE =
      new Settings(
          Leaks.DEFAULT,
          Judge.DEFAULT,
          false,
          null,
          null,
          null,
          List.of(),
          Unsupported.DEFAULT,
          Reports.DEFAULT,
          null);

  /** Returns these settings, with those of a lower level where these are not set. */
  Settings over(Settings lower) {
    return new Settings(
        leaks != Leaks.DEFAULT ? leaks : lower.leaks,
        judge != Judge.DEFAULT ? judge : lower.judge,
        strict || lower.strict,
        grace != null ? grace : lower.grace,
        settle != null ? settle : lower.settle,
        await != null ? await : lower.await,
        survivors.isEmpty() ? lower.survivors : survivors,
        unsupported != Unsupported.DEFAULT ? unsupported : lower.unsupported,
        reports != Reports.DEFAULT ? reports : lower.reports,
        crashes != null ? crashes : lower.crashes);
  }

  /** Returns the options of a scope; the core's defaults where nothing is set. */
  public ScopeOptions options() {
    ScopeOptions options = ScopeOptions.defaults().withStrict(strict);
    options = crashes != null ? options.withCrashes(crashes) : options;
    options = grace != null ? options.withGrace(grace) : options;
    options = settle != null ? options.withSettle(settle) : options;
    options = await != null ? options.withAwait(await) : options;
    return survivors.isEmpty() ? options : options.withSurvivors(survivors.toArray(String[]::new));
  }

  /** Returns these settings with one more, as the user wrote it. */
  Settings with(Setting written) {
    return switch (written.name()) {
      case "leaks" -> withLeaks(written.leaks());
      case "judge" -> withJudge(written.judge());
      case "strict" -> withStrict(written.flag());
      case "grace" -> withGrace(written.duration());
      case "settle" -> withSettle(written.duration());
      case "await" -> withAwait(written.durationAboveZero());
      case "survivors" -> withSurvivors(written.globs());
      case "unsupported" -> withUnsupported(written.unsupported());
      case "reports" -> withReports(written.reports());
      case "crashes" -> withCrashes(written.crashes());
      default -> throw new IllegalArgumentException("no such setting: " + written.name());
    };
  }

  public Settings withLeaks(Leaks leaks) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withJudge(Judge judge) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withStrict(boolean strict) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withGrace(Duration grace) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withSettle(Duration settle) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withAwait(Duration await) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withSurvivors(List<String> survivors) {
    return new Settings(
        leaks,
        judge,
        strict,
        grace,
        settle,
        await,
        List.copyOf(survivors),
        unsupported,
        reports,
        crashes);
  }

  public Settings withUnsupported(Unsupported unsupported) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withReports(Reports reports) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }

  public Settings withCrashes(Crashes crashes) {
    return new Settings(
        leaks, judge, strict, grace, settle, await, survivors, unsupported, reports, crashes);
  }
}
