package io.github.subreaper;

import io.github.subreaper.internal.access.CheckReturnValue;
import io.github.subreaper.internal.engine.values.Policy;
import io.github.subreaper.internal.text.Durations;
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
          new Policy(
              Duration.ofSeconds(5),
              Duration.ofSeconds(1),
              Duration.ofSeconds(10),
              Duration.ofSeconds(5),
              false,
              List.of(),
              Crashes.DEFAULT));

  private final Policy policy;

  private ScopeOptions(Policy policy) {
    this.policy = policy;
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
    return new ScopeOptions(policy);
  }

  Policy policy() {
    return policy;
  }

  /**
   * Returns how long processes may take to end after the stop signal, before SIGKILL. Each process
   * without a living parent in the scope gets the signal at once, all others after half of that
   * time.
   *
   * @return zero or more; 5 s by default
   */
  public Duration grace() {
    return policy.grace();
  }

  /**
   * Returns how long would-be leaks may take to end by themselves.
   *
   * @return zero or more; 1 s by default
   */
  public Duration settle() {
    return policy.settle();
  }

  /**
   * Returns how long waits without a duration last.
   *
   * @return more than zero; 10 s by default
   */
  public Duration await() {
    return policy.await();
  }

  /**
   * Returns how long the kernel may take to end a process after SIGKILL.
   *
   * @return more than zero; 5 s by default
   */
  public Duration kill() {
    return policy.kill();
  }

  /**
   * Returns whether launched processes that are left at the end are leaks too.
   *
   * @return false by default: they are terminated and do not count as leaks
   */
  public boolean strict() {
    return policy.strict();
  }

  /**
   * Returns which processes may live on until the session ends.
   *
   * @return globs over name or command line; none by default; unmodifiable
   */
  public List<String> survivors() {
    return policy.survivors();
  }

  /**
   * Returns what a crash does.
   *
   * @return DEFAULT by default, which is as FAIL
   */
  public Crashes crashes() {
    return policy.crashes() instanceof Crashes crashes ? crashes : Crashes.DEFAULT;
  }

  /**
   * Changes the time between stop signal and SIGKILL.
   *
   * @param grace zero or more; with zero no process gets a stop signal
   * @return a changed copy
   * @throws IllegalArgumentException if it is negative
   */
  public ScopeOptions withGrace(Duration grace) {
    Durations.notNegative("grace", grace);
    return of(new Policy(grace, settle(), await(), kill(), strict(), survivors(), crashes()));
  }

  /**
   * Changes how long a would-be leak may take to end by itself.
   *
   * @param settle zero or more
   * @return a changed copy
   * @throws IllegalArgumentException if it is negative
   */
  public ScopeOptions withSettle(Duration settle) {
    Durations.notNegative("settle", settle);
    return of(new Policy(grace(), settle, await(), kill(), strict(), survivors(), crashes()));
  }

  /**
   * Changes how long waits without a duration last.
   *
   * @param await more than zero
   * @return a changed copy
   * @throws IllegalArgumentException if it is not
   */
  public ScopeOptions withAwait(Duration await) {
    Durations.positive("await", await);
    return of(new Policy(grace(), settle(), await, kill(), strict(), survivors(), crashes()));
  }

  /**
   * Changes how long the kernel may take to end a process after SIGKILL.
   *
   * @param kill more than zero
   * @return a changed copy
   * @throws IllegalArgumentException if it is not
   */
  public ScopeOptions withKill(Duration kill) {
    Durations.positive("kill", kill);
    return of(new Policy(grace(), settle(), await(), kill, strict(), survivors(), crashes()));
  }

  /**
   * Changes whether launched processes count as leaks.
   *
   * @param strict true if they do
   * @return a changed copy
   */
  public ScopeOptions withStrict(boolean strict) {
    return of(new Policy(grace(), settle(), await(), kill(), strict, survivors(), crashes()));
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
    return of(new Policy(grace(), settle(), await(), kill(), strict(), globs, crashes()));
  }

  /**
   * Changes what a crash does. A scope only finds it ({@link ScopeReport#crashed()}); a test
   * framework fails the test.
   *
   * @param crashes with {@link Crashes#IGNORE} it finds none
   * @return a changed copy
   */
  public ScopeOptions withCrashes(Crashes crashes) {
    Objects.requireNonNull(crashes, "crashes");
    return of(new Policy(grace(), settle(), await(), kill(), strict(), survivors(), crashes));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ScopeOptions that && policy.equals(that.policy);
  }

  @Override
  public int hashCode() {
    return policy.hashCode();
  }

  /**
   * Returns all values.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return "grace "
        + Durations.say(grace())
        + ", settle "
        + Durations.say(settle())
        + ", await "
        + Durations.say(await())
        + ", kill "
        + Durations.say(kill())
        + (strict() ? ", strict" : "")
        + (survivors().isEmpty() ? "" : ", survivors " + survivors())
        + (crashes() == Crashes.DEFAULT ? "" : ", crashes " + crashes());
  }
}
