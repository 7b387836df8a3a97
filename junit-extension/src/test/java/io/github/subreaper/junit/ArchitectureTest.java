package io.github.subreaper.junit;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
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
}
