package io.github.subreaper.internal.report.github;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.report.ParsedPage;
import io.github.subreaper.internal.report.RecordingSamples;
import io.github.subreaper.internal.report.ReportDirectory;
import io.github.subreaper.internal.report.ReportFiles;
import io.github.subreaper.internal.report.ReportSamples;
import io.github.subreaper.internal.report.RunFileTest;
import io.github.subreaper.internal.report.SampleRecordings;
import io.github.subreaper.internal.report.Threads;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import io.github.subreaper.internal.report.text.Visible;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

class GitHubTest {
  private static final String ORIGIN = "com.acme.Billing.start(Billing.java:88)";

  @TempDir Path workspace;

  private Path file;
  private ReportDirectory reports;

  @BeforeEach
  void makeSource() throws IOException {
    Path source = workspace.resolve("billing/src/main/java/com/acme/Billing.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "");
    file = workspace.resolve("summary.md");
    reports = ReportDirectory.at(workspace.resolve("billing/target/subreaper"));
  }

  private GitHub github() {
    return GitHub.of(
            Map.of(
                "GITHUB_ACTIONS",
                "true",
                "GITHUB_WORKSPACE",
                workspace.toString(),
                "GITHUB_STEP_SUMMARY",
                file.toString()))
        .orElseThrow();
  }

  private ReportSamples first() {
    return FIRST.ofModule(workspace.resolve("billing").toString());
  }

  @Test
  void elsewhereNothingIsReported() {
    assertThat(GitHub.of(Map.of())).isEmpty();
    assertThat(GitHub.of(Map.of("GITHUB_ACTIONS", "false"))).isEmpty();
    assertThat(GitHub.of(Map.of("GITHUB_ACTIONS", "true"))).isPresent();
  }

  // annotations

  @Test
  void leakIsAnnotatedAtTheLineThatStartedIt() {
    ScopeSummary end =
        first().end(null, new Leak("postgres -D x", ORIGIN), new Leak("sleep", null));

    assertThat(github().annotations(first().summary(end)))
        .containsExactly(
            "::error file=billing/src/main/java/com/acme/Billing.java,line=88,"
                + "title=subreaper%3A BillingTest.stops() left a process"
                + "::postgres -D x%0Astarted by "
                + ORIGIN,
            "::error title=subreaper%3A BillingTest.stops() left a process::sleep");
  }

  @Test
  void leakThatFailsNothingIsAWarning() {
    ReportSamples passed = first().with(Result.PASSED, null);

    assertThat(github().annotations(passed.summary(passed.end(null, new Leak("x", null)))))
        .singleElement()
        .asString()
        .startsWith("::warning title=");
  }

  @Test
  void equalLeaksAreOneAnnotationAndTenAreShown() {
    Leak same = new Leak("same", null);
    List<Leak> leaks = new ArrayList<>(List.of(same, same, same));
    IntStream.range(0, 50).forEach(i -> leaks.add(new Leak("sleep " + i, null)));

    List<String> commands =
        github().annotations(first().summary(first().end(null, leaks.toArray(Leak[]::new))));

    assertThat(commands).hasSize(10).first().asString().contains("left 3 processes::same");
    assertThat(commands.get(9))
        .isEqualTo(
            "::error title=subreaper%3A 42 more lines of code with leaks or failures"
                + "::The summary of the job has all of them.");
  }

  @Test
  void oneLineOfCodeIsAnnotatedOnceForAllItsTests() {
    List<ScopeSummary> ends = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ends.add(first().of("com.acme.BillingTest", "t" + i, 0).end(null, new Leak("x", ORIGIN)));
    }

    assertThat(github().annotations(first().summary(ends.toArray(ScopeSummary[]::new))))
        .singleElement()
        .asString()
        .contains(",line=88,", "t0() left a process")
        .endsWith("so in BillingTest.t1(), BillingTest.t2(), BillingTest.t3() and 2 more");
  }

