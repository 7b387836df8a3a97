package io.github.subreaper;

import io.github.subreaper.internal.engine.output.LogFile;
import io.github.subreaper.internal.engine.streams.Notifications;
import io.github.subreaper.internal.http.HttpGet;
import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks again and again whether one launch meets one condition; for one wait. */
sealed interface ReadinessCheck extends AutoCloseable {

  /** Checks once. */
  Finding check();

  /** Returns what may be wrong with the condition; empty if that is not known. */
  default String hint() {
    return "";
  }

  @Override
  default void close() {}

  /** Whether a condition holds now, does not hold yet, or can never hold any more. */
  enum State {
    HOLDS,
    NOT_YET,
    NEVER
  }

  /**
   * What one check finds.
   *
   * @param what the condition
   * @param detail what was found instead, or what meets the condition
   * @param parts of a condition that is made of others
   */
  record Finding(State state, String what, String detail, List<Finding> parts) {
    static Finding of(State state, String what, String detail) {
      return new Finding(state, what, detail, List.of());
    }

    boolean holds() {
      return state == State.HOLDS;
    }

    /** Returns a line for each condition: whether it holds, and why. */
    String lines() {
      StringBuilder text = new StringBuilder();
      addTo(text, "");
      return text.toString();
    }

    private void addTo(StringBuilder text, String indent) {
      text.append(holds() ? "  ok  " : "  no  ").append(indent).append(what);
      text.append(detail.isEmpty() ? "" : ": " + detail).append('\n');
      parts.forEach(part -> part.addTo(text, indent + "  "));
    }

    /** Returns the first reason why the condition can never hold; null if there is none. */
    @Nullable String obstacle() {
      if (state != State.NEVER) {
        return null;
      }
      return parts.stream()
          .map(Finding::obstacle)
          .filter(Objects::nonNull)
          .findFirst()
          .orElse(what + ": " + detail);
    }
  }

  /** Whether a process of the launch listens on a TCP port, or receives on a UDP port. */
  record OfPort(String what, Launch launch, int port, boolean udp) implements ReadinessCheck {
    @Override
    public Finding check() {
      List<String> others = new ArrayList<>();
      for (Descendant process : launch.living()) {
        for (InetSocketAddress address :
            udp ? process.udpAddresses() : process.listeningAddresses()) {
          String place = Text.address(address);
          if (address.getPort() == port) {
            return Finding.of(State.HOLDS, what, place + " of " + process);
          }
          others.add(place);
        }
      }
      String instead =
          (udp ? launch.isUdpPortTaken(port) : launch.isPortTaken(port))
              ? "a process outside the launch listens there: end it, or take another port"
              : "nothing listens there";
      return Finding.of(State.NOT_YET, what, instead + theLaunchListensOn(others));
    }

    static String theLaunchListensOn(List<String> others) {
      return others.isEmpty() ? "" : "; the launch listens on " + String.join(", ", others);
    }
  }

  /**
   * Whether a process of the launch listens on a unix socket.
   *
   * @param written as the test has it
   * @param socket its absolute path, or its abstract name
   */
  record OfSocket(String what, Launch launch, Path written, Path socket) implements ReadinessCheck {
    @Override
    public Finding check() {
      List<String> others = new ArrayList<>();
      for (Descendant process : launch.living()) {
        for (Path bound : process.listeningPaths()) {
          if (isSame(bound, process)) {
            return Finding.of(State.HOLDS, what, "of " + process);
          }
          others.add(Text.safe(bound.toString()));
        }
      }
      String instead =
          Files.exists(socket)
              ? "the file exists, but no process of the launch listens on it"
              : "no process of the launch listens on it";
      return Finding.of(State.NOT_YET, what, instead + OfPort.theLaunchListensOn(others));
    }

    /** A program may bind a path relative to its working directory. */
    private boolean isSame(Path bound, Descendant process) {
      if (bound.equals(written)) {
        return true;
      }
      Path absolute = process.workingDirectory().map(from -> from.resolve(bound)).orElse(bound);
      if (absolute.normalize().equals(socket.normalize())) {
        return true;
      }
      try {
        return Files.isSameFile(absolute, socket);
      } catch (IOException e) {
        return false;
      }
    }
  }

  /** Whether a server answers a GET request with a status. */
  final class OfHttp implements ReadinessCheck {
    /** A server that is not ready yet is not asked more often. */
    private static final long PAUSE_NANOS = 50_000_000;

