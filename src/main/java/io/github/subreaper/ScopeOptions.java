package io.github.subreaper;

import io.github.subreaper.internal.engine.records.Policy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a scope waits and how it ends. Immutable: each {@code with…} returns a changed copy. Two are
 * equal if all their values are.
 *
 * <pre>{@code
 * ScopeOptions patient = ScopeOptions.defaults().withAwait(Duration.ofMinutes(1)).withStrict(true);
 * try (Supervisor supervisor = subreaper.open("slow daemon", patient)) { … }
 * }</pre>
 *
 * @since 0.1.0
 */
@CheckReturnValue
public final class ScopeOptions {
  private static final ScopeOptions DEFAULTS =
      new ScopeOptions(
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          false,
          List.of(),
          Crashes.DEFAULT);

  private final Duration grace;
  private final Duration settle;
  private final Duration await;
  private final Duration kill;
  private final boolean strict;
  private final List<String> survivors;
  private final Crashes crashes;

  private ScopeOptions(
      Duration grace,
      Duration settle,
      Duration await,
      Duration kill,
      boolean strict,
      List<String> survivors,
      Crashes crashes) {
    this.grace = Durations.notNegative("grace", grace);
    this.settle = Durations.notNegative("settle", settle);
    this.await = Durations.positive("await", await);
    this.kill = Durations.positive("kill", kill);
    this.strict = strict;
    this.survivors = survivors;
    this.crashes = Objects.requireNonNull(crashes, "crashes");
  }

  /**
   * Returns the defaults.
   *
   * @return grace 5 s, settle 1 s, await 10 s, kill 5 s, not strict, no survivors
   */
  public static ScopeOptions defaults() {
    return DEFAULTS;
  }

  static ScopeOptions of(Policy policy) {
    return new ScopeOptions(
        policy.grace(),
        policy.settle(),
        policy.await(),
        policy.kill(),
        policy.strict(),
        policy.survivors(),
        policy.crashes() ? Crashes.DEFAULT : Crashes.IGNORE);
  }

  Policy policy() {
    return new Policy(grace, settle, await, kill, strict, survivors, crashes != Crashes.IGNORE);
  }

  /**
   * Returns how long processes may take to end after the stop signal, before SIGKILL. Each process
   * without a living parent in the scope gets the signal at once, all others after half of that
   * time.
   *
   * @return zero or more; 5 s by default
   */
  public Duration grace() {
    return grace;
  }

  /**
   * Returns how long would-be leaks may take to end by themselves.
   *
   * @return zero or more; 1 s by default
   */
  public Duration settle() {
    return settle;
  }

  /**
   * Returns how long waits without a duration last.
   *
   * @return more than zero; 10 s by default
   */
  public Duration await() {
    return await;
  }

  /**
   * Returns how long the kernel may take to end a process after SIGKILL.
   *
   * @return more than zero; 5 s by default
   */
  public Duration kill() {
    return kill;
  }

  /**
   * Returns whether launched processes that are left at the end are leaks too.
   *
   * @return false by default: they are terminated and do not count as leaks
   */
  public boolean strict() {
    return strict;
  }

  /**
   * Returns which processes may live on until the session ends.
   *
   * @return globs over name or command line; none by default; unmodifiable
   */
  public List<String> survivors() {
    return survivors;
  }

  /**
   * Returns what a crash does.
   *
   * @return DEFAULT by default, which is as FAIL
   */
  public Crashes crashes() {
    return crashes;
  }

  /**
   * Changes the time between stop signal and SIGKILL.
   *
   * @param grace zero or more; with zero no process gets a stop signal
   * @return a changed copy
   * @throws IllegalArgumentException if it is negative
   */
  public ScopeOptions withGrace(Duration grace) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors, crashes);
  }

  /**
   * Changes how long a would-be leak may take to end by itself.
   *
   * @param settle zero or more
   * @return a changed copy
   * @throws IllegalArgumentException if it is negative
   */
  public ScopeOptions withSettle(Duration settle) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors, crashes);
  }

  /**
   * Changes how long waits without a duration last.
   *
   * @param await more than zero
   * @return a changed copy
   * @throws IllegalArgumentException if it is not
   */
  public ScopeOptions withAwait(Duration await) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors, crashes);
  }

  /**
   * Changes how long the kernel may take to end a process after SIGKILL.
   *
   * @param kill more than zero
   * @return a changed copy
   * @throws IllegalArgumentException if it is not
   */
  public ScopeOptions withKill(Duration kill) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors, crashes);
  }

  /**
   * Changes whether launched processes count as leaks.
   *
   * @param strict true if they do
   * @return a changed copy
   */
  public ScopeOptions withStrict(boolean strict) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors, crashes);
  }

  /**
   * Changes which processes may live on until the session ends.
   *
   * @param survivors globs over name or command line, none of them empty
   * @return a changed copy
   * @throws IllegalArgumentException if one is empty
   */
  public ScopeOptions withSurvivors(String... survivors) {
    List<String> globs = List.of(Objects.requireNonNull(survivors, "survivors"));
    if (globs.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException(
          "survivors contains an empty glob, which matches no process");
    }
    return new ScopeOptions(grace, settle, await, kill, strict, globs, crashes);
  }

  /**
   * Changes what a crash does. A scope only finds it ({@link ScopeReport#crashed()}); a test
   * framework fails the test.
   *
   * @param crashes with {@link Crashes#IGNORE} it finds none
   * @return a changed copy
   */
  public ScopeOptions withCrashes(Crashes crashes) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors, crashes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ScopeOptions that
        && grace.equals(that.grace)
        && settle.equals(that.settle)
        && await.equals(that.await)
        && kill.equals(that.kill)
        && strict == that.strict
        && survivors.equals(that.survivors)
        && crashes == that.crashes;
  }

  @Override
  public int hashCode() {
    return Objects.hash(grace, settle, await, kill, strict, survivors, crashes);
  }

  /**
   * Returns all values.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return "grace "
        + Durations.say(grace)
        + ", settle "
        + Durations.say(settle)
        + ", await "
        + Durations.say(await)
        + ", kill "
        + Durations.say(kill)
        + (strict ? ", strict" : "")
        + (survivors.isEmpty() ? "" : ", survivors " + survivors)
        + (crashes == Crashes.DEFAULT ? "" : ", crashes " + crashes);
  }
}
