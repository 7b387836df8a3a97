package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Ready;
import io.github.subreaper.Supervisor;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * Conditions on processes for waits with Awaitility, with its aliases, intervals and {@code
 * failFast}. Waits of the library itself, such as {@link Launch#awaitReady} or {@link
 * Descendant#awaitExit}, are quicker, and end early when the condition can no longer hold.
 *
 * <pre>{@code
 * await("the database")
 *     .failFast("it has ended", hasEnded(launch))
 *     .until(isReady(launch, Ready.port(5432)));
 * }</pre>
 */
public final class ProcessConditions {
  private ProcessConditions() {}

  /**
   * Returns whether a launch is ready.
   *
   * @param launch the launch
   * @param ready what ready means
   * @return a condition that checks at each call
   */
  public static Callable<Boolean> isReady(Launch launch, Ready ready) {
    Objects.requireNonNull(launch, "launch");
    Objects.requireNonNull(ready, "ready");
    return () -> launch.isReady(ready);
  }

  /**
   * Returns whether all processes of a launch have ended.
   *
   * @param launch the launch
   * @return a condition that checks at each call
   */
  public static Callable<Boolean> hasEnded(Launch launch) {
    Objects.requireNonNull(launch, "launch");
    return () -> !launch.isAlive() && launch.tree().size() == 0;
  }

  /**
   * Returns whether a process has ended; a zombie has.
   *
   * @param process the process
   * @return a condition that checks at each call
   */
  public static Callable<Boolean> hasEnded(Descendant process) {
    Objects.requireNonNull(process, "process");
    return () -> !process.isAlive();
  }

  /**
   * Returns whether this JVM has adopted a process.
   *
   * @param process the process
   * @return a condition that checks at each call
   */
  public static Callable<Boolean> isOrphan(Descendant process) {
    Objects.requireNonNull(process, "process");
    return process::isOrphan;
  }

  /**
   * Returns whether a process has this number of living children.
   *
   * @param process the parent
   * @param count zero or more
   * @return a condition that checks at each call
   * @throws IllegalArgumentException if the number is negative
   */
  public static Callable<Boolean> hasChildren(Descendant process, int count) {
    Objects.requireNonNull(process, "process");
    Arguments.notNegative("count", count);
    return () -> process.children().size() == count;
  }

  /**
   * Returns whether no process of a scope is alive.
   *
   * @param scope the scope, including those nested in it
   * @return a condition that checks at each call
   */
  public static Callable<Boolean> hasNoProcesses(Supervisor scope) {
    Objects.requireNonNull(scope, "scope");
    return () -> scope.tree().size() == 0;
  }
}
