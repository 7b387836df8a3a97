package io.github.subreaper.internal.engine.guardian;

import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Keeps one guardian alive as long as the activation lasts, and counts those that were lost. */
public final class GuardianKeeper implements GuardianLine {
  private static final long RETRY_NANOS = 200_000_000;

  private final Kernel kernel;
  private final Time time;
  private final PrivateDirectory directory;
  private final Tags tags;
  private final Spawner spawner;

  /** Where guardians leave their logs for the next run. */
  private final Path logs = GuardianLog.directory();

  private final List<GuardianLoss> losses = new CopyOnWriteArrayList<>();
  private volatile @Nullable Guardian guardian;
  private boolean refused;
  private long refusedNanos;

  public GuardianKeeper(
      Kernel kernel, Time time, PrivateDirectory directory, Tags tags, Spawner spawner) {
    this.kernel = kernel;
    this.time = time;
    this.directory = directory;
    this.tags = tags;
    this.spawner = spawner;
  }

  /** Starts a guardian. It watches this JVM from now on, whether or not it is ready. */
  public Guardian start() {
    Guardian started = new Guardian(kernel, time, directory, tags, spawner, logs);
    guardian = started;
    return started;
  }

  /** Returns the logs of the guardians of dead JVMs. Each log is given to one caller. */
  public List<GuardianLog> unreadLogs() {
    List<GuardianLog> all = new ArrayList<>(GuardianLog.unread(logs));
    all.addAll(StaleDirectories.takeUnwritten());
    return all;
  }

  @Override
  public void stopSignal(int launch, int signal) {
    Guardian present = guardian;
    if (present != null) {
      present.stopSignal(tags.ofLaunch(launch), signal);
    }
  }

  @Override
  public boolean report(int pid, long startTicks) {
    Guardian present = guardian;
    return present != null && present.report(pid, startTicks);
  }

  public boolean is(int pid) {
    Guardian present = guardian;
    return present != null && present.is(pid);
  }

  /**
   * Kills it, so that a thread that waits for any child of this JVM wakes.
   *
   * @return whether there was one
   */
  public boolean ring() {
    Guardian present = guardian;
    if (present != null) {
      present.ring();
    }
    return present != null;
  }

  /**
   * Starts another one for processes that could not be ended, which stays until this JVM is dead.
   * The present one dies later, to wake the reaping thread; if no other can start, it stays itself.
   */
  public void leaveOne() {
    Guardian present = guardian;
    try {
      Guardian next = new Guardian(kernel, time, directory, tags, spawner, logs);
      next.stay();
      next.awaitReady();
    } catch (RuntimeException | Error e) {
      guardian = null;
      if (present != null) {
        present.stay();
      }
      throw e;
    }
  }

  /** Kills it, where no reaper collects it. */
  public void dismiss() {
    Guardian present = guardian;
    if (present != null) {
      present.dismiss();
    }
  }

  /** Notes that its zombie has been collected, by the reaper or by other code of this JVM. */
  public void ended(OptionalInt waitStatus) {
    Guardian lost = guardian;
    if (lost != null) {
      guardian = null;
      if (lost.isReady()) {
        losses.add(new GuardianLoss(lost.pid(), waitStatus, time.nanos()));
      } else { // it never got ready: without a pause this would go on for ever
        refused = true;
        refusedNanos = time.nanos();
      }
      lost.ended();
    }
  }

  /**
   * Replaces a guardian that has ended, as soon as another can start. For the reaper.
   *
   * @param replaced runs when another one has started
   * @return whether there is a guardian
   */
  public boolean ensure(Runnable replaced) {
    Guardian present = guardian;
    if (present != null) {
      if (present.isThere()) {
        return true;
      }
      ended(present.waitStatus()); // collected by native code that waits for any child
    }
    long now = time.nanos();
    if (refused && now - refusedNanos < RETRY_NANOS) {
      return false;
    }
    try {
      start();
      replaced.run();
      refused = false;
      return true;
    } catch (RuntimeException | OutOfMemoryError e) {
      refused = true; // most likely no process slot or no descriptor is left
      refusedNanos = now;
      return false;
    }
  }

  /** Returns the guardians that have ended since a time, {@link System#nanoTime}. */
  public List<GuardianLoss> losses(long sinceNanos) {
    return losses.stream().filter(loss -> loss.nanos() - sinceNanos >= 0).toList();
  }
}