  @Test
  void failureThatTheLibraryCausesIsAnnotatedAndEachStandsInTheSummary() throws IOException {
    ScopeSummary ours = failed("@Daemon SERVER exited 9", true);
    ScopeSummary theirs = failed("expected: 1 but was: 2", false);

    assertThat(github().annotations(first().summary(ours, theirs)))
        .containsExactly(
            "::error file=billing/src/main/java/com/acme/Billing.java,line=88,"
                + "title=subreaper%3A BillingTest.stops() failed::@Daemon SERVER exited 9");
    github().summarize(first().summary(ours, theirs), reports);
    assertThat(file)
        .content()
        .contains(JobSummary.escape("@Daemon SERVER exited 9"), "expected&#58; 1 but was&#58; 2");
  }

  private ScopeSummary failed(String text, boolean isOurs) {
    RunSummary.Failure failure = new RunSummary.Failure(text, ORIGIN, isOurs);
    return new ScopeSummary(
        first().scope(), Result.FAILED, 1, false, 0, 0, List.of(), 1, null, failure);
  }

  @ParameterizedTest
  @CsvSource({
    "'a%b', a%25b, a%25b",
    "'a:b,c', 'a:b,c', a%3Ab%2Cc",
    "'a%0Ab', a%250Ab, a%250Ab",
    "'::error::x', ::error::x, %3A%3Aerror%3A%3Ax"
  })
  void commandsAreEscapedByTheirRules(String text, String data, String property) {
    assertThat(GitHub.data(text)).isEqualTo(data);
    assertThat(GitHub.property(text)).isEqualTo(property);
  }

  @Test
  void linesOfAMessageStayAndOtherControlCharactersAreShown() {
    assertThat(GitHub.data("a\nb\r\n\u001b[31m")).isEqualTo("a%0Ab\\r%0A\\e[31m");
    assertThat(GitHub.property("a\nb\r")).isEqualTo("a\\nb\\r");
    assertThat(GitHub.data("x".repeat(1 << 20))).hasSizeLessThan(1_200);
  }

