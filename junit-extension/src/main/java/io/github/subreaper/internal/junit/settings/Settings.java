package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.Crashes;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.junit.Judge;
import io.github.subreaper.junit.Leaks;
import io.github.subreaper.junit.Reports;
import io.github.subreaper.junit.Unsupported;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The settings of one level, or of several merged.
 *
 * @param values of those that are set
 */
public record Settings(Map<Key<?>, Object> values) {
  public static final Settings NONE = new Settings(Map.of());

  public static final Key<Leaks> LEAKS =
      choice("leaks", Leaks.class, "is not a policy for leaks", "");
  public static final Key<Judge> JUDGE =
      choice("judge", Judge.class, "is not a time at which leaks are judged", "");

  /** On if any level says so. */
  public static final Key<Boolean> STRICT = new Key<>("strict", Setting::flag);

  public static final Key<Duration> GRACE = new Key<>("grace", Setting::duration);
  public static final Key<Duration> SETTLE = new Key<>("settle", Setting::duration);
  public static final Key<Duration> AWAIT = new Key<>("await", Setting::durationAboveZero);
  public static final Key<List<String>> SURVIVORS = new Key<>("survivors", Setting::globs);
  public static final Key<Unsupported> UNSUPPORTED =
      choice("unsupported", Unsupported.class, "is not a valid value for `unsupported`", "");
  public static final Key<Reports> REPORTS =
      choice(
          "reports",
          Reports.class,
          "is not a condition for reports",
          "; their directory is named by subreaper.directory");
  public static final Key<Crashes> CRASHES =
      choice("crashes", Crashes.class, "is not a policy for crashes", "");

  /** All of them, in the order in which errors are found. */
  static final List<Key<?>> KEYS =
      List.of(LEAKS, JUDGE, STRICT, GRACE, SETTLE, AWAIT, SURVIVORS, UNSUPPORTED, REPORTS, CRASHES);

  /**
   * A setting by its name.
   *
   * @param read reads it as the user wrote it
   */
  public record Key<T>(String name, Function<Setting, T> read) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static <E extends Enum<E>> Key<E> choice(
      String name, Class<E> type, String wrong, String remark) {
    return new Key<>(name, setting -> setting.choice(type, wrong, remark));
  }

  /** Returns these settings, with those of a lower level where these are not set. */
  Settings over(Settings lower) {
    Map<Key<?>, Object> merged = new LinkedHashMap<>(lower.values);
    merged.putAll(values);
    return new Settings(merged);
  }

  /** Returns these settings with one more. A DEFAULT, false and an empty list set nothing. */
  public <T> Settings with(Key<T> key, T value) {
    Objects.requireNonNull(value, key.name);
    if (value.equals(false)
        || value.equals(List.of())
        || (value instanceof Enum<?> choice && choice.name().equals(Setting.UNSET))) {
      return this;
    }
    Map<Key<?>, Object> more = new LinkedHashMap<>(values);
    more.put(key, value);
    return new Settings(more);
  }

  /** Returns these settings with one more, as the user wrote it. */
  <T> Settings with(Key<T> key, Setting written) {
    return with(key, key.read.apply(written));
  }

  @SuppressWarnings("unchecked") // as it was put
  private <T> Optional<T> get(Key<T> key) {
    return Optional.ofNullable((T) values.get(key));
  }

  public Leaks leaks() {
    return get(LEAKS).orElse(Leaks.DEFAULT);
  }

  public Judge judge() {
    return get(JUDGE).orElse(Judge.DEFAULT);
  }

  public Unsupported unsupported() {
    return get(UNSUPPORTED).orElse(Unsupported.DEFAULT);
  }

  public Reports reports() {
    return get(REPORTS).orElse(Reports.DEFAULT);
  }

  public Crashes crashes() {
    return get(CRASHES).orElse(Crashes.DEFAULT);
  }

  /** Returns the options of a scope; the core's defaults where nothing is set. */
  public ScopeOptions options() {
    ScopeOptions options = ScopeOptions.defaults();
    options = set(options, STRICT, ScopeOptions::withStrict);
    options = set(options, CRASHES, ScopeOptions::withCrashes);
    options = set(options, GRACE, ScopeOptions::withGrace);
    options = set(options, SETTLE, ScopeOptions::withSettle);
    options = set(options, AWAIT, ScopeOptions::withAwait);
    return set(options, SURVIVORS, (so, globs) -> so.withSurvivors(globs.toArray(String[]::new)));
  }

  private <T> ScopeOptions set(
      ScopeOptions options, Key<T> key, BiFunction<ScopeOptions, T, ScopeOptions> with) {
    return get(key).map(value -> with.apply(options, value)).orElse(options);
  }
}
