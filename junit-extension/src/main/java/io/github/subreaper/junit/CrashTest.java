package io.github.subreaper.junit;

import static org.junit.jupiter.api.parallel.ExecutionMode.SAME_THREAD;

import io.github.subreaper.internal.junit.jupiter.CrashTestExtension;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;

/**
 * Asks whether a program comes back after {@code kill -9} at every point: one invocation for each.
 *
 * <pre>{@code
 * @CrashTest
 * void everyAcknowledgedSetSurvives(CrashRun run) throws Exception {
 *   List<String> acknowledged = new ArrayList<>();
 *   run.in(prepared).launch(redis).during(server -> client.setMany(server, acknowledged::add));
 *   run.recover(server -> assertThat(client.keys(server)).containsAll(acknowledged));
 * }
 * }</pre>
 *
 * <p>The first invocation, {@code recording}, makes two runs without a crash, which find the
 * points. The others follow on the same thread and are named by theirs: {@code before redis-server
 * write x.aof #17}. An invocation may run the method again: up to three times until a run reaches
 * its point, and once more after a failure, to see whether it is flaky. Methods with
 * {@code @BeforeEach} run once for an invocation.
 *
 * <p>What is a point, and where points can be found: {@link io.github.subreaper.crash.CrashPoints},
 * which does the same without JUnit.
 *
 * @since 0.1.0
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@Execution(SAME_THREAD)
@ExtendWith(CrashTestExtension.class)
public @interface CrashTest {
  /**
   * Crashes at one point only.
   *
   * @return its key, as a message names it; empty for all
   */
  String at() default "";

  /**
   * Does not crash at calls that change some files.
   *
   * @return a glob of their paths below the directory, see {@link
   *     io.github.subreaper.crash.CrashPoints#withoutFiles}; empty for none
   */
  String ignoring() default "";

  /**
   * Has each write of more than a byte crash in its middle, too.
   *
   * @return whether it does
   */
  boolean cutWrites() default false;

  /**
   * Has the power fail at each point, too: see {@link
   * io.github.subreaper.crash.CrashPoints#withPowerCuts}.
   *
   * @return whether it does
   */
  boolean powerCuts() default false;

  /**
   * Crashes at a random sample of the points. Those that are left out are logged, and published as
   * a report entry.
   *
   * @return at most so many; 0 for all
   */
  int budget() default 0;

  /**
   * Allows that some points are never reached; their invocations are aborted.
   *
   * @return a share of all crashes, from 0 to 1; beyond it they fail
   */
  double missedPoints() default 0;

  /**
   * Chooses the sample.
   *
   * @return the same seed takes the same sample of the same points
   */
  long seed() default 0;
}