  static List<String> hostile() {
    List<String> texts = new ArrayList<>(RecordingSamples.HOSTILE);
    texts.add(SampleRecordings.HOSTILE);
    texts.add("| a | `b` | **c** | [d](e) | ![f](g) | # h | @user | <!-- --> | ~~~ | https://x.y");
    texts.add("\n\n# Heading\n\n- list\n\n```\ncode\n```\n\n    code\n");
    return texts;
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hostile")
  void hostileTextsAreOneCommandOnOneLine(String text) {
    List<String> commands = github().annotations(RunFileTest.hostile(text));

    assertThat(commands).hasSize(1);
    assertThat(commands.get(0)).matches("::error title=[^:,]*::.*").hasSizeLessThan(10_000);
    assertThat(commands.get(0).codePoints()).allMatch(Visible::isPlain);
  }

  // the summary of the job

  @Test
  void summaryHasATableAndTrees() throws Exception {
    String name = reports.write(first().recording()).name();
    RunSummary summary = first().summary(first().end(name, new Leak("postgres -D x", ORIGIN)));

    github().summarize(summary, reports);

    String text = Files.readString(file);
    assertThat(text)
        .startsWith("\n<h3>subreaper: billing</h3>\n")
        .contains("42 tests, 1 failed · 318 processes · 57 orphans adopted · 1 leak · 0 survivors")
        .endsWith("</details>\n\n");
    ParsedPage page = ParsedPage.of("<div>" + text.replace("<br>", "<br/>") + "</div>");
    assertThat(page.all("tr")).hasSize(2);
    assertThat(page.all("tr").get(1).getTextContent())
        .contains("BillingTest.stops()", "failed", "1: postgres -D x", ORIGIN, name + "-processes");
    assertThat(page.all("summary").get(0).getTextContent()).isEqualTo("BillingTest.stops()");
    assertThat(page.all("pre").get(0).getTextContent()).contains("41001 ?  S  0:00 sleep 1");
  }

  @Test
  void countsOfProcessesOfWhichSomeMayBeMissingSayAtLeast() throws IOException {
    github().summarize(RunFileTest.hostile("x"), reports);

    assertThat(file).content().contains(" · at least 1 process · ", "<td>at least 1</td>");
  }

  /** To read the reports of all would take long, while other forks wait. */
  @Test
  void treesAreOfTheTestsInTheTable() throws IOException {
    String name = reports.write(first().recording()).name();
    List<ScopeSummary> ends = new ArrayList<>();
    IntStream.range(0, 50).forEach(i -> ends.add(first().of("T", "t", i).end("missing")));
    ends.add(first().end(name));

    github().summarize(first().summary(ends.toArray(ScopeSummary[]::new)), reports);

    assertThat(file).content().contains("1 more test in the").doesNotContain("<details>");
  }

  @Test
  void runWithoutNewsIsNotInTheSummary() throws IOException {
    github().summarize(first().with(Result.PASSED, null).summary(), reports);

    assertThat(file).doesNotExist();
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hostile")
  void hostileTextsAreTextsForHtmlAndMarkdown(String text) throws Exception {
    String name = reports.write(RecordingSamples.hostile(text)).name();
    RunSummary hostile = RunFileTest.hostile(text);
    ScopeSummary end = hostile.scopes().get(0);
    ScopeSummary withReport =
        new ScopeSummary(end.scope(), Result.FAILED, 1, true, 0, 1, end.leaks(), 1, name, null);

    github().summarize(first().summary(end, withReport), reports);
    github().summarize(hostile, reports);

    String html = Files.readString(file);
    ParsedPage page = ParsedPage.of("<div>" + html.replace("<br>", "<br/>") + "</div>");
    for (Element element : page.all("*")) {
      assertThat(element.getAttributes().getLength()).isZero();
      assertThat(element.getTagName())
          .isIn(
              "div", "h3", "p", "table", "tr", "th", "td", "code", "br", "details", "summary",
              "pre");
    }
    String texts = html.replaceAll("</?[a-z0-9]+>", "");
    assertThat(texts).doesNotContainPattern("[<>|`*_\\[\\]~!@]|https?:").doesNotContain("::");
    // Markdown begins where a line is empty.
    assertThat(html.strip().split("\n[ \t\n]*\n"))
        .hasSize(2)
        .allMatch(part -> part.startsWith("<h3>"));
  }

  @Test
  void reportOutsideOfTheDirectoryIsNotRead() throws IOException {
    Path elsewhere = workspace.resolve("x" + ReportFiles.LINES);
    Files.writeString(elsewhere, RecordingWriter.write(first().recording()));
    Files.createDirectories(reports.path());

    github().summarize(first().summary(first().end("../../../x")), reports);

    assertThat(file).content().contains("<table>").doesNotContain("<details>");
  }

  @Test
  void summaryIsFarBelowItsLimitHoweverManyForksAppend() throws Exception {
    Files.writeString(file, "what a step before has written");
    String name = reports.write(SampleRecordings.many(500)).name();
    ScopeSummary[] ends =
        IntStream.range(0, 1_000)
            .mapToObj(i -> first().of("T", "x".repeat(300), i).end(name, new Leak("y", ORIGIN)))
            .toArray(ScopeSummary[]::new);
    Threads.run(
        4,
        40,
        () -> {
          github().summarize(first().summary(ends), reports);
          return true;
        });

    String text = Files.readString(file);
    assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(400_000, 512 << 10);
    assertThat(text).startsWith("what a step before has written\n");
    assertThat(text.split("<h3>", -1).length - 1)
        .isBetween(8, 40)
        .isEqualTo(text.split("</h3>", -1).length - 1);
    assertThat(text.split("<details>", -1)).hasSameSizeAs(text.split("</details>", -1));
    assertThat(text).contains("more tests in the index.html of the reports.");
  }

  @Test
  void summaryThatCannotBeWrittenIsNamed() {
    file = workspace.resolve("missing/summary.md");

    assertThatThrownBy(() -> github().summarize(first().summary(first().end(null)), reports))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot write " + file);
  }
}
