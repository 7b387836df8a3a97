package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Signal;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.assertj.facts.Arguments;
import io.github.subreaper.internal.assertj.facts.Endpoint;
import io.github.subreaper.internal.assertj.facts.Listening;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.assertj.facts.RespawnLimit;
import io.github.subreaper.internal.text.Durations;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.assertj.core.error.ShouldNotBeNull;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on one process, or on one launch: how it ends, and where it listens. Of a process,
 * only its own sockets count; of a launch, those of all its processes.
 *
 * @param <SELF> the class of the assertions
 * @param <ACTUAL> the class of what they check
 * @since 0.1.0
 */
public abstract class AbstractProcessAssert<
        SELF extends AbstractProcessAssert<SELF, ACTUAL>, ACTUAL>
    extends AbstractShapeAssert<SELF, ACTUAL> {
  /** A field, since proxies of soft assertions intercept methods. */
  Navigation navigation = Navigation.HARD;

  AbstractProcessAssert(@Nullable ACTUAL actual, Class<?> self) {
    super(actual, self);
  }

  /** Returns what the assertions are on, for messages. */
  abstract String subject();

  /** Returns the context of a failure. */
  abstract String evidence();

  /** Returns how long to wait where no time is given. */
  abstract Duration await();

  /** Returns the process, or the launched one. */
  abstract Descendant process();

  /** Returns that process for messages. */
  abstract String processName();

  abstract ExitStatus awaitExit(Duration limit);

  abstract List<Descendant> awaitRespawns(int count, Duration limit);

  /** Returns those of the processes whose sockets count that are alive now. */
  abstract List<Descendant> processes();

  /** Waits until one of them listens there, or none can any more; returns whether one does. */
  abstract boolean isListening(Endpoint wanted, Duration limit);

  /**
   * Verifies that the process is alive; a zombie is not alive. Of a launch that is the launched
   * process itself. For what it has left behind, see {@link #hasShape}.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * assertThat(sleep).isAlive(); // passes
   * sleep.signal(Signal.KILL);
   * sleep.awaitExit();
   * assertThat(sleep).isAlive(); // fails: killed by SIGKILL
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it has ended
   */
  public SELF isAlive() {
    isNotNull();
    if (!process().isAlive()) {
      throwAssertionError(Should.beAlive(processName(), Naming.state(process()), evidence()));
    }
    return myself;
  }

  /**
   * Verifies that the process has ended; a zombie has ended. Of a launch that is the launched
   * process itself: what it has left behind may be alive. To wait for the end, use {@link
   * #exitsWith(int)} or {@link #exitsWithin(Duration)}.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "sleep 1000 &");
   * assertThat(launch).exitsWith(0).hasEnded();                // passes, although the orphan lives
   * assertThat(supervisor.launch("sleep", "1000")).hasEnded(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it is alive
   */
  public SELF hasEnded() {
    isNotNull();
    if (process().isAlive()) {
      throwAssertionError(Should.expecting(processName(), "have ended", "it is alive", evidence()));
    }
    return myself;
  }

  /**
   * Waits until the process, of a launch the launched process itself, has ended, for the scope's
   * {@code await} at most, and verifies that it exited with this code.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("true")).exitsWith(0);  // passes
   * assertThat(supervisor.launch("false")).exitsWith(0); // fails: exited 1
   * }</pre>
   *
   * @param code from 0 to 255
   * @return this
   * @throws AssertionError if it does not end in time, or ends otherwise
   * @throws IllegalArgumentException if the code is outside that range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF exitsWith(int code) {
    return exitsWith(ExitStatus.exited(code));
  }

  /**
   * Waits until the process, of a launch the launched process itself, has ended, for the scope's
   * {@code await} at most, and verifies how it ended. Ignores whether a core was dumped.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "kill -TERM $$");
   * assertThat(launch).exitsWith(signaled(Signal.TERM)); // passes
   * assertThat(launch).exitsWith(exited(143));           // fails: the signal itself is known
   * }</pre>
   *
   * @param expected the status
   * @return this
   * @throws AssertionError if it does not end in time, or ends otherwise
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF exitsWith(ExitStatus expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    ExitStatus status = awaited(() -> awaitExit(await()));
    if (!ExitStatusAssert.isSameEnd(expected, status)) {
      throwAssertionError(
          Should.endWith(
              subject(),
              expected,
              status,
              Naming.end(process()).orElseThrow() + hangUpNote(status),
              evidence()));
    }
    Access.get().expectEnd(process()); // so that it is no crash
    return myself;
  }

  private String hangUpNote(ExitStatus status) {
    return status.equals(ExitStatus.signaled(Signal.HUP))
            && process().launch().filter(Access.get()::hasTerminal).isPresent()
        ? "\n(the end of a terminal sends SIGHUP to all that keep it: a daemon calls setsid(2))"
        : "";
  }

  /**
   * Waits until the process, of a launch the launched process itself, has ended, and returns
   * assertions on its status. Final, so that in {@link SubreaperSoftAssertions} the assertions
   * after a failure check nothing.
   *
   * <pre>{@code
   * master.signal(Signal.QUIT);
   * assertThat(master).exitsWithin(Duration.ofSeconds(5)).with(exited(0)); // passes
   * assertThat(sleep).exitsWithin(Duration.ofSeconds(5)).with(exited(0));  // fails after 5 s
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @return assertions on the status
   * @throws AssertionError if it does not end in time
   * @throws IllegalArgumentException if the duration is negative
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public final ExitStatusAssert exitsWithin(Duration limit) {
    Durations.notNegative("limit", limit);
    ExitStatus status;
    try {
      if (actual == null) {
        throw assertionError(ShouldNotBeNull.shouldNotBeNull());
      }
      status = awaited(() -> awaitExit(limit));
    } catch (AssertionError e) {
      return navigation.withoutStatus(e);
    }
    return ExitStatusAssert.reachedFrom(
        this, navigation.to(status), subject(), process(), this::evidence);
  }

  /**
   * Watches for crash loops: verifies that the process is replaced at most so many times, counting
   * the replacements of its replacements; of a launch, all its processes together. A replacement
   * has the same name and parent as one that has ended. Watching takes the whole time, unless no
   * process is left that could start another one.
   *
   * <pre>{@code
   * worker.signal(Signal.KILL);
   * assertThat(worker).isRespawnedAtMost(1, Duration.ofSeconds(3)); // passes: the next one lives
   * assertThat(looping).isRespawnedAtMost(2, Duration.ofSeconds(3)); // fails with the third one
   * }</pre>
   *
   * @param most zero or more
   * @param within how long to watch; zero checks once what has been seen so far
   * @return this
   * @throws AssertionError as soon as there is one respawn more
   * @throws IllegalArgumentException if the number or the duration is negative
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF isRespawnedAtMost(int most, Duration within) {
    Arguments.notNegative("most", most);
    Durations.notNegative("within", within);
    isNotNull();
    List<Descendant> respawns = RespawnLimit.exceeding(most, this::awaitRespawns, within);
    if (!respawns.isEmpty()) {
      throwAssertionError(
          Should.beRespawnedAtMost(
              subject(), most, within, Naming.withStates(respawns), evidence()));
    }
    return myself;
  }

  /**
   * Waits until a process listens on a TCP port of any address, for the scope's {@code await} at
   * most. The wait ends early if no process is left.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("redis-server", "--port", "6380")).listensOn(6380); // passes
   * assertThat(sleep).listensOn(6380); // fails, even if another process listens there
   * }</pre>
   *
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if none listens in time, or all end before
   * @throws IllegalArgumentException if the port is out of range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOn(int port) {
    return waitsFor(Endpoint.port(port));
  }

  /**
   * Waits until a process listens on a TCP port of any address. The wait ends early if no process
   * is left.
   *
   * <pre>{@code
   * assertThat(redis).listensOnWithin(Duration.ofSeconds(5), 6379); // passes, perhaps after a while
   * assertThat(sleep).listensOnWithin(Duration.ofSeconds(5), 6379); // fails after 5 s
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if none listens in time, or all end before
   * @throws IllegalArgumentException if the duration is negative or the port is out of range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOnWithin(Duration limit, int port) {
    return waitsFor(limit, Endpoint.port(port));
  }

  /**
   * Waits until a process listens on a TCP port of one address, for the scope's {@code await} at
   * most. The wait ends early if no process is left.
   *
   * <p>The socket must be bound to the address itself. A socket that is bound to all addresses,
   * {@code 0.0.0.0} or {@code ::}, does not count, unless that is the host. If the host is a name
   * with several addresses, such as {@code localhost}, one of them is enough.
   *
   * <pre>{@code
   * Launch redis = supervisor.launch("redis-server", "--bind", "127.0.0.1");
   * assertThat(redis).listensOn("127.0.0.1", 6379); // passes, perhaps after a while
   * assertThat(redis).listensOn("localhost", 6379); // passes
   * assertThat(redis).listensOn("0.0.0.0", 6379);   // fails: it listens on 127.0.0.1:6379
   * }</pre>
   *
   * @param host an address, or a name that is resolved once, now
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if none listens there in time, or all end before
   * @throws IllegalArgumentException if the host cannot be resolved, or the port is out of range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOn(String host, int port) {
    return waitsFor(Endpoint.port(host, port));
  }

  /**
   * Waits until a process listens on a TCP port of one address, bound as for {@link
   * #listensOn(String, int)}. The wait ends early if no process is left.
   *
   * <pre>{@code
   * assertThat(redis).listensOnWithin(Duration.ofSeconds(5), "127.0.0.1", 6379); // passes
   * assertThat(redis).listensOnWithin(Duration.ofSeconds(5), "0.0.0.0", 6379);   // fails after 5 s
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param host an address, or a name that is resolved once, now
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if none listens there in time, or all end before
   * @throws IllegalArgumentException if the duration is negative, the host cannot be resolved, or
   *     the port is out of range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOnWithin(Duration limit, String host, int port) {
    return waitsFor(limit, Endpoint.port(host, port));
  }

  /**
   * Waits until a process listens on a unix socket, for the scope's {@code await} at most. The wait
   * ends early if no process is left.
   *
   * <pre>{@code
   * Path socket = dir.resolve("agent.sock");
   * assertThat(supervisor.launch("ssh-agent", "-a", socket.toString())).listensOn(socket); // passes
   * assertThat(supervisor.launch("sleep", "1000")).listensOn(socket);                      // fails
   * }</pre>
   *
   * @param socket its path; relative to the launch's directory
   * @return this
   * @throws AssertionError if none listens in time, or all end before
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOn(Path socket) {
    return waitsFor(Endpoint.unixSocket(socket));
  }

  /**
   * Waits until a process listens on a unix socket. The wait ends early if no process is left.
   *
   * <pre>{@code
   * Path socket = dir.resolve("redis.sock");
   * assertThat(redis).listensOnWithin(Duration.ofSeconds(5), socket); // passes, perhaps after a while
   * assertThat(sleep).listensOnWithin(Duration.ofSeconds(5), socket); // fails after 5 s
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param socket its path; relative to the launch's directory
   * @return this
   * @throws AssertionError if none listens in time, or all end before
   * @throws IllegalArgumentException if the duration is negative
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOnWithin(Duration limit, Path socket) {
    return waitsFor(limit, Endpoint.unixSocket(socket));
  }

  /**
   * Waits until a process has a UDP socket bound to a port of any address, for the scope's {@code
   * await} at most. The wait ends early if no process is left.
   *
   * <pre>{@code
   * assertThat(dnsmasq).listensOnUdp(5353); // passes, perhaps after a while
   * assertThat(sleep).listensOnUdp(5353);   // fails, even if another process does
   * }</pre>
   *
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if none has it in time, or all end before
   * @throws IllegalArgumentException if the port is out of range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOnUdp(int port) {
    return waitsFor(Endpoint.udpPort(port));
  }

  /**
   * Waits until a process has a UDP socket bound to a port of any address. The wait ends early if
   * no process is left.
   *
   * <pre>{@code
   * assertThat(dnsmasq).listensOnUdpWithin(Duration.ofSeconds(5), 5353); // passes
   * assertThat(sleep).listensOnUdpWithin(Duration.ofSeconds(5), 5353);   // fails after 5 s
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if none has it in time, or all end before
   * @throws IllegalArgumentException if the duration is negative or the port is out of range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF listensOnUdpWithin(Duration limit, int port) {
    return waitsFor(limit, Endpoint.udpPort(port));
  }

  private SELF waitsFor(Endpoint wanted) {
    isNotNull();
    return waitsFor(await(), wanted);
  }

  private SELF waitsFor(Duration limit, Endpoint wanted) {
    Durations.notNegative("limit", limit);
    isNotNull();
    if (!isListening(wanted, limit)) {
      List<Descendant> processes = processes();
      throwAssertionError(
          processes.isEmpty()
              ? Should.listenBeforeItsEnd(
                  subject(), wanted.where(), Naming.state(process()), evidence())
              : Should.listenOn(
                  subject(),
                  wanted.where(),
                  limit,
                  wanted.allOf(processes) + elsewhere(wanted),
                  evidence()));
    }
    return myself;
  }

  /** Returns which other process of this JVM listens there; empty if none does. */
  private String elsewhere(Endpoint wanted) {
    return Access.get().livingBeside(process()).stream()
        .filter(wanted.isOf())
        .findFirst()
        .map(one -> "; there listens " + Naming.of(one) + " of " + Naming.printable(one.scope()))
        .orElse("");
  }

  /**
   * Verifies that no process listens on a TCP port, of any address. A process that has ended
   * listens on nothing.
   *
   * <pre>{@code
   * assertThat(sleep).doesNotListenOn(6379); // passes, even if another process listens there
   * assertThat(redis).doesNotListenOn(6379); // fails
   * }</pre>
   *
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if one listens there, or the descriptors of one may not be read
   * @throws IllegalArgumentException if the port is out of range
   */
  public SELF doesNotListenOn(int port) {
    return doesNotListenOn(Endpoint.port(port));
  }

  /**
   * Verifies that no process listens on a unix socket. A process that has ended listens on nothing.
   *
   * <pre>{@code
   * assertThat(agent).doesNotListenOn(dir.resolve("other.sock")); // passes
   * assertThat(agent).doesNotListenOn(dir.resolve("agent.sock")); // fails
   * }</pre>
   *
   * @param socket its path; relative to the launch's directory
   * @return this
   * @throws AssertionError if one listens there, or the descriptors of one may not be read
   */
  public SELF doesNotListenOn(Path socket) {
    return doesNotListenOn(Endpoint.unixSocket(socket));
  }

  private SELF doesNotListenOn(Endpoint unwanted) {
    isNotNull();
    List<Descendant> processes = processes();
    List<String> listeners =
        processes.stream()
            .filter(unwanted.isOf())
            .map(process -> Naming.of(process) + ": " + unwanted.allOf(List.of(process)))
            .toList();
    if (!listeners.isEmpty()) {
      throwAssertionError(Should.notListenOn(subject(), unwanted.where(), listeners, evidence()));
    }
    for (Descendant process : processes) {
      String obstacle = Listening.obstacle(process);
      if (obstacle != null) {
        throw failure(
            "not listen on " + unwanted.where(),
            "that is unknown of " + Naming.of(process) + ": " + obstacle);
      }
    }
    return myself;
  }

  final AssertionError failure(String to, String but) {
    return assertionError(Should.expecting(subject(), to, but, evidence()));
  }

  /** Returns the result of a wait of the core, whose message is that of the failure. */
  final <T> T awaited(Supplier<T> wait) {
    try {
      return wait.get();
    } catch (WaitTimeoutException e) {
      throw assertionError(Should.comeAsAwaited(e));
    }
  }
}
