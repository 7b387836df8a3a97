package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.WaitTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a process. {@code exits…}, {@code isRespawnedWithin}, {@code listensOn} and {@code
 * hasChildren} wait, as long as the scope's {@code await} or the duration given; the others look
 * now. An interrupt ends a wait with a {@link WaitInterruptedException} and the flag set.
 */
public class DescendantAssert extends AbstractAssert<DescendantAssert, Descendant> {
  /** A field, for proxies intercept methods. */
  Navigation navigation = Navigation.HARD;

  /**
   * Made by {@link SubreaperAssertions#assertThat(Descendant)}.
   *
   * @param actual the process to look at
   */
  public DescendantAssert(@Nullable Descendant actual) {
    super(actual, DescendantAssert.class);
  }

  /**
   * Verifies that the process is alive now; a zombie is not.
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
  public DescendantAssert isAlive() {
    isNotNull();
    if (!actual.isAlive()) {
      throwAssertionError(
          Should.beAlive(Naming.of(actual), Naming.state(actual), actual.describe()));
    }
    return this;
  }

  /**
   * Verifies that this JVM has adopted the process, be it alive or ended by now.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "sleep 1000 &");
   * assertThat(launch.awaitOrphan()).isOrphan(); // passes
   * assertThat(launch.process()).isOrphan();     // fails: it was launched
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it has not been adopted
   */
  public DescendantAssert isOrphan() {
    isNotNull();
    if (!actual.isOrphan()) {
      String parent = actual.parent().map(Naming::of).orElse("this JVM itself, or not seen");
      throwAssertionError(Should.beOrphan(Naming.of(actual), parent, actual.describe()));
    }
    return this;
  }

  /**
   * Verifies the name of the process as {@code ps} shows it, or its command line joined by blanks.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * assertThat(sleep).hasName("sleep");   // passes
   * assertThat(sleep).hasName("sleep *"); // passes: the command line
   * assertThat(sleep).hasName("nginx*");  // fails
   * }</pre>
   *
   * @param glob {@code *}, {@code ?} and nothing else; a backslash escapes
   * @return this
   * @throws AssertionError if neither matches
   */
  public DescendantAssert hasName(String glob) {
    Glob wanted = new Glob(glob);
    isNotNull();
    if (!wanted.matches(actual)) {
      throwAssertionError(
          Should.haveName(Naming.of(actual), glob, Naming.commandLine(actual), actual.describe()));
    }
    return this;
  }

