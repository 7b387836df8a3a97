package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.text.Text;
import java.util.OptionalInt;

/**
 * A process that could not be terminated: it outlived SIGKILL, or it is a zombie whose status a
 * tracer keeps. It is shown as it was when that was found.
 *
 * <pre>{@code
 * for (Survivor survivor : supervisor.end().survivors()) {
 *   System.err.println(survivor.process() + ": " + survivor.reason());
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Survivor {
  private final Engine engine;
  private final SurvivorRecord survivor;
  private final Descendant process;

  Survivor(Engine engine, SurvivorRecord survivor) {
    this.engine = engine;
    this.survivor = survivor;
    this.process = new Descendant(engine, survivor.process());
  }

  /**
   * Returns the process.
   *
   * @return never null
   */
  public Descendant process() {
    return process;
  }

  /**
   * Returns its state as {@code ps} shows it, proc_pid_stat(5).
   *
   * @return one letter, such as {@code D} for an uninterruptible wait or {@code Z} for a zombie;
   *     {@code ?} if it could not be read
   */
  public String state() {
    return String.valueOf(survivor.state());
  }

  /**
   * Returns the user that it runs as.
   *
   * @return its real user id; empty if unknown
   */
  public OptionalInt owner() {
    return survivor.owner() < 0 ? OptionalInt.empty() : OptionalInt.of(survivor.owner());
  }

  /**
   * Returns whether the kernel refused the signal. Otherwise the signal had no effect within the
   * time allowed.
   *
   * @return true if this JVM lacks the permission
   */
  public boolean isRefused() {
    return survivor.refused();
  }

  /**
   * Returns why it could not be terminated.
   *
   * @return such as {@code owned by uid 0, this JVM runs as uid 1000 (EPERM)}
   */
  public String reason() {
    return survivor.reason();
  }

  /**
   * Returns pid, state, owner, command, wait channel and reason on one line.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    ProcessRecord record = survivor.process();
    String user = owner().isEmpty() ? "?" : engine.kernel().users().name(owner().getAsInt());
    return record.pid()
        + " "
        + state()
        + " "
        + Text.safe(user)
        + "  "
        + Text.command(record.name(), record.commandLine())
        + (survivor.waitChannel() == null ? "" : "   kernel: " + survivor.waitChannel())
        + "   "
        + reason();
  }
}
