package io.github.subreaper.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test a {@link io.github.subreaper.Supervisor}, and ends every process of a test with
 * the test.
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
 * <p>A {@code Supervisor} parameter of a test, of {@code @BeforeEach} or {@code @AfterEach} and of
 * a constructor is the test's; of {@code @BeforeAll}, {@code @AfterAll} and of a constructor with
 * {@code PER_CLASS} it is the class's, which ends after the last test of the class.
 *
 * <p>An attribute that is not set falls through to the next level: method, class, {@link
 * org.junit.jupiter.api.extension.RegisterExtension} fields of the class, its enclosing class in
 * the same order, configuration parameter {@code subreaper.…}, default. A superclass comes right
 * after its subclass, an annotation that carries this one right after one that stands there itself.
 *
 * <p>Durations are written as for JUnit's {@code @Timeout} in configuration parameters: {@code "5
 * s"}, {@code "500 ms"}, {@code "2 m"}.
 */
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(SubreaperExtension.class)
public @interface SubreaperTest {

  /**
   * What a leak does to the test.
   *
   * @return parameter {@code subreaper.leaks}; in the end {@link Leaks#FAIL}
   */
  Leaks leaks() default Leaks.DEFAULT;

  /**
   * Whether processes that the {@code Supervisor} launched count as leaks too, if they are alive at
   * the end. On if any level says so.
   *
   * @return parameter {@code subreaper.strict}; in the end false
   */
  boolean strict() default false;

  /**
   * How long processes may take to end after the stop signal, before they are killed. Each process
   * without a living parent in the scope gets the signal at once, all others after half of that
   * time.
   *
   * @return parameter {@code subreaper.grace}; in the end 5 s
   */
  String grace() default "";

  /**
   * How long what would be a leak may take to end by itself.
   *
   * @return parameter {@code subreaper.settle}; in the end 1 s
   */
  String settle() default "";

  /**
   * How long waits without a duration last.
   *
   * @return parameter {@code subreaper.await}; in the end 10 s
   */
  String await() default "";

  /**
   * What may stay until the whole run ends: globs over name and command line. The nearest level
   * that names some counts.
   *
   * @return parameter {@code subreaper.survivors}, separated by commas; in the end none
   */
  String[] survivors() default {};

  /**
   * What to do on a system that cannot adopt orphans.
   *
   * @return parameter {@code subreaper.unsupported}; in the end {@link Unsupported#FAIL}
   */
  Unsupported unsupported() default Unsupported.DEFAULT;
}
