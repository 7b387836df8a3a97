package io.github.subreaper;

import io.github.subreaper.internal.access.CheckReturnValue;
import io.github.subreaper.internal.http.HttpGet;
import io.github.subreaper.internal.text.Text;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
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
 *
 * @since 0.1.0
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
    return new Ready(what, launch -> new ReadinessCheck.OfPort(what, launch, port, false));
  }

  /**
   * Requires that a process of the launch receives datagrams on a UDP port: from any sender, so on
   * a socket that is bound and not connected. A socket outside the launch does not count.
   *
   * @param port from 1 to 65535, on whatever address
   * @return the condition
   * @throws IllegalArgumentException if there is no such port
   */
  public static Ready udpPort(int port) {
    Launch.requirePort(port);
    String what = "UDP port " + port;
    return new Ready(what, launch -> new ReadinessCheck.OfPort(what, launch, port, true));
  }

  /**
   * Requires that a server answers a GET request with this status, without a proxy. A redirect is
   * an answer and is not followed. Where no server listens yet, the condition does not hold yet.
   *
   * <p>A request lasts 1 s at most (but the look-up of a host name may take longer), so an answer
   * that takes longer does not count. A server that is not ready yet gets up to 20 requests a
   * second, which its log may show.
   *
   * <p>An answer does not prove that the launch has given it: another process may have the port,
   * such as one of an earlier run. {@link #port} proves it:
   *
   * <pre>{@code
   * URI health = URI.create("http://localhost:8080/health");
   * launch.awaitReady(Ready.all(Ready.port(8080), Ready.http(health, 200)));
   * }</pre>
   *
   * @param uri of {@code http}, or of {@code https} with a certificate that this JVM trusts
   * @param status from 200 to 599
   * @return the condition
   * @throws IllegalArgumentException if it is another kind of URI, has no host or has a user, or if
   *     there is no such status
   */
  public static Ready http(URI uri, int status) {
    HttpGet request = new HttpGet(Objects.requireNonNull(uri, "uri"));
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("the status of an answer is 200 to 599, not " + status);
    }
    String what = "status " + status + " from GET " + Text.safe(uri.toString());
    return new Ready(what, launch -> new ReadinessCheck.OfHttp(what, launch, request, status));
  }

  /**
   * Requires that a process of the launch listens on a unix socket, unix(7). A listener outside the
   * launch, or a file that merely exists, does not count.
   *
   * @param socket its path, or {@code @} and the name of an abstract one; a relative path is
   *     relative to the launch's directory
   * @return the condition
   */
  public static Ready unixSocket(Path socket) {
    Objects.requireNonNull(socket, "socket");
    String kind = "unix socket ";
    if (socket.toString().startsWith("@")) { // abstract: it is in no directory
      String what = kind + Text.safe(socket.toString());
      return new Ready(what, launch -> new ReadinessCheck.OfSocket(what, launch, socket, socket));
    }
    return ofFile(
        kind,
        socket,
        "",
        (what, launch, file) -> new ReadinessCheck.OfSocket(what, launch, socket, file));
  }

  /**
   * Requires a line in a log file. The file need not exist yet, and may be replaced or truncated
   * meanwhile. If it was last written before the launch, its content at the start of the wait does
   * not count. A file that several runs write to may contain a line of an earlier run: give each
   * run its own.
   *
   * @param file the log; relative to the launch's directory
   * @param regex to be found anywhere in the line; {@code ^} and {@code $} are its ends
   * @return the condition
   * @throws PatternSyntaxException if it is not a regular expression
   */
  public static Ready logLine(Path file, String regex) {
    Objects.requireNonNull(file, "file");
    Predicate<String> wanted = Text.find(regex);
    return ofFile(
        "a line of ",
        file,
        " " + Text.inWhich(regex),
        (what, launch, log) -> ReadinessCheck.OfLine.in(what, launch, log, wanted));
  }

  /**
   * Requires a line that the launch writes anywhere: to stdout or stderr, or to a file that one of
   * its processes has open for writing only, as logs are. Each of these files may be replaced or
   * truncated meanwhile.
   *
   * @param regex to be found anywhere in the line; {@code ^} and {@code $} are its ends
   * @return the condition
   * @throws PatternSyntaxException if it is not a regular expression
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
   * @throws PatternSyntaxException if it is not a regular expression
   */
  public static Ready output(String regex) {
    Predicate<String> wanted = Text.find(regex);
    String what = "a line of stdout or stderr " + Text.inWhich(regex);
    return new Ready(
        what, launch -> ReadinessCheck.OfLine.ofOutput(what, launch, regex, wanted, 1));
  }

  /**
   * Requires so many lines on stdout or stderr, from the launched process or any that inherited its
   * streams. A line counts once, however often the regular expression is found in it.
   *
   * @param regex to be found anywhere in each line; {@code ^} and {@code $} are its ends
   * @param times one or more
   * @return the condition
   * @throws PatternSyntaxException if it is not a regular expression
   * @throws IllegalArgumentException if times is not positive
   */
  public static Ready output(String regex, int times) {
    Predicate<String> wanted = Text.find(regex);
    if (times < 1) {
      throw new IllegalArgumentException("times must be 1 or more, not " + times);
    }
    if (times == 1) {
      return output(regex);
    }
    String what = times + " lines of stdout or stderr " + Text.inWhich(regex);
    return new Ready(
        what, launch -> ReadinessCheck.OfLine.ofOutput(what, launch, regex, wanted, times));
  }

  /**
   * Requires a pid file that names a living process of the launch. The pid of an earlier run, or of
   * a launcher that has ended, does not count.
   *
   * @param file which begins with a pid; what follows on the next lines does not matter. Relative
   *     to the launch's directory
   * @return the condition
   */
  public static Ready pidFile(Path file) {
    Objects.requireNonNull(file, "file");
    return ofFile("pid file ", file, "", ReadinessCheck.OfPidFile::new);
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
    return all(Arrays.asList(Objects.requireNonNull(conditions, "conditions")));
  }

  /**
   * Requires that all conditions hold in one check, as {@link #all(Ready...)}.
   *
   * @param conditions one or more
   * @return the condition
   * @throws IllegalArgumentException if there is none
   */
  public static Ready all(Collection<Ready> conditions) {
    List<Ready> parts = parts(conditions);
    return new Ready("all of", launch -> new ReadinessCheck.OfSeveral(true, start(parts, launch)));
  }

  /**
   * Requires that one of the conditions holds.
   *
   * @param conditions one or more
   * @return the condition
   * @throws IllegalArgumentException if there is none
   */
  public static Ready any(Ready... conditions) {
    return any(Arrays.asList(Objects.requireNonNull(conditions, "conditions")));
  }

  /**
   * Requires that one of the conditions holds.
   *
   * @param conditions one or more
   * @return the condition
   * @throws IllegalArgumentException if there is none
   */
  public static Ready any(Collection<Ready> conditions) {
    List<Ready> parts = parts(conditions);
    return new Ready("any of", launch -> new ReadinessCheck.OfSeveral(false, start(parts, launch)));
  }

  private static List<Ready> parts(Collection<Ready> conditions) {
    List<Ready> parts =
        Objects.requireNonNull(conditions, "conditions").stream()
            .map(condition -> Objects.requireNonNull(condition, "a condition is null"))
            .toList();
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("no condition was given: name at least one");
    }
    return parts;
  }

  private static List<ReadinessCheck> start(List<Ready> conditions, Launch launch) {
    return conditions.stream().map(condition -> condition.of(launch)).toList();
  }

  private interface FileCheck {
    ReadinessCheck of(String what, Launch launch, Path absolute);
  }

  /** Seeks the file where the program does, which the message shows. */
  private static Ready ofFile(String before, Path file, String after, FileCheck check) {
    return new Ready(
        before + Text.safe(file.toString()) + after,
        launch -> {
          Path absolute = launch.resolve(file);
          return check.of(before + Text.safe(absolute.toString()) + after, launch, absolute);
        });
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
