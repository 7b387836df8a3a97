package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.chrome.ChromeDriver;

/**
 * The scripts and the style sheet of pages. Closure Compiler is the linter, a JVM of its own, since
 * its JAR file has a Guava. Prettier is the formatter: it needs JavaScript, so the browser runs it.
 */
class ScriptsTest {
  private static final Path SOURCES =
      Path.of("src/main/resources/io/github/subreaper/internal/report/pages");
  private static final Path TOOLS = Path.of("target/scripts");

  /** But for comments on each function, which are no rule here. */
  private static final Pattern WARNING =
      Pattern.compile("([^/\\s]+:\\d+):\\d+: \\w+ - \\[(?!JSC_MISSING_\\w*JSDOC)(\\w+)].*");

  @TempDir private Path directory;

  private static List<Path> sources(String extension) throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files.filter(file -> file.toString().endsWith(extension)).sorted().toList();
    }
  }

  /** Without types: the scripts declare none. */
  private List<String> lint(List<Path> scripts) throws Exception {
    Path others = Files.writeString(directory.resolve("others"), "var d3, addEventListener;");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar"));
    command.add(TOOLS.resolve("closure-compiler.jar").toString());
    command.addAll(List.of("--checks_only", "--language_in", "ECMASCRIPT_2021"));
    command.addAll(List.of("--externs", others.toString(), "--jscomp_warning", "*"));
    for (String off : List.of("checkTypes", "missingProperties", "strictMissingProperties")) {
      command.addAll(List.of("--jscomp_off", off));
    }
    scripts.forEach(script -> command.add(script.toString()));
    Process linter = new ProcessBuilder(command).redirectErrorStream(true).start();
    linter.getOutputStream().close();
    String output =
        new String(linter.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(linter.waitFor()).as(output).isZero();
    assertThat(output).as("its summary").endsWith("warning(s)");
    return WARNING.matcher(output).results().map(MatchResult::group).toList();
  }

  @Test
  @Tag("full")
  void scriptsPassTheLinter() throws Exception {
    assertThat(lint(sources(".js"))).isEmpty();
  }

  @Test
  @Tag("full")
  void linterFindsFaults() throws Exception {
    Path faults =
        Files.writeString(
            directory.resolve("faults.js"),
            """
            function wrong(x) {
              const unused = 1;
              y = x;
              if (x) {
                return misspelled();
                x = 3;
              }
              x;
            }
            """);
    assertThat(lint(List.of(faults)))
        .extracting(line -> line.replaceAll(".*faults.js:(\\d+).*\\[JSC_(\\w+)].*", "$1 $2"))
        .containsExactlyInAnyOrder(
            "2 UNUSED_LOCAL_ASSIGNMENT",
            "3 UNDEFINED_VARIABLE",
            "5 UNDEFINED_VARIABLE",
            "6 UNREACHABLE_CODE",
            "8 USELESS_CODE");
  }

  /** What the linter does not look for. */
  @Test
  void eachDeclarationIsUsedAndEachComparisonIsStrict() throws IOException {
    StringBuilder all = new StringBuilder();
    for (Path script : sources(".js")) {
      all.append(Files.readString(script));
    }
    Map<String, Long> words =
        Pattern.compile("\\w+")
            .matcher(all)
            .results()
            .collect(Collectors.groupingBy(MatchResult::group, Collectors.counting()));
    assertThat(Pattern.compile("(?m)^(?:function|const|let|class) (\\w+)").matcher(all).results())
        .isNotEmpty()
        .extracting(declared -> declared.group(1))
        .allSatisfy(name -> assertThat(words.get(name)).as(name).isGreaterThan(1));
    assertThat(all).doesNotContainPattern("[^=!]==[^=]|!=[^=]");
  }

  /** With {@code -Dscripts.format=true} the files are formatted. */
  @Test
  @Tag("full")
  void filesAreFormatted() throws IOException {
    List<Path> files = Stream.of(sources(".js"), sources(".css")).flatMap(List::stream).toList();
    ChromeDriver browser = Chromium.start(directory);
    try {
      Path prettier = TOOLS.resolve("META-INF/resources/webjars/prettier/3.9.6");
      for (String name :
          List.of("standalone.js", "plugins/babel.js", "plugins/estree.js", "plugins/postcss.js")) {
        browser.executeScript(Files.readString(prettier.resolve(name)));
      }
      for (Path file : files) {
        String text = Files.readString(file);
        String formatted =
            formatted(text, file.toString().endsWith("css") ? "css" : "babel", browser);
        if (Boolean.getBoolean("scripts.format")) {
          Files.writeString(file, formatted);
        } else {
          assertThat(text.lines())
              .as("%s; To fix: run this test with -Dscripts.format=true", file)
              .containsExactlyElementsOf(formatted.lines().toList());
        }
      }
      assertThat(formatted("if(x) y ( )", "babel", browser)).isEqualTo("if (x) y();\n");
    } finally {
      browser.quit();
    }
  }

  private static String formatted(String text, String parser, ChromeDriver browser) {
    return (String)
        browser.executeAsyncScript(
            """
            const [text, parser, done] = arguments;
            const options = { parser, plugins: Object.values(prettierPlugins), printWidth: 100 };
            prettier.format(text, options).then(done, (error) => done(String(error)));
            """,
            text,
            parser);
  }
}
