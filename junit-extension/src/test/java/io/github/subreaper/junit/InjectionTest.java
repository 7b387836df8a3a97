package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.subreaper.Supervisor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each parameter gets the Supervisor of the right scope. */
class InjectionTest {
  private static void say(TestReporter reporter, String place, Supervisor supervisor) {
    reporter.publishEntry("scope", place + " " + supervisor.name());
  }

  @Test
  void testLifecycleMethodsAndConstructorShareTheTestsScope() {
    Kit.Run run = Kit.run(EverywhereTestCases.class).assertPassed();
    String name = "InjectionTest.EverywhereTestCases";
    assertThat(run.published("scope"))
        .containsExactly(
            "beforeAll " + name,
            "constructor " + name + ".test(Supervisor, TestReporter)",
            "beforeEach " + name + ".test(Supervisor, TestReporter)",
            "test " + name + ".test(Supervisor, TestReporter)",
            "afterEach " + name + ".test(Supervisor, TestReporter)",
            "afterAll " + name);
  }

  @SubreaperTest
  static class EverywhereTestCases {
    private final Supervisor fromConstructor;

    EverywhereTestCases(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "constructor", supervisor);
      fromConstructor = supervisor;
    }

    @BeforeAll
    static void beforeAll(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "beforeAll", supervisor);
    }

    @BeforeEach
    void beforeEach(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "beforeEach", supervisor);
      assertSame(fromConstructor, supervisor);
    }

    @Test
    void test(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "test", supervisor);
      assertSame(fromConstructor, supervisor);
    }

    @AfterEach
    void afterEach(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "afterEach", supervisor);
      assertSame(fromConstructor, supervisor);
    }

    @AfterAll
    static void afterAll(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "afterAll", supervisor);
    }
  }

  @Test
  void constructorOfPerClassInstanceGetsTheClasssScope() {
    Kit.Run run = Kit.run(PerClassTestCases.class).assertPassed();
    String name = "InjectionTest.PerClassTestCases";
    assertThat(run.published("scope"))
        .containsExactly(
            "constructor " + name,
            "beforeAll " + name,
            "test " + name + ".test(Supervisor, TestReporter)");
  }

  @SubreaperTest
  @TestInstance(Lifecycle.PER_CLASS)
  static class PerClassTestCases {
    PerClassTestCases(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "constructor", supervisor);
    }

    @BeforeAll
    void beforeAll(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "beforeAll", supervisor);
    }

    @Test
    void test(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "test", supervisor);
    }
  }

  @Test
  void nestedClassesHaveScopesInsideThatOfTheirEnclosingClass() {
    Kit.Run run = Kit.run(OuterTestCases.class).assertPassed();
    String name = "InjectionTest.OuterTestCases";
    assertThat(run.published("scope"))
        .containsExactly(
            "beforeAll " + name,
            "inner beforeAll " + name + ".InnerTestCases",
            "constructor " + name + ".InnerTestCases.test(Supervisor, TestReporter)",
            "inner constructor " + name + ".InnerTestCases.test(Supervisor, TestReporter)",
            "test " + name + ".InnerTestCases.test(Supervisor, TestReporter)");
  }

  @SubreaperTest
  static class OuterTestCases {
    OuterTestCases(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "constructor", supervisor);
    }

    @BeforeAll
    static void beforeAll(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "beforeAll", supervisor);
    }

    @Nested
    class InnerTestCases {
      InnerTestCases(Supervisor supervisor, TestReporter reporter) {
        say(reporter, "inner constructor", supervisor);
      }

      @BeforeAll
      static void beforeAll(Supervisor supervisor, TestReporter reporter) {
        say(reporter, "inner beforeAll", supervisor);
      }

      @Test
      void test(Supervisor supervisor, TestReporter reporter) {
        say(reporter, "test", supervisor);
      }
    }
  }

  @Test
  void eachParameterSetAndRepetitionIsATest() {
    Kit.Run run = Kit.run(TemplatesTestCases.class).assertPassed();
    String name = "InjectionTest.TemplatesTestCases";
    assertThat(run.published("scope"))
        .containsExactlyInAnyOrder(
            "a " + name + ".parameterized(String, Supervisor, TestReporter)[1]",
            "b " + name + ".parameterized(String, Supervisor, TestReporter)[2]",
            "repeated " + name + ".repeated(Supervisor, TestReporter)[1]",
            "repeated " + name + ".repeated(Supervisor, TestReporter)[2]");
  }

  @SubreaperTest
  static class TemplatesTestCases {
    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void parameterized(String value, Supervisor supervisor, TestReporter reporter) {
      say(reporter, value, supervisor);
    }

    @RepeatedTest(2)
    void repeated(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "repeated", supervisor);
    }
  }

  @Test
  void eachParameterSetOfAClassHasItsOwnScope() {
    Kit.Run run = Kit.run(ParameterizedClassTestCases.class).assertPassed();
    String name = "InjectionTest.ParameterizedClassTestCases";
    assertThat(run.published("scope"))
        .containsExactly(
            "beforeAll " + name,
            "a " + name + "[1].test(Supervisor, TestReporter)",
            "b " + name + "[2].test(Supervisor, TestReporter)");
  }

  @SubreaperTest
  @ParameterizedClass
  @ValueSource(strings = {"a", "b"})
  static class ParameterizedClassTestCases {
    private final String value;

    ParameterizedClassTestCases(String value) {
      this.value = value;
    }

    @BeforeAll
    static void beforeAll(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "beforeAll", supervisor);
    }

    @Test
    void test(Supervisor supervisor, TestReporter reporter) {
      say(reporter, value, supervisor);
    }
  }

  @Test
  void factoryIsOneTestForAllItsDynamicTests() {
    Kit.Run run = Kit.run(FactoryTestCases.class).assertPassed();
    String factory = "InjectionTest.FactoryTestCases.factory(Supervisor, TestReporter)";
    assertThat(run.published("scope"))
        .containsExactly("factory " + factory, "dynamic " + factory, "opened its own");
  }

  @SubreaperTest
  static class FactoryTestCases {
    @TestFactory
    Stream<DynamicTest> factory(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "factory", supervisor);
      return Stream.of(
          dynamicTest("shares", () -> say(reporter, "dynamic", supervisor)),
          dynamicTest(
              "opens",
              () -> {
                try (Supervisor own = supervisor.open("its own")) {
                  say(reporter, "opened", own);
                }
              }));
    }
  }

  @Test
  void annotatedMethodNeedsNoAnnotatedClass() {
    Kit.Run run = Kit.run(AnnotatedMethodTestCases.class);

    assertThat(run.published("scope"))
        .containsExactly(
            "test InjectionTest.AnnotatedMethodTestCases.guarded(Supervisor, TestReporter)");
    assertThat(run.failed()).containsExactly("unguarded(" + Supervisor.class.getName() + ")");
    assertThat(run.onlyFailure())
        .isInstanceOf(ParameterResolutionException.class)
        .hasMessageContaining("No ParameterResolver");
  }

  static class AnnotatedMethodTestCases {
    @Test
    @SubreaperTest
    void guarded(Supervisor supervisor, TestReporter reporter) {
      say(reporter, "test", supervisor);
    }

    /** The negative control: no other extension resolves a Supervisor. */
    @Test
    void unguarded(Supervisor supervisor) {
      throw new AssertionError("got " + supervisor.name());
    }
  }
}
