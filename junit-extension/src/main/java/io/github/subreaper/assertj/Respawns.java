package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.WaitTimeoutException;
import java.time.Duration;
import java.util.List;

/** Watches for one respawn too many. */
final class Respawns {
  private Respawns() {}

  /** Waits until so many have come. */
  interface Wait {
    List<Descendant> respawns(int count, Duration timeout);
  }

  /** All that came as soon as they are more than so many; none if they are not in that time. */
  static List<Descendant> moreThan(int most, Wait wait, Duration within) {
    if (most == Integer.MAX_VALUE) {
      return List.of();
    }
    try {
      return wait.respawns(most + 1, within);
    } catch (WaitTimeoutException e) {
      return List.of(); // that is what was hoped for
    }
  }
}
