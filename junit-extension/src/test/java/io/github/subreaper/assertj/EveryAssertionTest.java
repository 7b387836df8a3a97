package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.Assert;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every assertion passes in one statement of its class's tests, and fails in another one that
 * compares the message. This test reads the tests' source, so it sees names, not overloads.
 */
class EveryAssertionTest {
  private static final Pattern COMPARES =
      Pattern.compile(
          "assert(?:Fails|BothFail)\\(|assertUnreadable\\(|failureOf\\(|[mM]essage|catchThrowable\\(");
  private static final Pattern LAMBDA = Pattern.compile("(?:\\(\\)|\\bit) ->");

  static Stream<Arguments> assertClasses() {
    return Stream.of(
        Arguments.of(
            DescendantAssert.class,
            List.of(
                "DescendantAssertTest",
                "DescendantDetailsTest",
                "DaemonizedTest",
                "ListeningAssertTest",
                "ShapeAssertTest",
                "ApprovedShapeTest",
                "TracedAssertTest",
                "RespawnedAtMostTest")),
        Arguments.of(
            LaunchAssert.class,
            List.of(
                "LaunchAssertTest",
                "LaunchOutputTest",
                "ApprovedShapeTest",
                "ListeningAssertTest",
                "ShapeAssertTest",
                "TracedAssertTest",
                "RespawnedAtMostTest")),
        Arguments.of(ExitStatusAssert.class, List.of("ExitStatusAssertTest")),
        Arguments.of(
            ProcessTreeAssert.class,
            List.of("ProcessTreeAssertTest", "ShapeAssertTest", "ApprovedShapeTest")),
        Arguments.of(
            SupervisorAssert.class,
            List.of("SupervisorAssertTest", "ShapeAssertTest", "ApprovedShapeTest")));
  }

  @ParameterizedTest
  @MethodSource("assertClasses")
  void passesOnceAndFailsOnceWithItsMessageCompared(
      Class<? extends Assert<?, ?>> asserting, List<String> tests) {
    List<String> statements = tests.stream().flatMap(EveryAssertionTest::statements).toList();
    List<String> names = assertionsOf(asserting);

    assertThat(names).hasSizeGreaterThan(1);
    assertThat(names.stream().filter(name -> statements.stream().noneMatch(passing(name))))
        .as("assertions of %s that no test sees pass", asserting.getSimpleName())
        .isEmpty();
    assertThat(names.stream().filter(name -> statements.stream().noneMatch(failing(name))))
        .as("assertions of %s that no test sees fail", asserting.getSimpleName())
        .isEmpty();
  }

  private static List<String> assertionsOf(Class<?> asserting) {
    return Arrays.stream(asserting.getMethods())
        .filter(method -> method.getDeclaringClass().getPackage() == asserting.getPackage())
        .filter(method -> !method.isSynthetic())
        .filter(method -> Assert.class.isAssignableFrom(method.getReturnType()))
        .map(Method::getName)
        .distinct()
        .sorted()
        .toList();
  }

  private static Stream<String> statements(String test) {
    Path source = Path.of("src/test/java/io/github/subreaper/assertj", test + ".java");
    try {
      return Stream.of(Files.readString(source).split(";\\s*\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Predicate<String> passing(String name) {
    return statement -> !LAMBDA.matcher(statement).find() && statement.contains("." + name + "(");
  }

  private static Predicate<String> failing(String name) {
    return statement ->
        COMPARES.matcher(statement).find()
            && Stream.of(LAMBDA.split(statement))
                .skip(1)
                .collect(joining())
                .contains("." + name + "(");
  }
}
