package io.github.subreaper.assertj;

import io.github.subreaper.Launch;
import io.github.subreaper.Ready;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.secrets.Masker;
import java.time.Duration;
import java.util.Objects;

/**
 * Conditions on processes for waits with Awaitility, with its aliases, intervals and {@code
 * failFast}. Waits of the library itself, such as {@link Launch#awaitReady} or {@link
 * io.github.subreaper.Descendant#awaitExit}, are quicker, and end early when the condition can no
 * longer hold.
 *
 * <pre>{@code
 * await("the database").untilAsserted(() -> assertReady(launch, Ready.port(5432)));
 * await("an answer").failFast(() -> assertNotEnded(launch)).until(() -> client.ping());
 * }</pre>
 *
 * <p>They are for {@code untilAsserted} and {@code failFast}: the failure shows the tree, the
 * statuses so far and the tail of the output.
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
    if (!launch.isAlive() && launch.tree().size() == 0) {
      throw new AssertionError(
          Masker.ofJvm()
              .text(Naming.of(launch) + ": all its processes have ended\n" + launch.describe()));
    }
  }
}
