package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.WaitTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.internal.Failures;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on what one launch started. {@code exits…} and {@code listensOn} wait, as long as the
 * scope's {@code await} or the duration given; the others look now. An interrupt ends a wait with a
 * {@link WaitInterruptedException} and the flag set.
 */
public class LaunchAssert extends AbstractAssert<LaunchAssert, Launch> {
  /** A field, for proxies intercept methods. */
  Navigation navigation = Navigation.HARD;

  /**
   * Made by {@link SubreaperAssertions#assertThat(Launch)}.
   *
   * @param actual the launch to look at
   */
  public LaunchAssert(@Nullable Launch actual) {
    super(actual, LaunchAssert.class);
  }

  /**
   * Waits until the launched process itself has ended, as long as the scope's {@code await}, and
   * verifies that it exited with this code.
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
  public LaunchAssert exitsWith(int code) {
    return exitsWith(ExitStatus.exited(code));
  }

  /**
   * Waits until the launched process itself has ended, as long as the scope's {@code await}, and
   * verifies how. Whether a core was dumped does not matter.
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
  public LaunchAssert exitsWith(ExitStatus expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    ExitStatus status = awaited(actual::awaitExit);
    if (!ExitStatusAssert.isSameEnd(expected, status)) {
      throwAssertionError(Should.endWith(Naming.of(actual), expected, status, actual.describe()));
    }
    return this;
  }

  /**
   * Waits until the launched process itself has ended, and leads on to its status. Final, so that
   * in {@link SubreaperSoftAssertions} what follows a failure checks nothing.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("true")).exitsWithin(Duration.ofSeconds(5)).isExited(0); // passes
   * assertThat(supervisor.launch("sleep", "1000")).exitsWithin(Duration.ofSeconds(5));    // fails
   * }</pre>
   *
   * @param limit how long; zero looks once
   * @return assertions on the status
   * @throws AssertionError if it does not end in time
   * @throws IllegalArgumentException for a negative duration
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public final ExitStatusAssert exitsWithin(Duration limit) {
    Arguments.notNegative("limit", limit);
    ExitStatus status;
    try {
      objects.assertNotNull(info, actual);
      status = awaited(() -> actual.awaitExit(limit));
    } catch (AssertionError e) {
      return navigation.after(e);
    }
    return ExitStatusAssert.reachedFrom(
        this, navigation.to(status), Naming.of(actual), actual::describe);
  }

  /**
   * Waits until a process of this launch, and nobody else's, listens on a TCP port, as long as the
   * scope's {@code await}, and no longer than any of them lives.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("redis-server", "--port", "6380")).listensOn(6380); // passes
   * assertThat(supervisor.launch("sleep", "1000")).listensOn(6380);                  // fails
   * }</pre>
   *
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if none does in time, or all end before
   * @throws IllegalArgumentException for a port that there is not
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public LaunchAssert listensOn(int port) {
    Arguments.port(port);
    isNotNull();
    awaited(() -> actual.awaitListening(port));
    return this;
  }

  /**
   * Waits until a process of this launch, and nobody else's, listens on a unix socket, as long as
   * the scope's {@code await}, and no longer than any of them lives.
   *
   * <pre>{@code
   * Path socket = dir.resolve("agent.sock");
   * assertThat(supervisor.launch("ssh-agent", "-a", socket.toString())).listensOn(socket); // passes
   * assertThat(supervisor.launch("sleep", "1000")).listensOn(socket);                      // fails
   * }</pre>
   *
   * @param socket its path
   * @return this
   * @throws AssertionError if none does in time, or all end before
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public LaunchAssert listensOn(Path socket) {
    Objects.requireNonNull(socket, "socket");
    isNotNull();
    String subject = Naming.of(actual);
    boolean listens =
        Polling.until(
            subject + " on " + socket,
            actual.options().await(),
            () -> processes().stream().anyMatch(process -> Listening.on(socket, process)),
            this::hasEnded);
    if (!listens) {
      throwAssertionError(
          hasEnded()
              ? Should.listenBeforeItsEnd(
                  subject, socket, Naming.state(actual.process()), actual.describe())
              : Should.listenOn(
                  subject,
                  socket,
                  actual.options().await(),
                  Listening.paths(processes()),
                  actual.describe()));
    }
    return this;
  }

  private List<Descendant> processes() {
    return actual.tree().find("*");
  }

  /** Once the launched process has ended, all that it left has been adopted or is below others. */
  private boolean hasEnded() {
    return !actual.isAlive() && actual.tree().size() == 0;
  }

