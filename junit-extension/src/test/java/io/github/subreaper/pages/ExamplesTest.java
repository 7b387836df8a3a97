package io.github.subreaper.pages;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.assertj.Convention;
import io.github.subreaper.assertj.RealScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compiles and runs each example of some pages, from the pages themselves. */
@Timeout(300)
@Tag("slow")
class ExamplesTest {
  private static final List<String> PAGES =
      List.of(
          "README.md", "junit-extension/ASSERTIONS.md", "src/docs/BUILD.md", "src/docs/TRACE.md");
  private static final String FAULTS = "ASSERTIONS.md: Faults";

  @TempDir private static Path classes;
  @TempDir private static Path shared;
  private static Examples examples;

  @TempDir private Path directory;

  @BeforeAll
  static void compile() throws Exception {
    List<Example> ofPages = new ArrayList<>();
    for (String name : PAGES) {
      ofPages.addAll(Example.of(Page.read(name)));
    }
    examples = new Examples(ofPages, Fixtures.ALL, classes);
  }

  @AfterAll
  static void close() throws IOException {
    if (examples != null) {
      examples.close();
    }
  }

  static List<Example> runnable() {
    return examples.runnable();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("runnable")
  void exampleRuns(Example example) throws Exception {
    run(examples, example);
  }

  private void run(Examples from, Example example) throws Exception {
    try (RealScope scope = new RealScope()) {
      from.run(example, scope.patient(), directory.toRealPath(), shared);
    }
  }

  @Test
  void examplesOfEachKindAreFound() {
    assertThat(examples.runnable())
        .extracting(Example::kind)
        .contains(Example.Kind.CLASS)
        .hasSizeGreaterThan(40);
    assertThat(examples.runnable())
        .extracting(Example::code)
        .anyMatch(code -> code.startsWith("try (var subreaper = Subreaper.activate();"))
        .anyMatch(code -> code.startsWith("try (Frozen frozen = process.freeze())"));
    assertThat(examples.calls())
        .extracting(Example::code)
        .contains("hasParent(master)")
        .hasSizeGreaterThan(30);
  }

  @Test
  void javadocBeginsWithTheFirstTest() throws IOException {
    String overview = Files.readString(Page.ROOT.resolve("src/main/javadoc/overview.html"));

    assertThat(examples.runnable().get(0).kind()).isEqualTo(Example.Kind.CLASS);
    assertThat(overview).contains("<pre>{@code\n" + examples.runnable().get(0).code() + "}</pre>");
  }

  @Test
  void everyConventionIsInTheGuide() throws IOException {
    String guide = Files.readString(Page.ROOT.resolve("junit-extension/ASSERTIONS.md"));
    for (Convention convention : Convention.values()) {
      assertThat(guide).contains("`" + convention + "`");
    }
  }

  // what a wrong page does -----------------------------------------------------------------------

  private static Page page(String... lines) {
    return new Page("junit-extension/ASSERTIONS.md", String.join("\n", lines) + "\n");
  }

  private Examples examples(Page page, String... fixtures) throws Exception {
    Map<String, Supplier<? extends Fixture>> some = new HashMap<>();
    for (String key : fixtures) {
      some.put(key, Fixtures.Faults::new);
    }
    return new Examples(Example.of(page), some, Files.createTempDirectory(directory, "classes"));
  }

  @Test
  void exampleThatFailsNamesItsLineOfThePage() throws Exception {
    Page page =
        page("## Faults", "", "```java", "assertThat(process)", "    .hasThreads(2);", "```");
    try (Examples failing = examples(page, FAULTS)) {
      assertThatThrownBy(() -> run(failing, failing.runnable().get(0)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("2 threads")
          .hasStackTraceContaining("(ASSERTIONS.md:5)");
    }
  }

  @Test
  void testClassThatFailsIsReported() throws Exception {
    Page page =
        page(
            "```java",
            "class FailingTestCases {",
            "  @org.junit.jupiter.api.Test",
            "  void fails() {",
            "    throw new IllegalStateException();",
            "  }",
            "}",
            "```");
    try (Examples failing = examples(page)) {
      assertThatThrownBy(() -> run(failing, failing.runnable().get(0)))
          .hasMessage("passed: 0")
          .hasStackTraceContaining("(ASSERTIONS.md:5)");
    }
  }

  @Test
  void exampleThatDoesNotCompileNamesItsLineAndTheFix() {
    Page page =
        page(
            "## Faults",
            "| to say | write |",
            "|---|---|",
            "| a respawn | `worker.kill()`, `other.isAlive()` |",
            "```java",
            "process.freeze();",
            "process.thaw();",
            "```");

    assertThatThrownBy(() -> examples(page, FAULTS))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("junit-extension/ASSERTIONS.md:4 cannot find symbol")
        .hasMessageContaining("method kill()")
        .hasMessageContaining("variable other")
        .hasMessageContaining("junit-extension/ASSERTIONS.md:7 cannot find symbol")
        .hasMessageContaining("method thaw()")
        .hasMessageContaining("To fix: correct the page. If the example uses a variable")
        .hasMessageContaining("io.github.subreaper.pages.Fixtures.Faults");
  }

  @Test
  void exampleWithoutAFixtureSaysWhatToDo() {
    Page page = page("## New chapter", "Write `try (Frozen all = daemon.freeze()) { … }`.");

    assertThatThrownBy(() -> examples(page))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("ASSERTIONS.md:2 New chapter")
        .hasMessageContaining("To fix: write a public class that extends Fixture")
        .hasMessageContaining("\"ASSERTIONS.md: New chapter\"");
  }

  @Test
  void fixtureWithoutAnExampleSaysWhatToDo() {
    assertThatThrownBy(() -> examples(page("## Faults"), FAULTS + ": a row"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(FAULTS + ": a row\nNo example uses this fixture.\nTo fix: ");
  }
}
