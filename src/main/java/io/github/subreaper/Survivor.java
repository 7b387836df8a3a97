package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.ProcessRecord;
import io.github.subreaper.internal.engine.ScopeEnd.SurvivorRecord;
import io.github.subreaper.internal.linux.UserNames;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process that is still there though all was done to end it: it outlived SIGKILL, or it is a
 * zombie whose status a tracer keeps. Shows it as it was when that was found.
 */
public final class Survivor {
  private final SurvivorRecord survivor;
  private final Descendant process;

  Survivor(Engine engine, SurvivorRecord survivor) {
    this.survivor = survivor;
    this.process = new Descendant(engine, survivor.process());
  }

  /**
   * The process.
   *
   * @return which one it is
   */
  public Descendant process() {
    return process;
  }

  /**
   * Its state as {@code ps} shows it, proc_pid_stat(5).
   *
   * @return one letter, such as {@code D} for an uninterruptible wait or {@code Z} for a zombie;
   *     {@code ?} if it could not be read
   */
  public String state() {
    return String.valueOf(survivor.state());
  }

  /**
   * The function of the kernel that a process in state {@code D} waits in, proc_pid_wchan(5).
   *
   * @return empty in other states, or if this JVM may not see it
   */
  public Optional<String> waitChannel() {
    return Optional.ofNullable(survivor.waitChannel());
  }

  /**
   * Whose it is.
   *
   * @return its real user id; empty if unknown
   */
  public OptionalInt owner() {
    return survivor.owner() < 0 ? OptionalInt.empty() : OptionalInt.of(survivor.owner());
  }

  /**
   * Whether the kernel refused the signal; otherwise it had no effect in the time that it was
   * given.
   *
   * @return true if this JVM lacks the right
   */
  public boolean isRefused() {
    return survivor.refused();
  }

  /**
   * Why it could not be ended.
   *
   * @return such as {@code owned by uid 0, this JVM runs as uid 1000 (EPERM)}
   */
  public String reason() {
    return survivor.reason();
  }

  /**
   * Pid, state, owner, command, wait channel and reason on one line.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    ProcessRecord record = survivor.process();
    String user = owner().isEmpty() ? "?" : UserNames.of(owner().getAsInt());
    return record.pid()
        + " "
        + state()
        + " "
        + Text.safe(user)
        + "  "
        + Text.command(record.name(), record.commandLine())
        + waitChannel().map(channel -> "   kernel: " + channel).orElse("")
        + "   "
        + reason();
  }
}
