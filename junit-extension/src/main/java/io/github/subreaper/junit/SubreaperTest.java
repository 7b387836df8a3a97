package io.github.subreaper.junit;

import io.github.subreaper.Crashes;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test a {@link io.github.subreaper.Supervisor}, and terminates all processes of a test
 * when the test ends. Only what is shared or tolerated lives on: see {@link Judge} and {@link
 * Leaks}.
 *
 * <pre>{@code
 * @SubreaperTest
 * class NginxTest {
 *   @Test
 *   void daemonizes(Supervisor supervisor) {
 *     Launch launch = supervisor.launch("nginx", "-c", "/tmp/t.conf");
 *     Descendant master = launch.awaitOrphan();
 *     ...
 *   } // nothing of it survives this line
 * }
 * }</pre>
 *
 * <p>A test fails if it leaks: if a process that it started in another way than by a {@code
 * Supervisor}, such as by {@link ProcessBuilder} or a library, is alive when all extensions have
 * cleaned up. A daemon that a {@code Supervisor} launched and that is left alive is terminated and
 * is not a leak, unless {@link #strict()} is on.
 *
 * <p>A {@code Supervisor} parameter of a test, of {@code @BeforeEach}, of {@code @AfterEach} or of
 * a constructor is the scope of the test. In {@code @BeforeAll}, in {@code @AfterAll} and in a
 * constructor with {@code PER_CLASS} it is the scope of the class, which ends after its last test.
 *
 * <p>An attribute that is not set falls through to the next level: method, class, {@link
 * org.junit.jupiter.api.extension.RegisterExtension} fields of the class, its enclosing class in
 * the same order, configuration parameter {@code subreaper.…}, default. A superclass comes right
 * after its subclass; an annotation that carries this one comes right after this one itself.
 *
 * <p>Durations are written as for JUnit's {@code @Timeout} in configuration parameters: {@code "5
 * s"}, {@code "500 ms"}, {@code "2 m"}.
 *
 * @since 0.1.0
 */
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(SubreaperExtension.class) // first: it reports a JUnit that is too old for the other
@ExtendWith(TimeoutExtension.class)
public @interface SubreaperTest {

  /**
   * Sets what a leak does to the test. What a {@code Supervisor} launched is not a leak, unless
   * {@link #strict()} is on.
   *
   * @return the policy; parameter {@code subreaper.leaks}, by default {@link Leaks#FAIL}
   */
  Leaks leaks() default Leaks.DEFAULT;

  /**
   * Sets when a process that is still alive counts as a leak.
   *
   * @return when; parameter {@code subreaper.judge}, by default {@link Judge#TEST}
   */
  Judge judge() default Judge.DEFAULT;

  /**
   * Sets whether processes that the {@code Supervisor} launched count as leaks too, if they are
   * alive at the end. It is on if any level sets it.
   *
   * @return true if they do; parameter {@code subreaper.strict}, by default false
   */
  boolean strict() default false;

  /**
   * Sets how long processes may take to end after the stop signal, before they are killed. Each
   * process without a living parent in the scope gets the signal at once, all others after half of
   * that time.
   *
   * @return the time; parameter {@code subreaper.grace}, by default 5 s
   */
  String grace() default "";

  /**
   * Sets how long a process that would be a leak may take to end by itself.
   *
   * @return the time; parameter {@code subreaper.settle}, by default 1 s
   */
  String settle() default "";

  /**
   * Sets how long waits without a duration last.
   *
   * @return the time; parameter {@code subreaper.await}, by default 10 s
   */
  String await() default "";

  /**
   * Sets which processes may stay until the whole run ends. The nearest level that names some
   * counts.
   *
   * @return globs over name and command line; parameter {@code subreaper.survivors}, separated by
   *     commas, by default none
   */
  String[] survivors() default {};

  /**
   * Sets what the test does on a system that cannot adopt orphans.
   *
   * @return the policy; parameter {@code subreaper.unsupported}, by default {@link
   *     Unsupported#FAIL}
   */
  Unsupported unsupported() default Unsupported.DEFAULT;

  /**
   * Sets when the report of a test is made: what its processes did, as a page, as JSON lines and as
   * a trace. The files are in {@code subreaper.directory}, by default {@code target/subreaper} or
   * {@code build/subreaper}, and are attached to the test.
   *
   * @return when; parameter {@code subreaper.reports}, by default {@link Reports#FAILURES}
   */
  Reports reports() default Reports.DEFAULT;

  /**
   * Sets what a crash does to the test: the end of a process of a launch by SEGV, ABRT, BUS, ILL,
   * FPE or SYS that the test has not expected.
   *
   * @return the policy; parameter {@code subreaper.crashes}, by default {@link Crashes#FAIL}
   */
  Crashes crashes() default Crashes.DEFAULT;
}
