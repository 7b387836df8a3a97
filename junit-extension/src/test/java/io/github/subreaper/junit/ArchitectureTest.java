package io.github.subreaper.junit;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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

  private static final int MOST_LINES = 400;

  @Test
  void extensionUsesThePublicApiOnly() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.github.subreaper.internal..")
                .and(not(resideInAPackage("io.github.subreaper.internal.report"))))
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
            "io.github.subreaper.internal.report")
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

  /** Those of assertj are long: users see one class for each kind of subject. */
  @Test
  void noClassOfExtensionAndReportsIsLong() throws IOException {
    Path main = Path.of("src/main/java/io/github/subreaper");
    List<String> tooLong = new ArrayList<>();
    List<Path> sources = new ArrayList<>();
    for (String directory : List.of("junit", "internal/report")) {
      try (Stream<Path> files = Files.walk(main.resolve(directory))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    for (Path source : sources) {
      int lines = Files.readAllLines(source).size();
      if (lines > MOST_LINES) {
        tooLong.add(source.getFileName() + " has " + lines + " lines");
      }
    }
    assertThat(sources).hasSizeGreaterThan(50);
    assertThat(tooLong).isEmpty();
  }
}
