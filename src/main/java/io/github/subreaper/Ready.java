package io.github.subreaper;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;

/**
 * When a launch is ready, for {@link Launch#awaitReady(Ready)}. Immutable and independent of a
 * launch: one condition may be used for many.
 *
 * <pre>{@code
 * Launch db = supervisor.launch(postgres).awaitReady(Ready.port(5432));
 * db.awaitReady(Ready.all(Ready.pidFile(pidFile), Ready.logLine(log, "ready to accept")));
 * }</pre>
 */
@CheckReturnValue
public final class Ready {
  private final String description;
  private final Function<Launch, ReadinessCheck> start;

  private Ready(String description, Function<Launch, ReadinessCheck> start) {
    this.description = description;
    this.start = start;
  }

  /**
   * Requires that a process of the launch listens on a TCP port. A listener outside the launch does
   * not count.
   *
   * @param port from 1 to 65535, on whatever address
   * @return the condition
   * @throws IllegalArgumentException if there is no such port
   */
  public static Ready port(int port) {
    Launch.requirePort(port);
    String what = "TCP port " + port;
    return new Ready(what, launch -> new ReadinessCheck.OfPort(what, launch, port));
  }

  /**
   * Requires that a process of the launch listens on a unix socket, unix(7). A listener outside the
   * launch, or a file that merely exists, does not count.
   *
   * @param socket its path, or {@code @} and the name of an abstract one
   * @return the condition
   */
  public static Ready unixSocket(Path socket) {
    Objects.requireNonNull(socket, "socket");
    String what = "unix socket " + Text.safe(socket.toString());
    return new Ready(what, launch -> new ReadinessCheck.OfSocket(what, launch, socket));
  }

  /**
   * Requires a line in a log file. The file need not exist yet, and may be replaced or truncated
   * meanwhile. If it was last written before the launch, its content at the start of the wait does
   * not count. A file that several runs write to may contain a line of an earlier run: give each
   * run its own.
   *
   * @param file the log
   * @param regex to be found anywhere in the line; {@code ^} and {@code $} are its ends
   * @return the condition
   * @throws PatternSyntaxException if it is no regular expression
   */
  public static Ready logLine(Path file, String regex) {
    Objects.requireNonNull(file, "file");
    Predicate<String> wanted = Text.find(regex);
    String what = "a line of " + Text.safe(file.toString()) + " " + Text.inWhich(regex);
    return new Ready(what, launch -> ReadinessCheck.OfLine.in(what, launch, file, wanted));
  }

  /**
   * Requires a line that the launch writes anywhere: to stdout or stderr, or to a file that one of
   * its processes has open for writing only, as logs are. Each of these files may be replaced or
   * truncated meanwhile.
   *
   * @param regex to be found anywhere in the line; {@code ^} and {@code $} are its ends
   * @return the condition
   * @throws PatternSyntaxException if it is no regular expression
   */
  public static Ready logLine(String regex) {
    Predicate<String> wanted = Text.find(regex);
    String what = "a line that it writes " + Text.inWhich(regex);
    return new Ready(what, launch -> new ReadinessCheck.OfLogs(what, launch, wanted));
  }

  /**
   * Requires a line on stdout or stderr, from the launched process or any that inherited its
   * streams.
   *
   * @param regex to be found anywhere in the line; {@code ^} and {@code $} are its ends
   * @return the condition
   * @throws PatternSyntaxException if it is no regular expression
   */
  public static Ready output(String regex) {
    Predicate<String> wanted = Text.find(regex);
    String what = "a line of stdout or stderr " + Text.inWhich(regex);
    return new Ready(what, launch -> ReadinessCheck.OfLine.ofOutput(what, launch, wanted));
  }

  /**
   * Requires a pid file that names a living process of the launch. The pid of an earlier run, or of
   * a launcher that has ended, does not count.
   *
   * @param file which begins with a pid; what follows on the next lines does not matter
   * @return the condition
   */
  public static Ready pidFile(Path file) {
    Objects.requireNonNull(file, "file");
    String what = "pid file " + Text.safe(file.toString());
    return new Ready(what, launch -> new ReadinessCheck.OfPidFile(what, launch, file));
  }

  /**
   * Requires {@code READY=1} over sd_notify(3). Only messages of the launch's own processes count.
   * If the launch has named a {@code MAINPID}, that must be a living process of the launch. {@code
   * ERRNO} ends the wait at once. Failures quote {@code STATUS}.
   *
   * <p>A message does not count if its sender ended and was reaped before this JVM could observe
   * it, as with service managers; systemd-notify(1) waits until its message was processed.
   *
   * @return the condition; only for a launch of a {@link Program#withNotifySocket()}
   */
  public static Ready notification() {
    String what = "READY=1 on the notify socket";
    return new Ready(what, launch -> new ReadinessCheck.OfNotification(what, launch));
  }

  /**
   * Requires any condition. It is checked at every change in the tree, and every few milliseconds.
   *
   * @param description for messages
   * @param condition on the launch; an exception that it throws ends the wait
   * @return the condition
   */
  public static Ready when(String description, Predicate<? super Launch> condition) {
    Objects.requireNonNull(condition, "condition");
    String what = Text.safe(Objects.requireNonNull(description, "description"));
    return new Ready(what, launch -> new ReadinessCheck.OfPredicate(what, launch, condition));
  }

  /**
   * Requires that all conditions hold in one check. A line or message that was found stays found.
   *
   * @param conditions one or more
   * @return the condition
   * @throws IllegalArgumentException if there is none
   */
  public static Ready all(Ready... conditions) {
    List<Ready> parts = parts(conditions);
    return new Ready("all of", launch -> new ReadinessCheck.OfAll(start(parts, launch)));
  }

  /**
   * Requires that one of the conditions holds.
   *
   * @param conditions one or more
   * @return the condition
   * @throws IllegalArgumentException if there is none
   */
  public static Ready any(Ready... conditions) {
    List<Ready> parts = parts(conditions);
    return new Ready("any of", launch -> new ReadinessCheck.OfAny(start(parts, launch)));
  }

  private static List<Ready> parts(Ready... conditions) {
    List<Ready> parts = List.of(conditions);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("no condition was given: name at least one");
    }
    return parts;
  }

  private static List<ReadinessCheck> start(List<Ready> conditions, Launch launch) {
    return conditions.stream().map(condition -> condition.of(launch)).toList();
  }

  /** Starts the checks of one wait for one launch. */
  ReadinessCheck of(Launch launch) {
    return start.apply(launch);
  }

  /**
   * Returns what is waited for.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return description;
  }
}
