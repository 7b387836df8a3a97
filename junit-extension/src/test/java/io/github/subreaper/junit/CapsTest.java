package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What one has to read at once stays small, in the main code of all modules. */
class CapsTest {
  private static final String API = "io.github.subreaper";

  private static final int MOST_LINES = 400;

  /** One method of a user's is one of these types', so they have no parts. */
  private static final int MOST_LINES_OF_A_USERS_TYPE = 600;

  private static final Set<String> USERS_TYPES =
      Set.of(
          "Descendant",
          "DescendantAssert",
          "ExitStatusAssert",
          "Journal",
          "Launch",
          "LaunchAssert",
          "ProcessEvent",
          "ProcessTree",
          "ProcessTreeAssert",
          "Program",
          "Subreaper",
          "SubreaperExtension",
          "Supervisor",
          "SupervisorAssert");

  private static final int MOST_PARAMETERS = 8;

  private static final int LARGEST_RING = 10;

  /** The return types of the handles force 11 classes. */
  private static final int LARGEST_RING_OF_THE_API = 14;

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(API);

  @Test
  void noFileIsLong() throws IOException {
    Map<String, Long> tooLong = new TreeMap<>();
    for (Path source : sources()) {
      String name = name(source);
      long lines = Files.readAllLines(source).stream().filter(CapsTest::isCode).count();
      if (lines > (USERS_TYPES.contains(name) ? MOST_LINES_OF_A_USERS_TYPE : MOST_LINES)) {
        tooLong.put(name, lines);
      }
    }
    assertThat(tooLong).isEmpty();
  }

  /** Comments and blank lines cost no reader time. */
  private static boolean isCode(String line) {
    String text = line.strip();
    return !text.isEmpty()
        && !text.startsWith("//")
        && !text.startsWith("/*")
        && !text.startsWith("*");
  }

  @Test
  void noSimpleNameIsGivenTwice() throws IOException {
    Set<String> names = new TreeSet<>();
    Set<String> twice = new TreeSet<>();
    for (Path source : sources()) {
      if (!names.add(name(source))) {
        twice.add(name(source));
      }
    }
    assertThat(twice).isEmpty();
  }

  private static String name(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }

  /** Returns the files with a type, of all modules. */
  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module : List.of("src", "junit-extension/src", "samples/src")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "main", "java"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.endsWith("package-info.java"))
            .filter(file -> !file.endsWith("module-info.java"))
            .forEach(sources::add);
      }
    }
    assertThat(sources).hasSizeGreaterThan(400);
    return sources;
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
}
