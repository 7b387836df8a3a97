package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reports of a real Maven build: two modules, each with four forks, into one directory. */
@Tag("full")
class SurefireReportsTest {
  private static final int FORKS = ForkedSuite.MODULES.size() * ForkedSuite.CLASSES.size();
  private static final String LINES = "-processes.jsonl";

  /** It has the line that starts what leaks. */
  private static final String SOURCE =
      "first/src/test/java/io/github/subreaper/junit/Processes.java";

  @TempDir private Path project;
  private Path reports;
  private Path summary;

  @BeforeEach
  void needsMavenAndWhatItHasDownloaded() {
    MavenProject.orSkip();
    reports = project.resolve("reports");
    summary = project.resolve("summary.md");
  }

  @Test
  void forksThatEndTogetherLoseNothing() throws IOException {
    ChildJvm.Output output = build("");

    assertThat(output.numbers("pid")).hasSize(FORKS).allSatisfy(Processes::assertEnded);
    output.assertExit(1);
    assertThat(names()).filteredOn(name -> name.endsWith(LINES)).hasSize(2 * FORKS);
    assertThat(names()).filteredOn(name -> name.startsWith("run-")).hasSize(FORKS);
    assertWhole();
    assertThat(index()).contains(FORKS + " runs");
    assertThat(output.text())
        .containsPattern("(?m)^::error file=" + SOURCE + ",line=\\d+,title=subreaper%3A Forked");
    assertThat(output.lines("::error ").lines()).hasSize(2 * FORKS); // a leak and a failure
    assertThat(summary).content().containsPattern("(?s)(<h3>subreaper: first.*){4}");
    assertThat(summary).content().containsPattern("(?s)(<h3>subreaper: second.*){4}");
  }

  /** The fork with the failures is the first, or the last. */
  @ParameterizedTest(name = "{2}")
  @CsvSource({
    "0, -1, the only fork with failures ends first",
    "0, 1, the only fork with failures ends last"
  })
  void reportsAreThereWhicheverForkEndsLast(int failing, int previous, String name)
      throws IOException {
    ChildJvm.Output output =
        build(property(ForkedSuite.FAILING, failing) + property(ForkedSuite.PREVIOUS, previous));

    assertThat(output.numbers("pid")).hasSize(1).allSatisfy(Processes::assertEnded);
    output.assertExit(1);
    assertThat(names()).as(name).filteredOn(file -> file.endsWith(LINES)).hasSize(2);
    assertWhole();
  }

  private static String property(String name, Object value) {
    return "<%s>%s</%s>".formatted(name, value, name);
  }

  private ChildJvm.Output build(String properties) throws IOException {
    Path meeting = Files.createDirectory(project.resolve("meeting"));
    String guard = "junit.jupiter.extensions.autodetection.enabled=true\n";
    String configuration =
        "<forkCount>4</forkCount><argLine>-XX:TieredStopAtLevel=1</argLine><systemPropertyVariables>"
            + property(ForkedSuite.MEETING, meeting)
            + properties
            + "</systemPropertyVariables>";
    MavenProject maven =
        new MavenProject(project, guard + "subreaper.directory=" + reports + "\n", configuration);
    for (String module : ForkedSuite.MODULES) {
      maven.module(
          module,
          Stream.concat(
                  Stream.of(ForkedSuite.class, ForkedSuite.Member.class),
                  ForkedSuite.CLASSES.stream())
              .toArray(Class<?>[]::new));
    }
    Path source = project.resolve(SOURCE);
    Files.createDirectories(source.getParent());
    Files.createFile(source);
    ProcessBuilder test = maven.test("--threads=2", "--fail-at-end");
    test.environment().put("GITHUB_ACTIONS", "true");
    test.environment().put("GITHUB_WORKSPACE", project.toString());
    test.environment().put("GITHUB_STEP_SUMMARY", summary.toString());
    return ChildJvm.run(test);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(reports)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private String index() throws IOException {
    return Files.readString(reports.resolve("index.html"));
  }

  /** Each report has its page and attachments, and the index has it, and each run. */
  private void assertWhole() throws IOException {
    String index = index();
    for (String name : names()) {
      if (name.endsWith(LINES)) {
        String page = name.substring(0, name.length() - LINES.length()) + "-processes.html";
        assertThat(names()).contains(page);
        assertThat(attached()).contains(name, page);
      }
      if (name.endsWith(".jsonl")) {
        assertThat(index).contains("\"path\":\"" + name + "\"");
      }
    }
  }

  private List<String> attached() throws IOException {
    try (Stream<Path> files = Files.find(project, 20, (file, at) -> at.isRegularFile())) {
      return files
          .filter(file -> !file.startsWith(reports))
          .map(file -> file.getFileName().toString())
          .toList();
    }
  }
}
