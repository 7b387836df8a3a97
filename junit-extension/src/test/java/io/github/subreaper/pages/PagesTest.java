package io.github.subreaper.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the pages of the project name exists: links, classes, methods, parameters, commands. */
class PagesTest {
  /** Names that stand for one of the reader's, and a typo that is the example of one. */
  private static final List<String> MADE_UP =
      List.of("Billing.java", "SomeTest", "SomeTest#someMethod", "subreaper.leak");

  private static final List<String> PACKAGES =
      List.of(
          "java.lang",
          "java.time",
          "org.awaitility",
          "org.assertj.core.api",
          "org.junit",
          "org.junit.jupiter.api",
          "org.junit.jupiter.api.extension",
          "org.jspecify.annotations");

  private static final Pattern TYPE =
      Pattern.compile("@?(?:java\\.lang\\.)?([A-Z]\\w*[a-z]\\w*)(?:\\.(\\w+)(?:\\(.*\\))?)?");
  private static final Pattern METHOD = Pattern.compile("([a-z]\\w*)\\(.*\\)");
  private static final Pattern PARAMETER = Pattern.compile("(?:-D)?(subreaper\\.\\w+)(?:\\W.*)?");
  private static final Pattern DECLARATION =
      Pattern.compile("\\b(?:class|interface|record|enum)\\s+(\\w+)");
  private static final Pattern OPTION =
      Pattern.compile(" -(P|pl |Dtest=|D)([\\w./-]+)(?:#\\w+)?(?==| |\"|$)");

  /** The text of each source; and by type, that of the sources that declare it. */
  private static final List<String> SOURCES = new ArrayList<>();

  private static final Map<String, String> TYPES = new HashMap<>();
  private static final List<String> POMS = new ArrayList<>();

  @BeforeAll
  static void readSources() throws IOException {
    for (Path file : Page.files(".java")) {
      String text = Files.readString(file);
      if (!file.toString().contains("/pages/")) { // which names what does not exist, below
        SOURCES.add(text);
      }
      DECLARATION
          .matcher(text)
          .results()
          .forEach(type -> TYPES.merge(type.group(1), text, String::concat));
    }
    for (Path file : Page.files(".c")) {
      SOURCES.add(Files.readString(file));
    }
    for (Path pom : Page.files("pom.xml")) {
      POMS.add(Files.readString(pom));
    }
  }

  /** Returns what a check finds on each page, with the page and the line. */
  private static List<String> problems(Function<Page, Stream<String>> check) throws IOException {
    return Page.all().stream()
        .flatMap(page -> check.apply(page).map(problem -> page.name() + ":" + problem))
        .toList();
  }

  @Test
  void everyLinkLeadsToAFileAndAHeading() throws IOException {
    assertThat(problems(PagesTest::brokenLinks)).isEmpty();
  }

  @Test
  void everyTypeMethodAndParameterExists() throws IOException {
    assertThat(problems(PagesTest::unknownNames)).isEmpty();
  }

  @Test
  void everyCommandNamesWhatExists() throws IOException {
    assertThat(problems(PagesTest::wrongCommands)).isEmpty();
  }

  // links ----------------------------------------------------------------------------------------

  private static Stream<String> brokenLinks(Page page) {
    return page.links().stream()
        .filter(link -> !link.target().matches("https?:.*") && !leads(page, link.target()))
        .map(link -> link.line() + " " + link.target());
  }

