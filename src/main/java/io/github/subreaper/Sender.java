package io.github.subreaper;

import io.github.subreaper.internal.linux.Procfs;
import java.util.Optional;

/**
 * What sent a signal. Immutable.
 *
 * <pre>{@code
 * for (ProcessEvent event : launch.journal().events()) {
 *   if (event instanceof ProcessEvent.Signaled signaled) {
 *     System.out.println(signaled.signal() + " from " + signaled.sender());
 *   }
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Sender {
  private static final Sender JVM = new Sender(ProcessHandle.current().pid());

  private final long pid;

  private Sender(long pid) {
    this.pid = pid;
  }

  /** This library: the journal has no other senders yet. */
  static Sender jvm() {
    return JVM;
  }

  /**
   * Returns its pid.
   *
   * @return in this JVM's pid namespace
   */
  public long pid() {
    return pid;
  }

  /**
   * Returns the real user id with which it sent the signal.
   *
   * @return negative if unknown
   */
  public int uid() {
    return Procfs.statusNumber(Procfs.SELF, "Uid");
  }

  /**
   * Returns it as a descendant of this JVM.
   *
   * @return empty if it is this JVM itself or a process outside
   */
  public Optional<Descendant> process() {
    return Optional.empty();
  }

  /**
   * Returns by which means it was sent.
   *
   * @return {@code "kill"}: kill(2) or pidfd_send_signal(2)
   */
  public String how() {
    return "kill";
  }

  /**
   * Returns the sender.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return "this JVM (pid " + pid + ")";
  }
}
