package io.github.subreaper;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.query.Search;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.messages.FailureContext;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.Text;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a launch or a scope, and writes the messages of failures.
 *
 * @param engine which scans meanwhile
 * @param over why there is nothing to wait for when no process is alive
 * @param situation the context of a failure
 */
record Waits(Engine engine, Supplier<String> over, Supplier<String> situation) {

  /** Returns the same for waits whose failures also say what is wrong with a glob. */
  Waits with(String glob) {
    return new Waits(engine, over, () -> Text.notARegex(glob) + situation.get());
  }

  /** Returns the same for waits whose failures also have a hint; an empty one is left out. */
  Waits noting(Supplier<String> hint) {
    return new Waits(engine, over, () -> situation.get() + FailureContext.note(hint.get()));
  }

  /**
   * Returns the process that a search finds.
   *
   * @param hint what to do if the wait takes too long
   */
  ProcessRecord find(Search search, String what, Duration timeout, Supplier<String> hint) {
    Durations.notNegative("timeout", timeout);
    Search.Result result;
    try {
      result = search.run(Durations.nanos(timeout));
    } catch (InterruptedException e) {
      throw interrupted(what, e);
    }
    ProcessRecord found = result.process();
    if (found != null) {
      return found;
    }
    throw result.hopeless()
        ? hopeless(what)
        : timeout(what, timeout, ": " + result.reason(), hint.get());
  }

  <T> T until(
      String what, Duration timeout, Supplier<@Nullable T> attempt, BooleanSupplier anyAlive) {
    return until(() -> what, timeout, attempt, anyAlive);
  }

  private <T> T until(
      Supplier<String> what,
      Duration timeout,
      Supplier<@Nullable T> attempt,
      BooleanSupplier anyAlive) {
    boolean[] over = new boolean[1];
    T found;
    try {
      found =
          engine
              .waiting()
              .until(
                  Durations.nanos(timeout),
                  () -> {
                    // In this order, so that what the last process did before its end counts.
                    boolean alive = anyAlive.getAsBoolean();
                    T result = attempt.get();
                    over[0] = result == null && !alive;
                    return result;
                  },
                  () -> over[0]);
    } catch (InterruptedException e) {
      throw interrupted(what.get(), e);
    }
    if (found != null) {
      return found;
    }
    throw over[0] ? hopeless(what.get()) : timeout(what.get(), timeout, "", "");
  }

  /** Returns the processes that took the place of others, once there are so many. */
  List<ProcessRecord> respawns(
      int count,
      String what,
      Duration timeout,
      Supplier<List<ProcessRecord>> attempt,
      BooleanSupplier canCome) {
    return many(count, what, Waits::came, timeout, attempt, canCome);
  }

  /**
   * Returns processes, once there are so many.
   *
   * @param what says of a process that it is wanted
   * @param soFar says how many there are
   */
  List<ProcessRecord> many(
      int count,
      String what,
      IntFunction<String> soFar,
      Duration timeout,
      Supplier<List<ProcessRecord>> attempt,
      BooleanSupplier canCome) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be 1 or more, not " + count);
    }
    Durations.notNegative("timeout", timeout);
    String wanted = (count == 1 ? "a process" : count + " processes") + " " + what + ": ";
    int[] number = new int[1];
    return until(
        () -> wanted + soFar.apply(number[0]),
        timeout,
        () -> {
          List<ProcessRecord> all = attempt.get();
          number[0] = all.size();
          return all.size() < count ? null : all;
        },
        canCome);
  }

  private static String came(int number) {
    return number == 0 ? "none came" : number == 1 ? "one came" : number + " came";
  }

  WaitInterruptedException interrupted(String what, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new WaitInterruptedException("interrupted while waiting for " + what, cause);
  }

  private WaitTimeoutException hopeless(String what) {
    String bare = what.replaceFirst("^an? ", "");
    return new WaitTimeoutException(
        "No " + bare + ": " + over.get() + ".\n" + situation.get(), false);
  }

  private WaitTimeoutException timeout(String what, Duration timeout, String reason, String hint) {
    return new WaitTimeoutException(
        "Waited "
            + Durations.say(timeout)
            + " for "
            + what
            + reason
            + ".\n"
            + hint
            + situation.get(),
        true);
  }
}
