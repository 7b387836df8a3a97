package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Supervisor;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All ways to register the extension, alone and together. */
class RegistrationTest {
  static final String AUTO_DETECTION = "junit.jupiter.extensions.autodetection.enabled";

  @ParameterizedTest
  @ValueSource(
      classes = {
        AnnotatedTestCases.class,
        MetaAnnotatedTestCases.class,
        InheritedTestCases.class,
        InterfaceTestCases.class,
        ExtendWithTestCases.class,
        StaticFieldTestCases.class,
        InstanceFieldTestCases.class,
        TwoFieldsTestCases.class,
        AllTestCases.class,
      })
  void actsOnceHoweverItIsRegistered(Class<?> testCases) {
    for (Kit kit :
        new Kit[] {Kit.with(AUTO_DETECTION, "false"), Kit.with(AUTO_DETECTION, "true")}) {
      Kit.Run run = kit.start(testCases);

      run.assertPassed();
      assertThat(run.published("scope"))
          .containsExactly(
              "RegistrationTest." + testCases.getSimpleName() + ".test(Supervisor, TestReporter)");
    }
  }

  @Test
  void autoDetectionAloneIsEnough() {
    Kit.Run run = Kit.with(AUTO_DETECTION, "true").start(PlainTestCases.class).assertPassed();
    assertThat(run.published("scope"))
        .containsExactly("RegistrationTest.PlainTestCases.test(Supervisor, TestReporter)");
  }

  @Test
  void withoutRegistrationNothingIsInjected() {
    assertThat(Kit.run(PlainTestCases.class).onlyFailure())
        .hasMessageContaining("No ParameterResolver");
  }

  abstract static class Body {
    @Test
    void test(Supervisor supervisor, TestReporter reporter) {
      reporter.publishEntry("scope", supervisor.name());
    }
  }

  static class PlainTestCases extends Body {}

  @SubreaperTest
  static class AnnotatedTestCases extends Body {}

  @SubreaperTest
  @Retention(RetentionPolicy.RUNTIME)
  @interface DaemonTest {}

  @DaemonTest
  static class MetaAnnotatedTestCases extends Body {}

  static class InheritedTestCases extends AnnotatedTestCases {}

  @SubreaperTest
  interface Guarded {}

  static class InterfaceTestCases extends Body implements Guarded {}

  @ExtendWith(SubreaperExtension.class)
  static class ExtendWithTestCases extends Body {}

  static class StaticFieldTestCases extends Body {
    @RegisterExtension private static final SubreaperExtension EXTENSION = new SubreaperExtension();
  }

  static class InstanceFieldTestCases extends Body {
    @RegisterExtension final SubreaperExtension extension = new SubreaperExtension();
  }

  static class TwoFieldsTestCases extends Body {
    @RegisterExtension static final Extension FIRST = new SubreaperExtension();
    @RegisterExtension final Extension second = SubreaperExtension.builder().build();
  }

  @DaemonTest
  static class AllTestCases extends AnnotatedTestCases implements Guarded {
    @RegisterExtension static final SubreaperExtension FIRST = new SubreaperExtension();
    @RegisterExtension static final SubreaperExtension SECOND = new SubreaperExtension();
    @RegisterExtension final SubreaperExtension third = new SubreaperExtension();

    AllTestCases(Supervisor supervisor) {
      assertThat(supervisor.name()).contains(".test(");
    }

    @BeforeAll
    static void beforeAll(Supervisor supervisor) {
      assertThat(supervisor.name()).isEqualTo("RegistrationTest.AllTestCases");
    }

    @Override
    @Test
    @SubreaperTest
    void test(Supervisor supervisor, TestReporter reporter) {
      super.test(supervisor, reporter);
    }
  }

  @Test
  void nestedClassMayAddRegistrations() {
    Kit.Run run = Kit.with(AUTO_DETECTION, "true").start(OuterTestCases.class).assertPassed();
    assertThat(run.published("scope"))
        .containsExactly(
            "RegistrationTest.OuterTestCases.InnerTestCases.test(Supervisor, TestReporter)");
  }

  static class OuterTestCases {
    @RegisterExtension final SubreaperExtension outer = new SubreaperExtension();

    @Nested
    @SubreaperTest
    class InnerTestCases {
      @RegisterExtension static final SubreaperExtension INNER = new SubreaperExtension();

      @Test
      void test(Supervisor supervisor, TestReporter reporter) {
        reporter.publishEntry("scope", supervisor.name());
      }
    }
  }

  @Test
  void settingsOfAnInstanceFieldThatComeTooLateForTheConstructorAreAnError() {
    assertThat(Kit.run(TooLateTestCases.class).onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("TooLateTestCases.test()")
        .hasMessageContaining("To fix: make that field static");
  }

  @SubreaperTest
  static class TooLateTestCases {
    @RegisterExtension
    final SubreaperExtension extension =
        SubreaperExtension.builder().grace(Duration.ofSeconds(1)).build();

    TooLateTestCases(Supervisor supervisor) {
      assertThat(supervisor.name()).isNotEmpty();
    }

    @Test
    void test() {}
  }
}
