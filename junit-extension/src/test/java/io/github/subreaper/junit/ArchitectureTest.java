package io.github.subreaper.junit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.subreaper.testing.Await;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  /** The tests of both modules. */
  private static final JavaClasses TESTS =
      new ClassFileImporter().importPaths("../src/target/test-classes", "target/test-classes");

  private static final JavaClasses EXTENSION =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.github.subreaper.junit");

  private static final JavaClasses REPORTS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.github.subreaper.internal.report");

  private static final JavaClasses ASSERTIONS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.github.subreaper.assertj");

  @Test
  void extensionUsesThePublicApiOnly() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.github.subreaper.internal..")
                .and(not(resideInAPackage("io.github.subreaper.internal.report")))
                .and(not(resideInAPackage("io.github.subreaper.internal.text"))))
        .check(EXTENSION);
  }

  @Test
  void extensionLoadsNeitherAssertJNorAwaitilityNorTheLauncher() {
    noClasses()
        .that()
        .haveSimpleNameNotStartingWith("Platform") // what the launcher itself loads
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.github.subreaper.assertj..",
            "org.assertj..",
            "org.awaitility..",
            "org.junit.platform.launcher..",
            "org.junit.jupiter.engine..")
        .check(EXTENSION);
  }

  @Test
  void reportsUseThePublicApiAndNoLibrary() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(
            "java..",
            "org.jspecify..",
            "io.github.subreaper",
            "io.github.subreaper.framework",
            "io.github.subreaper.internal.report",
            "io.github.subreaper.internal.text")
        .check(REPORTS);
  }

  /** On the module path its internals cannot be called. */
  @Test
  void assertionsUseNoInternalsOfAssertJ() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.assertj.core.internal..")
        .check(ASSERTIONS);
  }

  /**
   * A deadline of its own is too short on some machine, and a sleep too short or too long. Of those
   * that are allowed the first three are about such methods, and the others wait for what may not
   * come.
   */
  @Test
  void testsWaitByTheCommonDeadline() {
    List<String> allowed =
        List.of(
            "JdkExpectationsTest",
            "ProcessConditionsTest",
            "ByItself",
            "Meeting",
            "HookedTestCases");
    noClasses()
        .that(not(belongToAnyOf(Await.class)))
        .and(not(describe("may wait", type -> allowed.contains(type.getSimpleName()))))
        .and()
        .resideOutsideOfPackage("io.github.subreaper.bench")
        .should()
        .callMethodWhere(describe("waits for some time", ArchitectureTest::waitsForSomeTime))
        .check(TESTS);
  }

  private static boolean waitsForSomeTime(JavaMethodCall call) {
    boolean hasUnit =
        call.getTarget().getRawParameterTypes().stream()
            .anyMatch(type -> type.isEquivalentTo(TimeUnit.class));
    JavaClass owner = call.getTargetOwner();
    return (hasUnit && owner.getPackageName().startsWith("java.util.concurrent"))
        || (hasUnit && owner.isEquivalentTo(Process.class))
        || (owner.isEquivalentTo(Thread.class) && call.getName().equals("sleep"))
        || owner.isEquivalentTo(ConditionFactory.class);
  }
}
