package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.values.SignalSender;
import io.github.subreaper.internal.messages.TraceText;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What sent a signal: this library, or what the kernel reports about the sender where a launch is
 * {@link Program#traced()}. Immutable.
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
  private final long pid;
  private final int uid;
  private final String how;
  private final Optional<Descendant> process;
  private final String command;

  private Sender(long pid, int uid, String how, Optional<Descendant> process, String command) {
    this.pid = pid;
    this.uid = uid;
    this.how = how;
    this.process = process;
    this.command = command;
  }

  static Optional<Sender> of(
      Engine engine, Fact fact, LongFunction<@Nullable ProcessRecord> byNumber) {
    List<String> words = fact.words();
    if (!SignalSender.isIn(words)) {
      return Optional.of(of(engine, engine.queries().jvm()));
    }
    String how = words.get(0);
    if (how.equals(SignalSender.UNKNOWN.how())) {
      return Optional.empty();
    }
    ProcessRecord record =
        words.get(3).isEmpty() ? null : byNumber.apply(Long.parseLong(words.get(3)));
    return Optional.of(
        new Sender(
            Long.parseLong(words.get(1)),
            Integer.parseInt(words.get(2)),
            how,
            Optional.ofNullable(record).map(one -> new Descendant(engine, one)),
            words.get(4)));
  }

  static Sender of(Engine engine, SignalSender sender) {
    return new Sender(
        sender.pid(),
        sender.uid(),
        sender.how(),
        Optional.ofNullable(sender.record())
            .map(Reference::get)
            .map(one -> new Descendant(engine, (ProcessRecord) one)),
        sender.command());
  }

  boolean isProcess() {
    return pid != 0;
  }

  /**
   * Returns its pid.
   *
   * @return in this JVM's pid namespace; 0 if the kernel itself has sent the signal
   */
  public long pid() {
    return pid;
  }

  /**
   * Returns the real user id with which it sent the signal.
   *
   * @return negative if unknown, or if no process has sent it
   */
  public int uid() {
    return uid;
  }

  /**
   * Returns it as a descendant of this JVM, which may have ended before the signal was received.
   * Where its pid has been given to another descendant since, that one is returned: the kernel
   * gives a number only.
   *
   * @return empty if it is this JVM itself, a process outside or the kernel
   */
  public Optional<Descendant> process() {
    return process;
  }

  /**
   * Returns by which means it was sent, as {@code si_code} of sigaction(2) says.
   *
   * @return {@code "kill"}: kill(2) or pidfd_send_signal(2); {@code "tgkill"}, {@code "sigqueue"},
   *     {@code "timer"}, {@code "message queue"}; {@code "fault"}: the receiver itself, such as an
   *     access to no memory; or {@code "kernel"}, for instance a hangup, input that is ready, or
   *     the end of a child whose signal is not SIGCHLD
   */
  public String how() {
    return how;
  }

  /**
   * Returns the sender.
   *
   * @return for messages, such as {@code 4711 (sh stop.sh)}
   */
  @Override
  public String toString() {
    return TraceText.sender(pid, how, command);
  }
}
