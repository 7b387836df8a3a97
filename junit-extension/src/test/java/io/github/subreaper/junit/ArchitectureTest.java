package io.github.subreaper.junit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final String API = "io.github.subreaper";

  /** The tests of both modules, without the benchmarks. */
  private static final JavaClasses TESTS =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/subreaper/bench/"))
          .importPaths("../src/target/test-classes", "target/test-classes");

  /** The main code of both. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(API);

  private static final JavaClasses EXTENSION =
      CLASSES.that(
          resideInAnyPackage(
              "io.github.subreaper.junit..", "io.github.subreaper.internal.junit.."));

  private static final int MOST_PARAMETERS = 8;

  private static final int LARGEST_RING = 10;

  /** The return types of the handles force these. */
  private static final int LARGEST_RING_OF_THE_API = 11;

  @Test
  void extensionUsesThePublicApiOnly() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.github.subreaper.internal..")
                .and(not(resideInAPackage("io.github.subreaper.internal.access")))
                .and(not(resideInAPackage("io.github.subreaper.internal.crash")))
                .and(not(resideInAPackage("io.github.subreaper.internal.secrets")))
                .and(not(resideInAPackage("io.github.subreaper.internal.junit..")))
                .and(not(resideInAPackage("io.github.subreaper.internal.report..")))
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
            "io.github.subreaper.internal.assertj..",
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
            "io.github.subreaper.internal.access",
            "io.github.subreaper.internal.secrets",
            "io.github.subreaper.internal.report..",
            "io.github.subreaper.internal.text")
        .check(CLASSES.that(resideInAPackage("io.github.subreaper.internal.report..")));
  }

  /** On the module path its internals cannot be called. */
  @Test
  void assertionsUseNoInternalsOfAssertJ() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.assertj.core.internal..")
        .check(
            CLASSES.that(
                resideInAnyPackage(
                    "io.github.subreaper.assertj..", "io.github.subreaper.internal.assertj..")));
  }

  /** What is needed of more than eight others does too much. Plain values may have any number. */
  @Test
  void noConstructorTakesMoreThanEightBesidesKernelAndTime() {
    assertThat(CLASSES)
        .hasSizeGreaterThan(400)
        .filteredOn(type -> !type.isRecord())
        .flatExtracting(JavaClass::getConstructors)
        .filteredOn(constructor -> others(constructor) > MOST_PARAMETERS)
        .isEmpty();
  }

  private static long others(JavaConstructor constructor) {
    return constructor.getRawParameterTypes().stream()
        .filter(type -> !type.isEquivalentTo(Kernel.class) && !type.isEquivalentTo(Time.class))
        .count();
  }

  @Test
  void ringsOfClassesAreSmall() {
    assertThat(rings(arrows(CLASSES)).filter(ring -> ring.size() > cap(ring))).isEmpty();
  }

  @Test
  void noRingLeavesItsPackage() {
    assertThat(
            rings(arrows(CLASSES.that(resideInAPackage(API + ".."))))
                .filter(
                    ring -> ring.stream().map(ArchitectureTest::packageOf).distinct().count() > 1))
        .isEmpty();
  }

  private static String packageOf(String type) {
    return type.substring(0, type.lastIndexOf('.'));
  }

  /** The rooms outside of the engine with those that each uses, which are all above it here. */
  private static final String ROOMS =
      """
      text
      linux.calls
      linux.proc: linux.calls text
      linux.files: linux.calls linux.proc
      linux.ptrace: linux.calls linux.proc
      report.text
      report.recording: text
      report.pages: report.recording report.text
      report: report.pages report.recording report.text
      report.github: report report.pages report.recording report.text
      junit.settings: report.text text
      junit.scopes: junit.settings report report.github report.recording report.text text
      junit.jupiter: junit.scopes junit.settings report report.recording text
      junit.engines: junit.scopes junit.settings report report.recording text
      assertj.facts: text
      assertj.shapes: assertj.facts report.text text
      """;

  /** A new arrow is a line of this table; one that would lead back has no place in it. */
  @Test
  void roomsUseOnlyThoseOfTheTable() {
    Map<String, Set<String>> table = new TreeMap<>();
    for (String line : ROOMS.lines().toList()) {
      String[] words = line.split(":? ", -1);
      Set<String> used = new TreeSet<>(List.of(words).subList(1, words.length));
      assertThat(table.keySet()).as("above " + words[0]).containsAll(used);
      table.put(words[0], used);
    }
    Map<String, Set<String>> actual = new TreeMap<>();
    arrows(CLASSES)
        .forEach(
            (type, targets) -> {
              Set<String> used = actual.computeIfAbsent(room(type), name -> new TreeSet<>());
              targets.stream().map(ArchitectureTest::room).forEach(used::add);
              used.remove(room(type));
            });
    actual.keySet().retainAll(table.keySet());
    actual.values().forEach(used -> used.retainAll(table.keySet()));
    assertThat(actual).isEqualTo(table);
  }

  private static String room(String type) {
    return packageOf(type).replace("io.github.subreaper.internal.", "");
  }

  /** The files include package-info.java. */
  @Test
  void packagesAreSmallAndFlat() {
    Map<String, Set<String>> arrows = arrows(CLASSES);
    Map<String, List<String>> packages =
        arrows.keySet().stream().collect(Collectors.groupingBy(ArchitectureTest::packageOf));
    assertThat(packages.keySet()).allMatch(name -> floors(name, arrows) <= 12);
    assertThat(packages.getOrDefault(API + ".junit", List.of())).hasSizeBetween(10, 20);
    List<String> core = packages.getOrDefault(API, List.of());
    assertThat(core).hasSizeBetween(30, 45);
    assertThat(
            core.stream()
                .filter(type -> !type.endsWith("package-info"))
                .filter(type -> !CLASSES.get(type).getModifiers().contains(JavaModifier.PUBLIC)))
        .hasSizeLessThanOrEqualTo(3);
  }

  /**
   * Returns the height of a package: each floor rests on those below it; types that need each other
   * share one.
   */
  private static int floors(String name, Map<String, Set<String>> all) {
    Map<String, Set<String>> arrows = new TreeMap<>();
    all.forEach(
        (type, targets) -> {
          if (packageOf(type).equals(name)) {
            Set<String> within = new TreeSet<>(targets);
            within.removeIf(target -> !packageOf(target).equals(name));
            arrows.put(type, within);
          }
        });
    int floors = 0;
    while (!arrows.isEmpty()) {
      floors++;
      Set<String> floor =
          arrows.keySet().stream()
              .filter(type -> isOnTheGround(type, arrows))
              .collect(Collectors.toSet());
      assertThat(floor).isNotEmpty();
      arrows.keySet().removeAll(floor);
    }
    return floors;
  }

  /** Returns whether all that is left of what it uses needs it, too. */
  private static boolean isOnTheGround(String type, Map<String, Set<String>> arrows) {
    return reachableFrom(type, arrows).stream()
        .filter(arrows::containsKey)
        .allMatch(used -> used.equals(type) || reachableFrom(used, arrows).contains(type));
  }

  private static int cap(Set<String> ring) {
    return ring.stream().allMatch(type -> type.matches(API + "\\.[^.]+"))
        ? LARGEST_RING_OF_THE_API
        : LARGEST_RING;
  }

  @Test
  void ringOfThreeClassesIsFound() {
    Map<String, Set<String>> arrows =
        Map.of(
            "a", Set.of("b"),
            "b", Set.of("c", "d"),
            "c", Set.of("a"),
            "d", Set.of("e"),
            "e", Set.of());
    assertThat(rings(arrows)).containsExactly(Set.of("a", "b", "c"));
  }

  /**
   * From each class to those that it uses; nested ones count as their outer. A sealed type does not
   * use the subclasses that it names, nor an annotation the extension that JUnit finds in it.
   */
  private static Map<String, Set<String>> arrows(JavaClasses classes) {
    Map<String, Set<String>> arrows = new TreeMap<>();
    for (JavaClass type : classes) {
      Set<String> targets = arrows.computeIfAbsent(outermost(type), name -> new TreeSet<>());
      type.getDirectDependenciesFromSelf().stream()
          .map(Dependency::getTargetClass)
          .filter(target -> !type.isAnnotation() && target.getPackageName().startsWith(API))
          .forEach(target -> targets.add(outermost(target)));
    }
    return arrows;
  }

  private static String outermost(JavaClass type) {
    String name = type.getBaseComponentType().getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  /** The largest sets of which each member leads to each other. */
  private static Stream<Set<String>> rings(Map<String, Set<String>> arrows) {
    Map<String, Set<String>> reachable = new TreeMap<>();
    arrows.keySet().forEach(from -> reachable.put(from, reachableFrom(from, arrows)));
    return arrows.keySet().stream()
        .map(
            one ->
                reachable.getOrDefault(one, Set.of()).stream()
                    .filter(other -> reachable.getOrDefault(other, Set.of()).contains(one))
                    .collect(Collectors.toCollection(TreeSet::new)))
        .filter(ring -> !ring.isEmpty())
        .map(ring -> (Set<String>) ring)
        .distinct();
  }

  private static Set<String> reachableFrom(String start, Map<String, Set<String>> arrows) {
    Set<String> found = new TreeSet<>();
    Deque<String> next = new ArrayDeque<>(List.of(start));
    while (!next.isEmpty()) {
      for (String target : arrows.getOrDefault(next.removeLast(), Set.of())) {
        if (found.add(target)) {
          next.addLast(target);
        }
      }
    }
    return found;
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
            "Await", // of the core's tests, and of these
            "JdkExpectationsTest",
            "ProcessConditionsTest",
            "ByItself",
            "Meeting",
            "HookedTestCases");
    noClasses()
        .that(not(describe("may wait", type -> allowed.contains(type.getSimpleName()))))
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
