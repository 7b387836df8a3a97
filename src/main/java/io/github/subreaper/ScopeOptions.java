package io.github.subreaper;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a scope waits and how it ends. Immutable.
 *
 * @param grace how long processes may take to end after the stop signal, before SIGKILL; 5 s. Each
 *     process without a living parent in the scope gets the signal at once, all others after half
 *     of that time
 * @param settle how long would-be leaks may take to end by themselves; 1 s
 * @param await how long waits without a duration last; 10 s
 * @param kill how long the kernel may take to end a process after SIGKILL; 5 s
 * @param strict whether launched processes that are left at the end are leaks too; false
 * @param survivors globs over name or command line: processes that may live on until the session
 *     ends; none
 */
public record ScopeOptions(
    Duration grace,
    Duration settle,
    Duration await,
    Duration kill,
    boolean strict,
    List<String> survivors) {

  private static final ScopeOptions DEFAULTS =
      new ScopeOptions(
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          false,
          List.of());

  /**
   * Checks the values.
   *
   * @param grace zero or more
   * @param settle zero or more
   * @param await more than zero
   * @param kill more than zero
   * @param strict whether launched processes are leaks too
   * @param survivors globs, none of them empty
   * @throws IllegalArgumentException for a negative duration, zero for {@code await} or {@code
   *     kill}, or an empty glob
   */
  public ScopeOptions {
    Durations.notNegative("grace", grace);
    Durations.notNegative("settle", settle);
    Durations.positive("await", await);
    Durations.positive("kill", kill);
    survivors = List.copyOf(survivors);
    for (String glob : survivors) {
      if (glob.isBlank()) {
        throw new IllegalArgumentException(
            "survivors contains an empty glob, which matches no process");
      }
    }
  }

  /**
   * Returns the defaults.
   *
   * @return grace 5 s, settle 1 s, await 10 s, kill 5 s, not strict, no survivors
   */
  public static ScopeOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Changes the time between stop signal and SIGKILL.
   *
   * @param grace zero or more; with zero no process gets a stop signal
   * @return a changed copy
   */
  public ScopeOptions withGrace(Duration grace) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors);
  }

  /**
   * Changes how long a would-be leak may take to end by itself.
   *
   * @param settle zero or more
   * @return a changed copy
   */
  public ScopeOptions withSettle(Duration settle) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors);
  }

  /**
   * Changes how long waits without a duration last.
   *
   * @param await more than zero
   * @return a changed copy
   */
  public ScopeOptions withAwait(Duration await) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors);
  }

  /**
   * Changes how long the kernel may take to end a process after SIGKILL.
   *
   * @param kill more than zero
   * @return a changed copy
   */
  public ScopeOptions withKill(Duration kill) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors);
  }

  /**
   * Changes whether launched processes count as leaks.
   *
   * @param strict true if they do
   * @return a changed copy
   */
  public ScopeOptions withStrict(boolean strict) {
    return new ScopeOptions(grace, settle, await, kill, strict, survivors);
  }

  /**
   * Changes which processes may live on until the session ends.
   *
   * @param survivors globs over name or command line
   * @return a changed copy
   */
  public ScopeOptions withSurvivors(String... survivors) {
    Objects.requireNonNull(survivors, "survivors");
    return new ScopeOptions(grace, settle, await, kill, strict, List.of(survivors));
  }
}
