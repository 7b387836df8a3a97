package io.github.subreaper;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.ProcessStatus;
import io.github.subreaper.internal.linux.Procfs;
import io.github.subreaper.internal.linux.ResourceLimits;
import io.github.subreaper.internal.linux.SignalNumber;
import io.github.subreaper.internal.linux.Sockets;
import io.github.subreaper.internal.linux.UserNames;
import io.github.subreaper.internal.linux.WaitStatus;
import org.junit.jupiter.api.Test;

/** The arrows of ARCHITECTURE.md. */
class ArchitectureTest {
  private static final String API = "io.github.subreaper";
  private static final String ENGINE = "io.github.subreaper.internal.engine..";
  private static final String LINUX = "io.github.subreaper.internal.linux..";

  /** Those of the linux room that read facts of one process or name constants. */
  private static final DescribedPredicate<JavaClass> READS_FACTS =
      belongToAnyOf(
          Errno.class,
          ProcessStat.class,
          ProcessStatus.class,
          Procfs.class,
          ResourceLimits.class,
          SignalNumber.class,
          Sockets.class,
          UserNames.class,
          WaitStatus.class);

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(API);

  @Test
  void arrowsRunFromApiToEngineToLinux() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("api")
        .definedBy(API)
        .layer("engine")
        .definedBy(ENGINE)
        .layer("linux")
        .definedBy(LINUX)
        .whereLayer("api")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("linux")
        .mayOnlyBeAccessedByLayers("api", "engine")
        .check(CLASSES);
    assertThat(CLASSES.size()).isGreaterThan(30);
  }

  /** What a call changes or collects, the engine has to know of. */
  @Test
  void apiReadsPlainFactsFromTheLinuxRoomAndLeavesEachActionToTheEngine() {
    noClasses()
        .that()
        .resideInAPackage(API)
        .should()
        .dependOnClassesThat(resideInAPackage(LINUX).and(DescribedPredicate.not(READS_FACTS)))
        .check(CLASSES);
  }

  @Test
  void coreKnowsNoTestFramework() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.junit..", "org.assertj..", "org.awaitility..", "org.hamcrest..")
        .check(CLASSES);
  }

  @Test
  void onlyTheLinuxPackageUsesJna() {
    noClasses()
        .that()
        .resideOutsideOfPackage(LINUX)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(CLASSES);
  }

  @Test
  void nothingPublicLeaksAnInternalType() {
    members()
        .that()
        .areDeclaredInClassesThat(resideInAPackage(API))
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .arePublic()
        .should(not(mentionInternalTypes()))
        .check(CLASSES);
  }

  private static ArchCondition<JavaMember> mentionInternalTypes() {
    return new ArchCondition<>("mention internal types") {
      @Override
      public void check(JavaMember member, ConditionEvents events) {
        boolean internal =
            member instanceof JavaCodeUnit unit
                ? unit.getRawReturnType().getPackageName().contains("internal")
                    || unit.getRawParameterTypes().stream()
                        .anyMatch(type -> type.getPackageName().contains("internal"))
                : member instanceof JavaField field
                    && field.getRawType().getPackageName().contains("internal");
        events.add(new SimpleConditionEvent(member, internal, member.getFullName() + " does"));
      }
    };
  }

  @Test
  void publicTypesCannotBeSubclassed() {
    classes()
        .that()
        .resideInAPackage(API)
        .and()
        .arePublic()
        .and()
        .areNotInterfaces()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(CLASSES);
  }
}
