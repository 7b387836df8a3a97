package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A malformed setting stops its class or test. The error names it, its place, and what is allowed.
 */
class MalformedSettingsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "leaks       | LOUD    | FAIL, WARN, IGNORE",
        "strict      | yes     | true, false",
        "grace       | 5 sek   | a whole number and a unit",
        "settle      | -1 s    | a whole number and a unit",
        "await       | 0 s     | more than zero",
        "survivors   | a,,b    | globs over name or command line",
        "survivors   | \"a*\"    | globs over name or command line, such as subreaper.survivors = postgres*",
        "unsupported | PRETEND | FAIL, SKIP, UNGUARDED",
      })
  void errorNamesTheParameterItsTextAndTheAllowedValues(String name, String text, String allowed) {
    Throwable failure =
        Kit.with("subreaper." + name, text).start(GuardedTestCases.class).onlyFailure();

    assertThat(failure)
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("\"" + name + "\"")
        .hasMessageContaining("\"" + text + "\"")
        .hasMessageContaining("configuration parameter subreaper." + name)
        .hasMessageContaining("Allowed: " + allowed);
  }

  @ParameterizedTest
  @CsvSource({"leaks, warn", "strict, TRUE", "grace, 0 s", "survivors, a*", "unsupported, skip"})
  void wellFormedParametersPass(String name, String text) {
    Kit.with("subreaper." + name, text).start(GuardedTestCases.class).assertPassed();
  }

  @Test
  void emptyParameterIsNotSet() {
    Kit.with("subreaper.grace", "").start(GuardedTestCases.class).assertPassed();
  }

  @SubreaperTest
  static class GuardedTestCases {
    @Test
    void test() {}
  }

  @Test
  void errorNamesTheClassOfAnAnnotation() {
    Kit.Run run = Kit.run(OnClassTestCases.class);

    assertThat(run.succeeded()).isZero();
    assertThat(run.onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("\"grace\": \"5 sek\" is not a duration")
        .hasMessageContaining("@SubreaperTest on class MalformedSettingsTest.OnClassTestCases");
  }

  @SubreaperTest(grace = "5 sek")
  static class OnClassTestCases {
    @Test
    void test() {}
  }

  @Test
  void errorNamesTheMethodOfAnAnnotationAndSparesTheOthers() {
    Kit.Run run = Kit.run(OnMethodTestCases.class);

    assertThat(run.succeeded()).isOne();
    assertThat(run.failed()).containsExactly("malformed()");
    assertThat(run.onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining(
            "@SubreaperTest on method MalformedSettingsTest.OnMethodTestCases.malformed()");
  }

  @SubreaperTest
  static class OnMethodTestCases {
    @Test
    void fine() {}

    @Test
    @SubreaperTest(await = "soon")
    void malformed() {}
  }

  @Test
  void errorNamesTheAnnotationThatCarriesTheMalformedOne() {
    assertThat(Kit.run(CarriedTestCases.class).onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("\"survivors\"")
        .hasMessageContaining(
            "@SubreaperTest on class MalformedSettingsTest.CarriedTestCases,"
                + " through @MalformedSettingsTest.Careless");
  }

  @Retention(RetentionPolicy.RUNTIME)
  @SubreaperTest(survivors = {"postgres*", ""})
  @interface Careless {}

  @Careless
  static class CarriedTestCases {
    @Test
    void test() {}
  }

  @Test
  void errorNamesTheSuperclassWithTheMalformedAnnotation() {
    assertThat(Kit.run(HeirTestCases.class).onlyFailure())
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining(
            "@SubreaperTest on class MalformedSettingsTest.HeirTestCases,"
                + " through MalformedSettingsTest.OnClassTestCases");
  }

  @SubreaperTest(grace = "1 s")
  static class HeirTestCases extends OnClassTestCases {}
}
