package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.time.Duration;

/** A scope of real processes for one test, which ends with it. */
final class RealScope implements AutoCloseable {
  /** No test ends because of it: what is waited for so long comes, or is known never to come. */
  static final Duration LONG = Duration.ofHours(1);

  /** For what does not come, and has no event that says so. */
  static final Duration SHORT = Duration.ofMillis(50);

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor patient = open("patient", LONG);
  private final Supervisor impatient = open("impatient", SHORT);

  private Supervisor open(String name, Duration await) {
    return subreaper.open(name, ScopeOptions.defaults().withAwait(await));
  }

  /** Waits for {@link #LONG}. */
  Supervisor patient() {
    return patient;
  }

  /** Waits for {@link #SHORT}. */
  Supervisor impatient() {
    return impatient;
  }

  /** The first child of a shell, once it is the sleep that it is to be and not a shell any more. */
  static Descendant sleepBelow(Descendant shell) {
    Polling.until(
        "an exec",
        LONG,
        () ->
            shell.children().stream()
                .findFirst()
                .filter(child -> child.name().equals("sleep"))
                .isPresent(),
        () -> false);
    return shell.children().get(0);
  }

  @Override
  public void close() {
    try (subreaper;
        patient;
        impatient) {
      // closed in the opposite order
    }
  }
}
