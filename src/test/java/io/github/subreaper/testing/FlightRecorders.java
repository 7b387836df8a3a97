package io.github.subreaper.testing;

import static org.awaitility.Awaitility.await;

import io.github.subreaper.Subreaper;
import java.time.Duration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/** The flight recordings of this JVM. */
public final class FlightRecorders {
  private FlightRecorders() {}

  /**
   * Waits until this library's recording runs, which starts in the background, and for some clock
   * ticks more.
   */
  public static void awaitOurs() {
    try (Subreaper subreaper = Subreaper.activate()) {
      Subreaper.frameworkSupport().awaitOrigins(subreaper, Duration.ofMinutes(2));
    }
    await().atMost(Duration.ofMinutes(2)).until(FlightRecorders::isOursRunning);
  }

  /** Returns whether this library's recording runs. */
  public static boolean isOursRunning() {
    return FlightRecorder.getFlightRecorder().getRecordings().stream()
        .anyMatch(FlightRecorders::isOurs);
  }

  private static boolean isOurs(Recording recording) {
    return recording.getName().equals("subreaper")
        && recording.getState() == RecordingState.RUNNING;
  }
}
