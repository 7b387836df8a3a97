package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Ready;
import io.github.subreaper.Supervisor;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.framework.Masker;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * Conditions on processes for waits with Awaitility, with its aliases, intervals and {@code
 * failFast}. Waits of the library itself, such as {@link Launch#awaitReady} or {@link
 * Descendant#awaitExit}, are quicker, and end early when the condition can no longer hold.
 *
 * <pre>{@code
 * await("the database").untilAsserted(() -> assertReady(launch, Ready.port(5432)));
 * await("an answer").failFast(() -> assertNotEnded(launch)).until(() -> client.ping());
 * }</pre>
 *
 * <p>{@code assert…} is for {@code untilAsserted} and {@code failFast}: the failure shows the tree,
 * the statuses so far and the tail of the output. The others are for {@code until} and {@code
 * failFast}, whose failures say only that the condition did not hold, or did.
 *
 * @since 0.1.0
 */
public final class ProcessConditions {
  private ProcessConditions() {}

  /**
   * Verifies that a launch is ready. If it can no longer become ready, the exception is not an
   * {@link AssertionError}, so {@code untilAsserted} ends at once. Both exceptions show what {@link
   * Launch#awaitReady(Ready)} shows.
   *
   * <pre>{@code
   * await("the database").untilAsserted(() -> assertReady(launch, Ready.port(5432)));
   * }</pre>
   *
   * @param launch the launch
   * @param ready what ready means
   * @throws AssertionError if it is not ready yet
   * @throws WaitTimeoutException if it can no longer become ready
   */
  public static void assertReady(Launch launch, Ready ready) {
    Objects.requireNonNull(launch, "launch");
    Objects.requireNonNull(ready, "ready");
    try {
      launch.awaitReady(ready, Duration.ZERO);
    } catch (WaitTimeoutException e) {
      if (e.isTimeout()) {
        throw new AssertionError(e.getMessage(), e);
      }
      throw e;
    }
  }

  /**
   * Verifies that some process of a launch is alive.
   *
   * <pre>{@code
   * await("an answer").failFast(() -> assertNotEnded(launch)).until(() -> client.ping());
   * }</pre>
   *
   * @param launch the launch
   * @throws AssertionError if all have ended; it shows the statuses and the tail of the output
   */
  public static void assertNotEnded(Launch launch) {
    Objects.requireNonNull(launch, "launch");
    if (isOver(launch)) {
      throw new AssertionError(
          Masker.ofJvm()
              .text(Naming.of(launch) + ": all its processes have ended\n" + launch.describe()));
    }
  }

  private static boolean isOver(Launch launch) {
    return !launch.isAlive() && launch.tree().size() == 0;
  }

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
    return () -> isOver(launch);
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