    private final String what;
    private final Launch launch;
    private final HttpGet request;
    private final int status;
    private @Nullable Finding failed;
    private long failedNanos;

    OfHttp(String what, Launch launch, HttpGet request, int status) {
      this.what = what;
      this.launch = launch;
      this.request = request;
      this.status = status;
    }

    @Override
    public Finding check() {
      if (failed != null && System.nanoTime() - failedNanos < PAUSE_NANOS) {
        return failed;
      }
      HttpGet.Answer answer = request.send();
      if (answer.status() != status) {
        failed = Finding.of(State.NOT_YET, what, answer.words());
      } else if (launch.living().isEmpty()) {
        failed =
            Finding.of(
                State.NOT_YET, what, answer.words() + ", but no process of the launch is alive");
      } else {
        return Finding.of(State.HOLDS, what, answer.words());
      }
      failedNanos = System.nanoTime();
      return failed;
    }
  }

  /** Whether lines were written. A line that was found stays found. */
  final class OfLine implements ReadinessCheck {
    private final String what;
    private final Supplier<@Nullable String> next;
    private final Supplier<String> state;
    private final Supplier<@Nullable String> last;
    private final Runnable close;
    private final Supplier<String> hint;
    private final int times;
    private int count;
    private String found = "";

    private OfLine(
        String what,
        Supplier<@Nullable String> next,
        Supplier<String> state,
        Supplier<@Nullable String> last,
        Runnable close,
        Supplier<String> hint,
        int times) {
      this.what = what;
      this.next = next;
      this.state = state;
      this.last = last;
      this.close = close;
      this.hint = hint;
      this.times = times;
    }

    static OfLine in(String what, Launch launch, Path path, Predicate<String> wanted) {
      LogFile file = new LogFile(path, wanted, launch::earliestFileTime);
      return new OfLine(what, file::next, file::state, file::lastLine, file::close, () -> "", 1);
    }

    static OfLine ofOutput(
        String what, Launch launch, String regex, Predicate<String> wanted, int times) {
      return new OfLine(
          what,
          launch.searchOutput(wanted),
          () -> "none so far",
          () -> null,
          () -> {},
          () -> launch.outputHint(regex),
          times);
    }

    @Override
    public String hint() {
      return count < times ? hint.get() : "";
    }

    /** Returns what the file has instead; empty for the output, whose end each failure shows. */
    private String lastLine() {
      String line = last.get();
      return line == null ? "" : "; its last line is \"" + Text.shortened(line) + "\"";
    }

    @Override
    public Finding check() {
      String line = count < times ? next.get() : null;
      while (line != null) {
        found = line;
        line = ++count < times ? next.get() : null;
      }
      if (count == 0) {
        return Finding.of(State.NOT_YET, what, state.get() + lastLine());
      }
      String which = times == 1 ? "" : count + " so far, the last one ";
      return Finding.of(
          count < times ? State.NOT_YET : State.HOLDS,
          what,
          which + "\"" + Text.safe(found) + "\"");
    }

    @Override
    public void close() {
      close.run();
    }
  }

  /**
   * Whether a line was written to the launch's output, or to a log that it has open at some check.
   */
  final class OfLogs implements ReadinessCheck {
    private final String what;
    private final Launch launch;
    private final Predicate<String> wanted;
    private final OfLine output;
    private final Map<Path, OfLine> logs = new LinkedHashMap<>();

    OfLogs(String what, Launch launch, Predicate<String> wanted) {
      this.what = what;
      this.launch = launch;
      this.wanted = wanted;
      this.output = OfLine.ofOutput(what, launch, "", wanted, 1);
    }

    @Override
    public Finding check() {
      for (Descendant process : launch.living()) {
        for (Path log : process.logs()) {
          logs.computeIfAbsent(log, path -> OfLine.in(what, launch, path, wanted));
        }
      }
      Finding finding = output.check();
      for (OfLine log : logs.values()) {
        finding = finding.holds() ? finding : log.check();
      }
      return finding.holds() ? finding : Finding.of(State.NOT_YET, what, instead());
    }

    private String instead() {
      StringBuilder text = new StringBuilder("none so far in stdout, stderr");
      logs.forEach(
          (log, lines) ->
              text.append(", ").append(Text.safe(log.toString())).append(lines.lastLine()));
      return text.toString();
    }

    @Override
    public void close() {
      logs.values().forEach(OfLine::close);
    }
  }

