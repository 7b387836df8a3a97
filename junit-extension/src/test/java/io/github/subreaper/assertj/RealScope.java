package io.github.subreaper.assertj;

import static io.github.subreaper.waits.Await.LONG;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.time.Duration;

/** A scope of real processes for one test, ended by {@link #close()}. */
public final class RealScope implements AutoCloseable {
  /** A limit for waits that must time out. */
  static final Duration SHORT = Duration.ofMillis(50);

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor patient = open("patient", LONG);
  private final Supervisor impatient = open("impatient", SHORT);

  private Supervisor open(String name, Duration await) {
    return subreaper.open(name, ScopeOptions.defaults().withAwait(await));
  }

  /** Returns a scope whose waits end only when what they wait for comes. */
  public Supervisor patient() {
    return patient;
  }

  /** Returns a scope whose waits last {@link #SHORT}. */
  Supervisor impatient() {
    return impatient;
  }

  /** Launches a shell script whose waits are patient. */
  Launch sh(String script) {
    return patient.launch("sh", "-c", script);
  }

  /** Kills a process, and returns it when it has ended. */
  static Descendant ended(Descendant process) {
    process.signal(Signal.KILL);
    process.awaitExit();
    return process;
  }

  /** Returns the first child of a shell, once it has exec'd sleep. */
  public static Descendant sleepBelow(Descendant shell) {
    Await.until(
        () -> shell.children().stream().limit(1).anyMatch(child -> child.name().equals("sleep")));
    return shell.children().get(0);
  }

  @Override
  public void close() {
    try (subreaper;
        patient;
        impatient) {
      // closed in reverse order
    }
  }
}
