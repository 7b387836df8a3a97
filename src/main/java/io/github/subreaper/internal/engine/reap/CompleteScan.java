package io.github.subreaper.internal.engine.reap;

import io.github.subreaper.internal.engine.attribution.DoubtedProcesses;
import io.github.subreaper.internal.engine.attribution.UnseenChildren;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.scan.ScanCycle;
import io.github.subreaper.internal.linux.Time;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Scans until nothing can have been missed. A process that dies during a scan may have re-parented
 * a child that was in no list when that was read. So a scan counts only if no process that matters
 * died since it began; else it is made again.
 */
public final class CompleteScan {
  /** Deaths may go on for ever; those of one scope or launch end while it is asked for. */
  public static final long LONGEST_REFRESH_NANOS = 20_000_000;

  public static final long LONGEST_NANOS = 5_000_000_000L;

  private final Time time;
  private final Registry registry;
  private final ScanCycle scanCycle;
  private final Reaper reaper;
  private final DoubtedProcesses doubted;
  private final UnseenChildren unseen;

  public CompleteScan(
      Time time,
      Registry registry,
      ScanCycle scanCycle,
      Reaper reaper,
      DoubtedProcesses doubted,
      UnseenChildren unseen) {
    this.time = time;
    this.registry = registry;
    this.scanCycle = scanCycle;
    this.reaper = reaper;
    this.doubted = doubted;
    this.unseen = unseen;
  }

  /** Takes every zombie that is there by now. */
  public void reapNow() {
    reaper.reapNow();
  }

  /** See {@link ScanCycle#lastStartNanos}. */
  public long lastStartNanos() {
    return scanCycle.lastStartNanos();
  }

  /**
   * Scans until none of the processes in question died during the scan.
   *
   * @param lastDeathNanos of those in question; asked with the lock held, after each scan
   * @param deadline {@link System#nanoTime}
   * @return false if the time is over first
   */
  boolean run(LongSupplier lastDeathNanos, long deadline) {
    boolean complete;
    do {
      long began = time.nanos();
      if (!scanCycle.provesNone()) {
        reaper.reapNow();
        scanCycle.scan();
        reaper.reapNow();
      }
      complete =
          registry.lock.locked( // both conditions at one moment: another scan may end at any time
              () ->
                  lastDeathNanos.getAsLong() - scanCycle.lastStartNanos() < 0 // always asked
                      && scanCycle.lastStartNanos() - began >= 0);
    } while (!complete && !registry.isClosed() && time.nanos() - deadline < 0);
    return complete || registry.isClosed();
  }

  /**
   * Scans like {@link #run}, but for some milliseconds at most, where an answer of now is good
   * enough.
   */
  public void refresh(LongSupplier lastDeathNanos) {
    run(lastDeathNanos, time.nanos() + LONGEST_REFRESH_NANOS);
  }

  /** Scans all there is, so that the next answer is true of now. */
  public void all() {
    refresh(() -> registry.lastDeathNanos());
  }

  /** Scans all there is, and moves each process to the scope that the evidence shows by now. */
  public void attributed() {
    all();
    doubted.settle();
  }

  /** Scans and attributes, and records each child of this JVM that no scan saw. */
  public void recorded() {
    attributed();
    unseen.record();
  }

  /**
   * Returns whether any process is alive. "None" is believed only after a scan during which none
   * died: in a chain, where each process forks the next one and exits, a scan may see none alive.
   *
   * @param alive by the latest scan; asked with the lock held
   * @return true also if the time was over first
   */
  public boolean anyAlive(BooleanSupplier alive, LongSupplier lastDeathNanos) {
    boolean[] seen = new boolean[1];
    boolean complete =
        run(
            () -> {
              seen[0] = alive.getAsBoolean();
              long scanned = scanCycle.lastStartNanos();
              return seen[0] ? scanned - 1 : lastDeathNanos.getAsLong(); // alive: this scan will do
            },
            time.nanos() + LONGEST_NANOS);
    return seen[0] || !complete;
  }
}