  /** Whether a pid file names a living process of the launch. */
  record OfPidFile(String what, Launch launch, Path file) implements ReadinessCheck {
    private static final int LONGEST = 64;

    @Override
    public Finding check() {
      if (!Files.exists(file)) {
        return Finding.of(State.NOT_YET, what, "does not exist");
      }
      if (!Files.isRegularFile(file)) {
        return Finding.of(State.NOT_YET, what, "is not a regular file");
      }
      try (InputStream stream = Files.newInputStream(file)) {
        String text = new String(stream.readNBytes(LONGEST), StandardCharsets.UTF_8);
        return named(text.lines().findFirst().orElse("").strip());
      } catch (NoSuchFileException e) {
        return Finding.of(State.NOT_YET, what, "does not exist");
      } catch (IOException e) {
        return Finding.of(State.NOT_YET, what, "cannot be read: " + e);
      }
    }

    private Finding named(String text) {
      if (!text.matches("[1-9][0-9]{0,8}")) {
        String instead =
            text.isEmpty()
                ? "is empty"
                : "contains \"" + Text.safe(text) + "\", which is not a pid";
        return Finding.of(State.NOT_YET, what, instead);
      }
      Descendant process = launch.find(Integer.parseInt(text));
      return process != null
          ? Finding.of(State.HOLDS, what, "names " + process)
          : Finding.of(
              State.NOT_YET,
              what,
              "names "
                  + text
                  + (text.equals("" + launch.pid())
                      ? ", the launcher, which has ended: let the daemon write its own pid"
                      : ", which is not a living process of the launch"));
    }
  }

  /** Whether the launch has notified this JVM that it is ready. */
  final class OfNotification implements ReadinessCheck {
    private final String what;
    private final Launch launch;
    private final Notifications notifications;

    OfNotification(String what, Launch launch) {
      this.what = what;
      this.launch = launch;
      this.notifications = launch.notifications();
    }

    @Override
    public Finding check() {
      Notifications.Said said = notifications.said();
      if (said.errno() != 0) {
        String error = Notifications.describe(said.errno());
        return Finding.of(State.NEVER, what, "ERRNO=" + said.errno() + ", " + error + status(said));
      }
      if (!said.ready()) {
        return Finding.of(State.NOT_YET, what, "not received yet" + status(said) + strangers(said));
      }
      if (said.mainPid() != 0 && launch.find(said.mainPid()) == null) {
        return Finding.of(
            State.NOT_YET,
            what,
            "received, but MAINPID="
                + said.mainPid()
                + " is not a living process of the launch: let the daemon name its own pid"
                + " after its last fork");
      }
      return Finding.of(State.HOLDS, what, "received" + status(said));
    }

    private static String status(Notifications.Said said) {
      return said.status() == null ? "" : ", STATUS=" + Text.safe(said.status());
    }

    private static String strangers(Notifications.Said said) {
      if (said.strangers() == 0) {
        return "";
      }
      return "; "
          + Text.count(said.strangers(), "message", "messages")
          + " ignored, the last one from pid "
          + said.stranger()
          + (said.strangerGone()
              ? ", which ended before it could be observed"
              : ", which is not a process of the launch");
    }
  }

  /** Whether the caller's condition holds. */
  record OfPredicate(String what, Launch launch, Predicate<? super Launch> condition)
      implements ReadinessCheck {
    @Override
    public Finding check() {
      return Finding.of(condition.test(launch) ? State.HOLDS : State.NOT_YET, what, "");
    }
  }

  /**
   * Whether all conditions hold, or one of them; never if one never does, or none ever.
   *
   * @param all whether all have to
   */
  record OfSeveral(boolean all, List<ReadinessCheck> conditions) implements ReadinessCheck {
    @Override
    public Finding check() {
      List<Finding> parts = conditions.stream().map(ReadinessCheck::check).toList();
      State state = all ? State.HOLDS : State.NEVER;
      for (Finding part : parts) {
        int order = part.state().compareTo(state);
        state = (all ? order > 0 : order < 0) ? part.state() : state;
      }
      return new Finding(state, all ? "all of" : "any of", "", parts);
    }

    @Override
    public String hint() {
      return conditions.stream()
          .map(ReadinessCheck::hint)
          .filter(hint -> !hint.isEmpty())
          .findFirst()
          .orElse("");
    }

    @Override
    public void close() {
      conditions.forEach(ReadinessCheck::close);
    }
  }
}