  /**
   * Waits until the process has this number of living children, as long as the scope's {@code
   * await}, and no longer than it lives.
   *
   * <pre>{@code
   * Descendant sh = supervisor.launch("sh", "-c", "sleep 1000 & sleep 1000 & wait").process();
   * assertThat(sh).hasChildren(2); // passes, if need be after a while
   * assertThat(sh).hasChildren(3); // fails after the scope's await
   * }</pre>
   *
   * @param count zero or more
   * @return this
   * @throws AssertionError if it has not in time, or has ended with another number
   * @throws IllegalArgumentException for a negative number
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert hasChildren(int count) {
    Arguments.notNegative("count", count);
    isNotNull();
    boolean has =
        polled(
            count + " children of " + Naming.of(actual), () -> actual.children().size() == count);
    if (!has) {
      throwAssertionError(
          actual.isAlive()
              ? Should.haveChildren(
                  Naming.of(actual),
                  count,
                  actual.options().await(),
                  Naming.withStates(actual.children()),
                  actual.describe())
              : Should.haveChildrenBeforeItsEnd(
                  Naming.of(actual), count, Naming.state(actual), actual.describe()));
    }
    return this;
  }

  /**
   * Waits until another process has taken the place of this one: of the same name, born after its
   * end below the same parent.
   *
   * <pre>{@code
   * Descendant worker = master.children().get(0);
   * worker.signal(Signal.KILL);
   * assertThat(worker).isRespawnedWithin(Duration.ofSeconds(5)); // passes if the master does it
   * assertThat(master).isRespawnedWithin(Duration.ofSeconds(5)); // fails: it is still alive
   * }</pre>
   *
   * @param limit how long; zero looks once
   * @return this
   * @throws AssertionError if it is not in time, or cannot be any more
   * @throws IllegalArgumentException for a negative duration
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert isRespawnedWithin(Duration limit) {
    Arguments.notNegative("limit", limit);
    isNotNull();
    awaited(() -> actual.awaitRespawn(limit));
    return this;
  }

  /**
   * Watches the process and those that take its place, one after the other, and verifies that these
   * are not more than so many: for crash loops. It takes all of the time if they are not, and no
   * longer than somebody is left who could start one.
   *
   * <pre>{@code
   * worker.signal(Signal.KILL);
   * assertThat(worker).isRespawnedAtMost(1, Duration.ofSeconds(3)); // passes: the next one lives
   * assertThat(looping).isRespawnedAtMost(2, Duration.ofSeconds(3)); // fails with the third one
   * }</pre>
   *
   * @param most zero or more
   * @param within how long it is watched; zero looks once, at what was seen so far
   * @return this
   * @throws AssertionError as soon as there was one more
   * @throws IllegalArgumentException for a negative number or duration
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert isRespawnedAtMost(int most, Duration within) {
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
   * Waits until the process itself listens on a TCP port, whatever the address, as long as the
   * scope's {@code await}, and no longer than it lives.
   *
   * <pre>{@code
   * assertThat(redis).listensOn(6379); // passes, if need be after a while
   * assertThat(sleep).listensOn(6379); // fails, even if another process listens there
   * }</pre>
   *
   * @param port from 1 to 65535
   * @return this
   * @throws AssertionError if it does not in time, or ends before
   * @throws IllegalArgumentException for a port that there is not
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert listensOn(int port) {
    Arguments.port(port);
    isNotNull();
    boolean listens =
        polled(Naming.of(actual) + " on port " + port, () -> Listening.on(port, actual));
    if (!listens) {
      throwAssertionError(
          actual.isAlive()
              ? Should.listenOn(
                  Naming.of(actual),
                  port,
                  actual.options().await(),
                  Listening.addresses(actual),
                  actual.describe())
              : Should.listenBeforeItsEnd(
                  Naming.of(actual), port, Naming.state(actual), actual.describe()));
    }
    return this;
  }

  /**
   * Waits until the process itself listens on a unix socket, as long as the scope's {@code await},
   * and no longer than it lives.
   *
   * <pre>{@code
   * assertThat(redis).listensOn(dir.resolve("redis.sock")); // passes, if need be after a while
   * assertThat(sleep).listensOn(dir.resolve("redis.sock")); // fails
   * }</pre>
   *
   * @param socket its path
   * @return this
   * @throws AssertionError if it does not in time, or ends before
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert listensOn(Path socket) {
    Objects.requireNonNull(socket, "socket");
    isNotNull();
    boolean listens =
        polled(Naming.of(actual) + " on " + socket, () -> Listening.on(socket, actual));
    if (!listens) {
      throwAssertionError(
          actual.isAlive()
              ? Should.listenOn(
                  Naming.of(actual),
                  socket,
                  actual.options().await(),
                  Listening.paths(List.of(actual)),
                  actual.describe())
              : Should.listenBeforeItsEnd(
                  Naming.of(actual), socket, Naming.state(actual), actual.describe()));
    }
    return this;
  }

  /**
   * Waits until the process has ended, as long as the scope's {@code await}, and verifies that it
   * exited with this code.
   *
   * <pre>{@code
   * Descendant sh = supervisor.launch("sh", "-c", "exit 7").process();
   * assertThat(sh).exitsWith(7); // passes
   * assertThat(sh).exitsWith(0); // fails
   * }</pre>
   *
   * @param code from 0 to 255
   * @return this
   * @throws AssertionError if it does not end in time, or ends otherwise
   * @throws IllegalArgumentException if the code is outside that range
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert exitsWith(int code) {
    return exitsWith(ExitStatus.exited(code));
  }

  /**
   * Waits until the process has ended, as long as the scope's {@code await}, and verifies how.
   * Whether a core was dumped does not matter.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * sleep.signal(Signal.TERM);
   * assertThat(sleep).exitsWith(signaled(Signal.TERM)); // passes
   * assertThat(sleep).exitsWith(exited(0));             // fails
   * }</pre>
   *
   * @param expected the status
   * @return this
   * @throws AssertionError if it does not end in time, or ends otherwise
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert exitsWith(ExitStatus expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    ExitStatus status = awaited(actual::awaitExit);
    if (!ExitStatusAssert.isSameEnd(expected, status)) {
      throwAssertionError(Should.endWith(Naming.of(actual), expected, status, actual.describe()));
    }
    return this;
  }

  /**
   * Waits until the process has ended, and leads on to its status. Final, so that in {@link
   * SubreaperSoftAssertions} what follows a failure checks nothing.
   *
   * <pre>{@code
   * master.signal(Signal.QUIT);
   * assertThat(master).exitsWithin(Duration.ofSeconds(5)).with(exited(0)); // passes
   * assertThat(sleep).exitsWithin(Duration.ofSeconds(5)).with(exited(0));  // fails after 5 s
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

  private boolean polled(String what, BooleanSupplier condition) {
    return Polling.until(what, actual.options().await(), condition, () -> !actual.isAlive());
  }

  private <T> T awaited(Supplier<T> wait) {
    try {
      return wait.get();
    } catch (WaitTimeoutException e) {
      throw assertionError(Should.comeAsAwaited(e));
    }
  }
}