  private static boolean leads(Page page, String target) {
    String[] parts = target.split("#", 2);
    Path file = Path.of(page.name()).resolveSibling(parts[0]).normalize();
    if (parts[0].isEmpty()) {
      return page.anchors().contains(parts[1]);
    }
    try {
      return Files.exists(Page.ROOT.resolve(file))
          && (parts.length == 1 || Page.read(file.toString()).anchors().contains(parts[1]));
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void brokenLinkIsFound() {
    String page =
        """
        # A `first` heading: it's here
        [1](#a-first-heading-its-here) [2](#none) [3](THREATS.md) [4](NONE.md)
        ## Twice
        ## Twice
        [5](#twice-1) [6](#twice-2) `[7](NONE.md)` [8](../../README.md#a-first-test)
        [9](../../README.md#no-test) [10](https://example.org)
        """;

    assertThat(brokenLinks(new Page("src/docs/MADE.md", page)))
        .containsExactly("2 #none", "2 NONE.md", "5 #twice-2", "6 ../../README.md#no-test");
  }

  // names ----------------------------------------------------------------------------------------

  private static Stream<String> unknownNames(Page page) {
    return page.spans().stream()
        .filter(span -> !MADE_UP.contains(span.code()) && !exists(span.code()))
        .map(span -> span.line() + " " + span.code());
  }

  /** Returns whether something of this name exists, or it is no name of a kind that is checked. */
  private static boolean exists(String name) {
    Matcher type = TYPE.matcher(name);
    if (type.matches()) {
      return hasMember(type.group(1), Optional.ofNullable(type.group(2)));
    }
    Matcher parameter = PARAMETER.matcher(name);
    if (parameter.matches()) {
      return contains("\"" + parameter.group(1) + "\"")
          || contains("\"" + parameter.group(1) + "=");
    }
    Matcher method = METHOD.matcher(name);
    return !method.matches()
        || contains(" " + method.group(1) + "(")
        || contains("." + method.group(1) + "(");
  }

  private static boolean hasMember(String type, Optional<String> member) {
    String source = TYPES.get(type);
    if (source != null) {
      return member.isEmpty()
          || Pattern.compile("\\b" + member.get() + "\\b").matcher(source).find();
    }
    return PACKAGES.stream()
        .flatMap(where -> load(where + "." + type).stream())
        .anyMatch(found -> member.isEmpty() || hasMethod(found, member.get()));
  }

  private static Optional<Class<?>> load(String type) {
    try {
      return Optional.of(Class.forName(type, false, PagesTest.class.getClassLoader()));
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  private static boolean hasMethod(Class<?> type, String name) {
    return Arrays.stream(type.getMethods()).map(Method::getName).anyMatch(name::equals);
  }

  private static boolean contains(String text) {
    return SOURCES.stream().anyMatch(source -> source.contains(text));
  }

  @Test
  void nameThatDoesNotExistIsFound() {
    String page =
        """
        `Descendant` `Descendant.details()` `@SubreaperTest` `ProcessHandle.onExit()` `first(…)`
        `awaitOrphan("x")` `subreaper.strict = true` `-Dsubreaper.origin=off` `sh -c x` `FAIL`
        `Descendent` `Descendant.detail()` `@SubreaperTests` `ProcessHandle.exit()` `awaitOrphans()`
        `subreaper.stric = true` `-Dsubreaper.origins=off` `java.lang.Proces`
        """;

    assertThat(unknownNames(new Page("README.md", page)))
        .containsExactly(
            "3 Descendent",
            "3 Descendant.detail()",
            "3 @SubreaperTests",
            "3 ProcessHandle.exit()",
            "3 awaitOrphans()",
            "4 subreaper.stric = true",
            "4 -Dsubreaper.origins=off",
            "4 java.lang.Proces");
  }

  // commands -------------------------------------------------------------------------------------

  private static Stream<String> wrongCommands(Page page) {
    Stream<Page.Span> lines =
        page.blocks().stream()
            .flatMap(
                block ->
                    block
                        .code()
                        .lines()
                        .map(code -> new Page.Span("", block.line(), code.strip())));
    return Stream.concat(page.spans().stream(), lines)
        .filter(span -> span.code().matches("(.* )?mvn .*|-[DP].*"))
        .flatMap(
            span ->
                OPTION
                    .matcher(" " + span.code())
                    .results()
                    .filter(option -> !exists(option))
                    .map(option -> span.line() + option.group()));
  }

  private static boolean exists(MatchResult option) {
    String name = option.group(2);
    return switch (option.group(1)) {
      case "P" -> inPoms("<id>" + name + "</id>");
      case "pl " -> Files.exists(Page.ROOT.resolve(name).resolve("pom.xml"));
      case "Dtest=" -> MADE_UP.contains(name) || TYPES.containsKey(name);
      // Maven's own, a property of a pom, or one that the code reads.
      default ->
          name.matches("(surefire|maven)\\..*")
              || inPoms("${" + name + "}")
              || inPoms("<name>" + name + "</name>")
              || inPoms("<" + name + ">")
              || inPoms("<" + name + "/>")
              || contains("\"" + name + "\"");
    };
  }

  private static boolean inPoms(String text) {
    return POMS.stream().anyMatch(pom -> pom.contains(text));
  }

  @Test
  void commandThatNamesWhatDoesNotExistIsFound() {
    String page =
        """
        `mvn -Pfull verify` `mvn -Pfast verify` `mvn test -pl src` `mvn test -pl source`

            mvn -Dtest=PagesTest#brokenLinkIsFound -Dsrc.skipTests -Dsrc.skip=true
            mvn -q -Pquickstart process-classes -Dcommand="x" -Dcomands="x" -Dtest=PageTest
        """;

    assertThat(wrongCommands(new Page("README.md", page)))
        .containsExactly(
            "1 -Pfast", "1 -pl source", "3 -Dsrc.skip", "3 -Dcomands", "3 -Dtest=PageTest");
  }
}
