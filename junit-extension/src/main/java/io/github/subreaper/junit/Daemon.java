package io.github.subreaper.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Declares a daemon that runs during the tests of a class, or during each test.
 *
 * <pre>{@code
 * @SubreaperTest
 * class CacheTest {
 *   @Daemon
 *   static Program cache(@TempDir Path dir) {
 *     Port port = Ports.free();
 *     return Program.of("redis-server", "--port", port.toString(), "--dir", dir.toString())
 *         .withPort("redis", port)
 *         .readyWhen(Ready.port(port.number()));
 *   }
 *
 *   @Test
 *   void answers(Launch cache) { // ready
 *     assertThat(cache).listensOn(cache.port("redis").number());
 *   }
 * } // nothing of it survives this line
 * }</pre>
 *
 * <p><b>On a field</b> of type {@link io.github.subreaper.Program}, or <b>on a method</b> that
 * returns one. If it is static, the program is started before {@code @BeforeAll} in the scope of
 * the class; else for each test, before {@code @BeforeEach} in the scope of the test, whatever the
 * lifecycle of the instance is. The start waits until it is ready, as {@link
 * io.github.subreaper.Program#readyWhen} says. If it fails, the tests fail as after a failed
 * {@code @BeforeAll} or {@code @BeforeEach}, with the message of {@link
 * io.github.subreaper.Launch#awaitReady}. Classes that inherit it have a daemon each. Several start
 * one after the other: those of a superclass or interface first, in a class by {@link
 * org.junit.jupiter.api.Order}, without it fields as declared, then methods by name.
 *
 * <p>A method may have the parameters of a {@code @BeforeAll} or {@code @BeforeEach} method: a
 * {@code @TempDir}, the {@link io.github.subreaper.Supervisor}, the {@link
 * io.github.subreaper.Launch} of another daemon, which then starts before. It may be private. JUnit
 * reads no {@code @ExtendWith} of such a method: its class needs {@link SubreaperTest}.
 *
 * <p>They end in reverse, each with {@link io.github.subreaper.Launch#stop()}, before their scope
 * ends. If one has died meanwhile, each further test of the class fails at once, with its status
 * and the tail of its output; after the last test the class does. It is not a failure if a test has
 * called {@code stop()}. One that is started for each test may die in its test.
 *
 * <p><b>On a parameter</b> of type {@link io.github.subreaper.Launch}, of a test, a lifecycle
 * method or a constructor, it says by {@link #value()} which daemon is meant. It is needed if the
 * class with its superclasses, interfaces and enclosing classes has several; the name in an inner
 * class hides that in an outer one. A constructor, {@code @BeforeAll} and {@code @AfterAll} can
 * take only those of static fields and methods.
 *
 * <p>On a field it registers the {@link SubreaperExtension}, so {@link SubreaperTest} is needed for
 * its settings only.
 *
 * @since 0.1.0
 */
@Target({ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@ExtendWith(SubreaperExtension.class) // first: it reports a JUnit that is too old for the other
@ExtendWith(TimeoutExtension.class)
public @interface Daemon {

  /**
   * Names the daemon.
   *
   * @return on a field or method by default its name; on a parameter by default the only daemon
   *     that there is
   */
  String value() default "";
}
