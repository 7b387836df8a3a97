package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.Descendant;
import io.github.subreaper.WaitTimeoutException;
import java.time.Duration;
import java.util.List;

/** Watches for one respawn more than an assertion allows. */
public final class RespawnLimit {
  private RespawnLimit() {}

  /** Waits until there are this many respawns; a WaitTimeoutException if they do not come. */
  public interface Wait {
    List<Descendant> respawns(int count, Duration timeout);
  }

  /** Returns all respawns as soon as they exceed the limit; none if they don't in this time. */
  public static List<Descendant> exceeding(int most, Wait wait, Duration within) {
    if (most == Integer.MAX_VALUE) {
      return List.of();
    }
    try {
      return wait.respawns(most + 1, within);
    } catch (WaitTimeoutException e) {
      return List.of(); // the limit was kept
    }
  }
}
