package io.github.subreaper.internal.engine.values;

import io.github.subreaper.internal.engine.time.Birth;
import io.github.subreaper.internal.engine.time.Moment;
import io.github.subreaper.internal.engine.time.PidOrder;
import io.github.subreaper.internal.linux.Time;

/**
 * An ended nested scope.
 *
 * @param scanned when the last scan before its end began
 * @param lastPid the latest pid given out by its end; 0 or less if unknown
 */
public record PastScope(Moment opened, Moment scanned, Moment ended, int lastPid) {
  public static PastScope endedNow(Time time, Moment opened, Moment scanned, int lastPid) {
    return new PastScope(opened, scanned, Moment.now(time), lastPid);
  }

  /**
   * Returns whether a process may belong to it. One that a scan saw alive was born after the last
   * scan of the scope, which would have shown it. In the tick of the end the order of the pids
   * decides; where that is unknown, it was born after the end.
   */
  public boolean mayHaveHad(Birth birth, PidOrder order) {
    if (!birth.seenAlive()) {
      return birth.isAfter(opened) && birth.isBefore(ended);
    }
    boolean before =
        birth.ticks() < ended.ticks()
            || (birth.ticks() == ended.ticks() && order.isGivenBy(lastPid, birth.pid()));
    return birth.isAfter(scanned) && before;
  }
}
