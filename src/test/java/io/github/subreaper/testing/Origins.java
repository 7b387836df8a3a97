package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.access.Access;
import java.time.Duration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/** What reports the starts of processes in this JVM: the JDK's log, or the flight recorder. */
public final class Origins {
  /** Of scopes that judge at once, and wait for a busy machine. */
  public static final ScopeOptions PATIENT =
      ScopeOptions.defaults()
          .withAwait(Duration.ofMinutes(2))
          .withGrace(Duration.ofMinutes(2))
          .withKill(Duration.ofMinutes(2))
          .withSettle(Duration.ZERO);

  private Origins() {}

  /**
   * Waits until starts are reported, since the flight recorder begins in the background, and for
   * some clock ticks more.
   */
  public static void awaitReported() {
    try (Subreaper subreaper = Subreaper.activate()) {
      assertThat(Access.get().awaitOrigins(subreaper, Duration.ofMinutes(2))).isTrue();
    }
    if (!areLogged()) {
      Await.until(Origins::isRecorderRunning);
    }
    long ticks = Linux.TIME.bootTicks() + 1;
    Await.until(() -> Linux.TIME.bootTicks() > ticks); // what is born now is certainly later
  }

  /** Returns whether this JDK logs them. */
  public static boolean areLogged() {
    if (System.getProperty("subreaper.origin", "auto").equals("jfr")) {
      return false;
    }
    try {
      return ProcessBuilder.class.getDeclaredField("LOGGER") != null;
    } catch (NoSuchFieldException e) {
      return false;
    }
  }

  /** Returns whether this library's recording runs. */
  public static boolean isRecorderRunning() {
    return FlightRecorder.getFlightRecorder().getRecordings().stream().anyMatch(Origins::isOurs);
  }

  private static boolean isOurs(Recording recording) {
    return recording.getName().equals("subreaper")
        && recording.getState() == RecordingState.RUNNING;
  }
}
