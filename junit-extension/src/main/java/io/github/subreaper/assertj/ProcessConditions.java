package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Ready;
import io.github.subreaper.Supervisor;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * Conditions on processes for those who write Awaitility themselves, with its aliases, intervals
 * and {@code failFast}. What has an event in the library itself, such as {@link Launch#awaitReady}
 * or {@link Descendant#awaitExit}, is quicker, and knows what cannot happen any more.
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
   * Whether a launch is ready now.
   *
   * @param launch that may get ready
   * @param ready what that means
   * @return asks at each call
   */
  public static Callable<Boolean> isReady(Launch launch, Ready ready) {
    Objects.requireNonNull(launch, "launch");
    Objects.requireNonNull(ready, "ready");
    return () -> launch.isReady(ready);
  }

  /**
   * Whether all that a launch has started has ended.
   *
   * @param launch that may end
   * @return asks at each call
   */
  public static Callable<Boolean> hasEnded(Launch launch) {
    Objects.requireNonNull(launch, "launch");
    return () -> !launch.isAlive() && launch.tree().size() == 0;
  }

  /**
   * Whether a process has ended; a zombie has.
   *
   * @param process that may end
   * @return asks at each call
   */
  public static Callable<Boolean> hasEnded(Descendant process) {
    Objects.requireNonNull(process, "process");
    return () -> !process.isAlive();
  }

  /**
   * Whether this JVM has adopted a process.
   *
   * @param process that may become an orphan
   * @return asks at each call
   */
  public static Callable<Boolean> isOrphan(Descendant process) {
    Objects.requireNonNull(process, "process");
    return process::isOrphan;
  }

  /**
   * Whether a process has so many living children.
   *
   * @param process the parent
   * @param count zero or more
   * @return asks at each call
   * @throws IllegalArgumentException for a negative number
   */
  public static Callable<Boolean> hasChildren(Descendant process, int count) {
    Objects.requireNonNull(process, "process");
    Arguments.notNegative("count", count);
    return () -> process.children().size() == count;
  }

  /**
   * Whether nothing of a scope is alive.
   *
   * @param scope and those nested in it
   * @return asks at each call
   */
  public static Callable<Boolean> hasNoProcesses(Supervisor scope) {
    Objects.requireNonNull(scope, "scope");
    return () -> scope.tree().size() == 0;
  }
}
