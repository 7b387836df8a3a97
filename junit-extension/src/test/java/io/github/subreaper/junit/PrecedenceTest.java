package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Supervisor;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each level sets another grace, in seconds: the nearest one wins. */
class PrecedenceTest {

  static Stream<Arguments> nearestLevels() {
    return Stream.of(
        Arguments.of("method annotation", MethodTestCases.class, 1),
        Arguments.of("class annotation", ClassTestCases.class, 2),
        Arguments.of("field of the class", FieldTestCases.class, 3),
        Arguments.of("annotation of the enclosing class", EnclosingTestCases.class, 4),
        Arguments.of("field of the enclosing class", EnclosingFieldTestCases.class, 5),
        Arguments.of("configuration parameter", ConfiguredTestCases.class, 6));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nearestLevels")
  void nearestLevelWins(String level, Class<?> testCases, int seconds) {
    Kit.Run run = Kit.with("subreaper.grace", "6 s").start(testCases).assertPassed();
    assertThat(run.published("grace")).as(level).containsExactly("PT" + seconds + "S");
  }

  @Test
  void defaultIsTheCores() {
    assertThat(Kit.run(ConfiguredTestCases.class).published("grace"))
        .containsExactly(ScopeOptions.defaults().grace().toString());
  }

  private static SubreaperExtension grace(int seconds) {
    return SubreaperExtension.builder().grace(Duration.ofSeconds(seconds)).build();
  }

  abstract static class Body {
    @Test
    void test(Supervisor supervisor, TestReporter reporter) {
      reporter.publishEntry("grace", supervisor.options().grace().toString());
    }
  }

  @SubreaperTest(grace = "4 s")
  static class MethodTestCases {
    @RegisterExtension static final SubreaperExtension EXTENSION = grace(5);

    @Nested
    @SubreaperTest(grace = "2 s")
    class Inner extends Body {
      @RegisterExtension static final SubreaperExtension EXTENSION = grace(3);

      @Override
      @Test
      @SubreaperTest(grace = "1 s")
      void test(Supervisor supervisor, TestReporter reporter) {
        super.test(supervisor, reporter);
      }
    }
  }

  @SubreaperTest(grace = "4 s")
  static class ClassTestCases {
    @RegisterExtension static final SubreaperExtension EXTENSION = grace(5);

    @Nested
    @SubreaperTest(grace = "2 s")
    class Inner extends Body {
      @RegisterExtension static final SubreaperExtension EXTENSION = grace(3);
    }
  }

  @SubreaperTest(grace = "4 s")
  static class FieldTestCases {
    @RegisterExtension static final SubreaperExtension EXTENSION = grace(5);

    @Nested
    @SubreaperTest
    class Inner extends Body {
      @RegisterExtension final SubreaperExtension extension = grace(3);
    }
  }

  @SubreaperTest(grace = "4 s")
  static class EnclosingTestCases {
    @RegisterExtension static final SubreaperExtension EXTENSION = grace(5);

    @Nested
    @SubreaperTest
    class Inner extends Body {}
  }

  static class EnclosingFieldTestCases {
    @RegisterExtension final SubreaperExtension extension = grace(5);

    @Nested
    class Inner extends Body {}
  }

  @SubreaperTest
  static class ConfiguredTestCases extends Body {}

  @Test
  void strictIsOnIfAnyLevelSetsIt() {
    assertThat(Kit.run(StrictTestCases.class).published("strict"))
        .containsExactlyInAnyOrder("enclosing true", "method true", "none false");
    assertThat(
            Kit.with("subreaper.strict", "true").start(StrictTestCases.class).published("strict"))
        .containsExactlyInAnyOrder("enclosing true", "method true", "none true");
  }

  private static void sayStrict(String level, Supervisor supervisor, TestReporter reporter) {
    reporter.publishEntry("strict", level + " " + supervisor.options().strict());
  }

  @SubreaperTest
  static class StrictTestCases {
    @Test
    void none(Supervisor supervisor, TestReporter reporter) {
      sayStrict("none", supervisor, reporter);
    }

    @Test
    @SubreaperTest(strict = true)
    void method(Supervisor supervisor, TestReporter reporter) {
      sayStrict("method", supervisor, reporter);
    }

    @Nested
    @SubreaperTest(strict = true)
    class Enclosing {
      @Nested
      @SubreaperTest
      class Inner {
        @Test
        @SubreaperTest
        void enclosing(Supervisor supervisor, TestReporter reporter) {
          sayStrict("enclosing", supervisor, reporter);
        }
      }
    }
  }

  @Test
  void attributesComeFromDifferentLevels() {
    Kit.Run run =
        Kit.with("subreaper.survivors", "a*, b")
            .and("subreaper.settle", "70 ms")
            .and("subreaper.reports", "always")
            .start(MixedTestCases.class);

    run.assertPassed();
    ScopeOptions ofClass =
        ScopeOptions.defaults()
            .withSettle(Duration.ofMillis(70))
            .withSurvivors("a*", "b")
            .withAwait(Duration.ofMinutes(2));
    assertThat(run.published("class")).containsExactly(ofClass.toString());
    assertThat(run.published("test"))
        .containsExactly(ofClass.withSurvivors("c").withGrace(Duration.ofSeconds(9)).toString());
  }

  @Retention(RetentionPolicy.RUNTIME)
  @SubreaperTest(await = "2 m")
  @interface Patient {}

  @Patient
  static class PatientTestCases {}

  static class MixedTestCases extends PatientTestCases {
    @BeforeAll
    static void beforeAll(Supervisor supervisor, TestReporter reporter) {
      reporter.publishEntry("class", supervisor.options().toString());
    }

    @Test
    @SubreaperTest(grace = "9 s", survivors = "c")
    void test(Supervisor supervisor, TestReporter reporter) {
      reporter.publishEntry("test", supervisor.options().toString());
    }
  }
}