  /**
   * Watches the launch, and verifies that not more than so many of its processes take the place of
   * another of it that has ended, of the same name below the same parent: for crash loops. It takes
   * all of the time if they do not, and no longer than any of it lives.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "while :; do sleep 0.1; done");
   * assertThat(launch).isRespawnedAtMost(2, Duration.ofSeconds(3)); // fails with the third one
   * }</pre>
   *
   * @param most zero or more
   * @param within how long it is watched; zero looks once, at what was seen so far
   * @return this
   * @throws AssertionError as soon as there was one more
   * @throws IllegalArgumentException for a negative number or duration
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public LaunchAssert isRespawnedAtMost(int most, Duration within) {
    Arguments.notNegative("most", most);
    Arguments.notNegative("within", within);
    isNotNull();
    List<Descendant> respawns = Respawns.moreThan(most, actual::awaitRespawns, within);
    if (!respawns.isEmpty()) {
      throwAssertionError(
          Should.beRespawnedAtMost(
              Naming.of(actual), most, within, Naming.withStates(respawns), actual.describe()));
    }
    return this;
  }

  /**
   * Verifies all that the launch, and whatever inherited its stdout, has printed there until now,
   * but for one newline at the end. Wait for the end of the printing with {@code exitsWith} before.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("echo", "hello");
   * assertThat(launch).exitsWith(0).hasStdout("hello"); // passes
   * assertThat(launch).exitsWith(0).hasStdout("hell");  // fails
   * }</pre>
   *
   * @param expected the text
   * @return this
   * @throws AssertionError if it is another one
   */
  public LaunchAssert hasStdout(String expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    boolean running = actual.isAlive();
    String stdout = actual.stdout();
    if (!isSameButForNewline(stdout, expected)) {
      throw withComparison(
          Should.havePrinted(Naming.of(actual), expected, stdout, running, actual.describe()),
          stdout,
          expected);
    }
    return this;
  }

  private static boolean isSameButForNewline(String one, String other) {
    return one.equals(other) || one.equals(other + "\n") || other.equals(one + "\n");
  }

  /** So that an IDE shows the difference. */
  private AssertionError withComparison(Should text, String stdout, String expected) {
    AssertionError failure = Failures.instance().failure(info, text, stdout, expected);
    failure.setStackTrace(
        Arrays.stream(failure.getStackTrace())
            .filter(element -> !isElementOfCustomAssert(element))
            .toArray(StackTraceElement[]::new));
    return failure;
  }

  /**
   * Verifies that this JVM has adopted no process of this launch, alive or ended: none, ever.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("true")).exitsWith(0).hasNoOrphans();               // passes
   * assertThat(supervisor.launch("sh", "-c", "sleep 9 &")).exitsWith(0).hasNoOrphans(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it has adopted one
   */
  public LaunchAssert hasNoOrphans() {
    isNotNull();
    List<Descendant> orphans = actual.orphans();
    if (!orphans.isEmpty()) {
      throwAssertionError(
          Should.haveNoOrphans(Naming.of(actual), Naming.withStates(orphans), actual.describe()));
    }
    return this;
  }

  /**
   * Verifies what processes of it are alive, and which is whose child. A line of the pattern is a
   * glob over a name or a command line, with its children indented below it; the order of siblings
   * does not matter. {@code {2}}, {@code {1,4}} and {@code {2,}} say how many, {@code [...]} what
   * they are, {@code ...} that there may be others. The grammar is in ASSERTIONS.md of the project;
   * a failure prints the tree as a pattern.
   *
   * <pre>{@code
   * assertThat(launch).hasShape("sh -c *\n  sleep {2}"); // passes
   * assertThat(launch).hasShape("sh -c *\n  sleep");     // fails: two of them
   * }</pre>
   *
   * @param pattern lines as above; an empty text is no process at all
   * @return this
   * @throws AssertionError if there are others, or fewer
   * @throws IllegalArgumentException for a text that is no pattern, with the line and column
   */
  public LaunchAssert hasShape(String pattern) {
    Shape shape = Shape.parse(pattern);
    isNotNull();
    return withoutFailure(ShapeCheck.now(actual.tree(), shape));
  }

  /**
   * Looks anew until the processes are as {@link #hasShape} says, and no longer than any is left
   * who could change them.
   *
   * <pre>{@code
   * assertThat(launch).hasShapeWithin(Duration.ofSeconds(5), "sh -c *\n  sleep {2}"); // passes
   * assertThat(launch).hasShapeWithin(Duration.ofSeconds(5), "nginx");                 // fails
   * }</pre>
   *
   * @param limit how long; zero looks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError if they are not so in time, or can't be any more; with the tree that was
   *     seen last
   * @throws IllegalArgumentException for a negative duration, or a text that is no pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public LaunchAssert hasShapeWithin(Duration limit, String pattern) {
    Arguments.notNegative("limit", limit);
    Shape shape = Shape.parse(pattern);
    isNotNull();
    return withoutFailure(ShapeCheck.within(limit, actual.tree(), shape));
  }

  /**
   * Looks anew again and again, and verifies that the processes are as {@link #hasShape} says at
   * each look, from now on. What comes and goes between two looks may be missed; with nobody left
   * who could change them, it ends early.
   *
   * <pre>{@code
   * assertThat(launch).keepsShapeFor(Duration.ofSeconds(2), "sh -c *\n  sleep {2}"); // passes
   * assertThat(launch).keepsShapeFor(Duration.ofSeconds(2), "sh -c *");                // fails at once
   * }</pre>
   *
   * @param time how long; zero looks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError at the first look at which they are not so, with the tree as it was then
   * @throws IllegalArgumentException for a negative duration, or a text that is no pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public LaunchAssert keepsShapeFor(Duration time, String pattern) {
    Arguments.notNegative("time", time);
    Shape shape = Shape.parse(pattern);
    isNotNull();
    return withoutFailure(ShapeCheck.lasting(time, actual.tree(), shape));
  }

  private LaunchAssert withoutFailure(@Nullable Should failure) {
    if (failure != null) {
      throwAssertionError(failure);
    }
    return this;
  }

  private <T> T awaited(Supplier<T> wait) {
    try {
      return wait.get();
    } catch (WaitTimeoutException e) {
      throw assertionError(Should.comeAsAwaited(e));
    }
  }
}
