package io.github.subreaper.internal.report;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.RunSummary.Leak;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

class IndexPageTest {
  @TempDir Path temp;

  private String page() throws IOException {
    return IndexPage.of(Gathered.in(temp, false));
  }

  private ParsedPage parsed() throws Exception {
    return ParsedPage.of(page());
  }

  private void run(RunSummary summary) throws IOException {
    String name = ReportFiles.run(summary.startedAt().toEpochMilli(), 7, 1);
    for (int copy = 2; Files.exists(temp.resolve(name)); copy++) {
      name = ReportFiles.run(summary.startedAt().toEpochMilli(), 7, copy);
    }
    Files.writeString(temp.resolve(name), RunFile.write(summary));
  }

  private String report(ReportSamples sample) throws IOException {
    return ReportDirectory.at(temp).write(sample.recording()).name();
  }

  /** Returns the texts of the rows of a section's table. */
  private static List<String> rows(ParsedPage page, String section) {
    Element of = (Element) page.withId(section).getParentNode();
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < of.getElementsByTagName("tr").getLength(); i++) {
      rows.add(of.getElementsByTagName("tr").item(i).getTextContent().replaceAll("\\s+", " "));
    }
    return rows.isEmpty() ? rows : rows.subList(1, rows.size());
  }

  private static String text(ParsedPage page, String section) {
    return page.withId(section).getParentNode().getTextContent();
  }

  @Test
  void emptyDirectoryMakesAPageThatSaysSo() throws Exception {
    ParsedPage page = parsed();

    assertThat(page.text()).contains("No test has a report.", "No run has written its summary.");
    assertThat(text(page, "leaks")).contains("None.");
  }

  @Test
  void testsRunsLeaksSurvivorsAndEndsAreShown() throws Exception {
    String name = report(FIRST);
    report(FIRST.of("com.acme.ShopTest", "sells", 2).later(5).with(Result.PASSED, null));
    ScopeEnd end =
        new ScopeEnd(
            FIRST.scope(),
            Result.FAILED,
            12,
            true,
            4,
            2,
            List.of(
                new Leak("postgres -D x", "com.acme.Billing.start(Billing.java:88)"),
                new Leak("postgres -D x", "com.acme.Billing.start(Billing.java:88)"),
                new Leak("sleep 1000", null)),
            5_250_000_000L,
            name);
    run(FIRST.summary(end));

    ParsedPage page = parsed();

    assertThat(page.text())
        .containsSubsequence("✗ 1 failed", "2 reports", "1 run", "3 leaks", "2 survivors");
    assertThat(rows(page, "tests")).hasSize(2);
    assertThat(rows(page, "tests").get(0)).contains("✓ passed", "ShopTest.sells()[2]", "trace");
    assertThat(rows(page, "tests").get(1))
        .contains(
            "✗ failed", "BillingTest.stops()", "left 2", "at least 12", "/build/billing on ci-7");
    assertThat(rows(page, "leaks"))
        .hasSize(2)
        .anyMatch(
            row ->
                row.matches(".*postgres -D x × 2.*stops.*com.acme.Billing.start.Billing.java:88.*"))
        .anyMatch(row -> row.matches(".*sleep 1000 ?BillingTest.stops\\(\\) ?unknown.*"));
    assertThat(rows(page, "survivors")).singleElement().asString().contains("stops()", "2");
    assertThat(rows(page, "ends")).singleElement().asString().contains("stops()", "5.25 s");
    assertThat(rows(page, "runs"))
        .singleElement()
        .asString()
        .contains(
            "2026-03-14 02:17:45 UTC",
            "/build/billing on ci-7",
            "42",
            "at least 318",
            "57",
            "1 min 1.0");
    assertThat(text(page, "machines")).contains("ci-7", "Linux 6.12", "subreaper yes works");
  }

  /** The messages of AssertJ begin with an empty line. */
  @ParameterizedTest
  @CsvSource({
    "'AssertionError: \nexpected: \"a\"\n but was: \"b\"\n    at T.f(T.java:1)', "
        + "'AssertionError: expected: \"a\" but was: \"b\"'",
    "'E: 1\n2\n3', 'E: 1'",
    "'\n E:\n\n 1\n 2\n 3\n 4\n 5', 'E: 1 2 3 4'",
    "'E:', 'E:'",
    "' \n ', ''"
  })
  void failureIsShownInBrief(String failure, String brief) throws Exception {
    report(FIRST.with(Result.FAILED, failure.replace("\\n", "\n")));

    Element cell = (Element) parsed().all("tbody").get(0).getElementsByTagName("th").item(0);

    assertThat(cell.getTextContent().strip()).isEqualTo(("BillingTest.stops()" + brief).strip());
  }

  @Test
  void linksLeadToFilesThatExist() throws Exception {
    String name = report(FIRST);
    report(FIRST.of("T", "größe", 0));
    Files.delete(temp.resolve("T.gr__e-trace.json"));
    run(FIRST.summary(FIRST.end(name, new Leak("x", null))));
    Files.writeString(temp.resolve("guardian-7.log"), "jvm 7\nstatus 9\ncomplete\n");

    ParsedPage page = parsed();

    List<String> links =
        page.values("href").stream().filter(link -> !link.startsWith("#")).toList();
    assertThat(links).hasSize(8).allMatch(link -> Files.exists(temp.resolve(link)));
    assertThat(page.values("href").stream().filter(link -> link.startsWith("#")))
        .allMatch(link -> page.withId(link.substring(1)).getTagName().equals("h2"));
    assertThat(page.values("id")).doesNotHaveDuplicates();
  }

  @Test
  void partOfANameHasNoMeaningInALink() {
    assertThat(IndexTables.href("javascript:alert(1)/a b?c#d%e\"ö.html"))
        .isEqualTo("javascript%3Aalert%281%29/a%20b%3Fc%23d%25e%22%C3%B6.html");
  }

  @Test
  void whatTheNewestRunReportsOfAScopeCounts() throws Exception {
    Leak leak = new Leak("mended", null);
    ReportSamples passed = FIRST.with(Result.PASSED, null);
    ReportSamples other = FIRST.ofModule("/build/shop");
    run(FIRST.summary(FIRST.end(null, leak), FIRST.end(null, new Leak("flaky", null))));
    run(other.summary(other.end(null, new Leak("of another module", null))));
    ReportSamples shard = FIRST.ofHost("ci-8");
    run(shard.summary(shard.end(null, new Leak("of another machine", null))));
    assertThat(rows(parsed(), "leaks")).hasSize(4);

    run(passed.later(60).summary(passed.end(null)));

    assertThat(rows(parsed(), "leaks")).hasSize(2).noneMatch(row -> row.contains("mended"));
    assertThat(rows(parsed(), "runs")).hasSize(4).first().asString().contains("02:18:45");
  }

  @ParameterizedTest
  @ValueSource(ints = {-5, 5})
  void leakOfATestThatIsGoneIsOlderAndDoesNotCount(int otherFork) throws Exception {
    run(FIRST.summary(FIRST.end(null, new Leak("gone", null)), survivor("BillingTest.old()")));
    ReportSamples passed = FIRST.with(Result.PASSED, null).later(60);
    run(passed.of("com.acme.ShopTest", "sells", 0).summary());
    run(passed.ofModule("/build/shop").summary());
    run(passed.ofHost("ci-8").summary());

    ParsedPage before = parsed();
    assertThat(before.text()).as("its class did not run").containsSubsequence("1 leak", "1 surv");
    assertThat(text(before, "leaks")).doesNotContain("not in the latest run");

    ReportSamples again = FIRST.with(Result.PASSED, null).later(120);
    run(again.summary());
    run(again.later(otherFork).of("com.acme.OtherTest", "ends", 0).summary());

    ParsedPage page = parsed();
    assertThat(page.text()).containsSubsequence("None failed", "0 leaks", "0 survivors");
    for (String section : List.of("leaks", "survivors")) {
      assertThat(rows(page, section))
          .singleElement()
          .asString()
          .contains("run of 2026-03-14 02:17:45 UTC; not in the latest run of its class");
    }
  }

  /** Another fork may run a class of the same name, or other tests of it. */
  @Test
  void leakIsNotOlderForAForkThatRanAtTheSameTime() throws Exception {
    ReportSamples passed = FIRST.with(Result.PASSED, null);
    run(FIRST.summary(FIRST.end(null, new Leak("found", null))));
    run(passed.later(30).summary());
    assertThat(parsed().text()).contains("1 leak");

    run(passed.later(120).summary());
    assertThat(parsed().text()).as("control: a later run").contains("0 leaks");
  }

  private static ScopeEnd survivor(String scope) {
    return new ScopeEnd(scope, Result.PASSED, 1, false, 0, 1, List.of(), 1, null);
  }

  @ParameterizedTest
  @CsvSource({
    "BillingTest.Refunds.pays(int)[2], BillingTest.Refunds",
    "BillingTest.Refunds[1], BillingTest.Refunds",
    "BillingTest[1].stops(), BillingTest",
    "BillingTest, BillingTest",
    "test run, test run",
    "'', ''"
  })
  void classOfAScopeIsItsOwn(String scope, String name) {
    assertThat(RunSummary.classOf(scope)).isEqualTo(name);
  }

  /** The page of the class is there as well, since one of its processes may be the reason. */
  @Test
  void failedTestWithAPageAndItsClassAreOneFailure() throws Exception {
    report(FIRST);
    report(FIRST.of("com.acme.BillingTest", "", 0).with(Result.FAILED, FIRST.scope() + " failed"));

    assertThat(parsed().text()).containsSubsequence("✗ 1 failed", "2 reports");
  }

  @Test
  void classThatFailedByItselfOrForATestWithoutAPageIsAFailure() throws Exception {
    report(FIRST);
    report(FIRST.of("com.acme.BillingTest", "", 0).with(Result.FAILED, "left 1 process"));
    report(FIRST.of("com.acme.ShopTest", "", 0).with(Result.FAILED, "ShopTest.sells() failed"));
    report(
        FIRST
            .later(60)
            .of("com.acme.OtherTest", "", 0)
            .with(Result.FAILED, FIRST.scope() + " failed"));

    assertThat(parsed().text()).contains("✗ 4 failed");
  }

  @Test
  void reportWithTheSameNameInAnotherRunIsNotLinked() throws Exception {
    String name = report(FIRST.later(60));
    run(FIRST.summary(FIRST.end(name, new Leak("old", null))));

    assertThat(parsed().values("href").stream().filter(link -> link.endsWith(".html"))).hasSize(1);
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws Exception {
    String name = report(FIRST);
    Path lines = temp.resolve(name + ReportFiles.LINES);
    String text = Files.readString(lines);
    Files.writeString(lines, text.substring(0, text.length() - 3));
    Files.writeString(temp.resolve("a-processes.jsonl"), "");
    Files.write(temp.resolve("b-processes.jsonl"), new byte[] {(byte) 0xff, (byte) 0xc0, 0});
    Files.writeString(temp.resolve("run-1-1.jsonl"), "{\"record\":\"run\"");
    String summary = RunFile.write(FIRST.summary(FIRST.end(name)));
    Files.writeString(temp.resolve("run-2-1.jsonl"), summary.substring(0, summary.length() - 20));
    Files.createSymbolicLink(temp.resolve("c-processes.jsonl"), lines);
    Files.createDirectory(temp.resolve("d-processes.jsonl"));

    ParsedPage page = parsed();

    String problems = page.all("header").get(0).getTextContent();
    assertThat(problems)
        .contains("Could not be read: " + name + "-processes.jsonl: its end is missing")
        .contains("Could not be read: a-processes.jsonl: it is empty")
        .contains("Could not be read: b-processes.jsonl, line 1: not JSON")
        .contains("Could not be read: run-1-1.jsonl, line 1: not JSON")
        .contains("Could not be read: run-2-1.jsonl: its end is missing")
        .doesNotContain("c-processes", "d-processes", temp.toString());
    assertThat(rows(page, "tests")).hasSize(1);
    assertThat(rows(page, "runs")).hasSize(1);
  }

  @Test
  void guardiansNotesAreInWords() throws Exception {
    Files.writeString(
        temp.resolve("guardian-40880.log"),
        """
        jvm 40880
        status 9
        uptime 1 2
        total 2
        ended 41002 redis-server
        ended 41003 sh
        alive 41004 D lpd
        traced 41005 pg_ctl start
        complete
        """);
    Files.writeString(temp.resolve("guardian-40881-12.new"), "jvm 40881\nstatus 256\ncomplete\n");
    Files.writeString(temp.resolve("guardian-1.log.bak"), "jvm 1\n");
    Files.writeString(temp.resolve("guardian-2.log"), "jvm 2\n" + "x".repeat(1 << 20));

    ParsedPage page = parsed();

    assertThat(text(page, "notes"))
        .contains("Guardian: JVM 40880 was killed by signal 9")
        .contains("ended: redis-server (41002)")
        .contains("could not be killed: D lpd (41004)")
        .contains("ended by the kernel, as it was traced: pg_ctl start (41005)")
        .contains("Guardian: JVM 40881 exited 1")
        .doesNotContain("JVM 1 ", "JVM 2 ");
    assertThat(page.text()).contains("guardian-2.log: too long");
  }

  @Test
  void hostileTextsAreTexts() throws Exception {
    String hostile = SamplePages.HOSTILE;
    ReportSamples sample =
        new ReportSamples(hostile, hostile, 1, "T", hostile, 0, Result.FAILED, hostile);
    report(sample);
    run(RunFileTest.hostile(hostile));
    run(RunFileTest.hostile("x".repeat(1 << 20)));
    String log = "jvm " + hostile + "\nended 1 " + hostile + "\n";
    Files.write(temp.resolve("guardian-7.log"), log.getBytes(StandardCharsets.UTF_8));

    String html = page();
    ParsedPage page = ParsedPage.of(html);

    for (String element : List.of("script", "img", "svg", "iframe")) {
      assertThat(page.all(element)).isEmpty();
    }
    assertThat(page.all("style")).hasSize(1);
    assertThat(html).hasSizeLessThan(100_000);
    assertThat(html.codePoints().filter(c -> c != '\n').filter(c -> !Visible.isPlain(c))).isEmpty();
    assertThat(Pattern.compile("\\son\\w+=").matcher(String.join(" ", page.values("href"))).find())
        .isFalse();
    assertThat(html.lines()).noneMatch(line -> line.startsWith("::"));
  }

  @Test
  void pageAllowsNothingButItsStyle() throws Exception {
    ParsedPage page = parsed();

    assertThat(page.values("content"))
        .anyMatch(policy -> policy.startsWith("default-src 'none'; style-src 'sha256-"));
    assertThat(page.all("html").get(0).getAttribute("lang")).isEqualTo("en");
    assertThat(page.values("content")).contains("width=device-width, initial-scale=1");
    assertThat(page.all("th")).allMatch(header -> header.hasAttribute("scope"));
  }

  @Test
  @Timeout(60)
  void tenThousandScopesStayUsable() throws Exception {
    ScopeEnd[] scopes =
        IntStream.rangeClosed(1, 10_000)
            .mapToObj(
                i ->
                    new ScopeEnd(
                        "T.t()[" + i + "]",
                        Result.FAILED,
                        1,
                        false,
                        0,
                        1,
                        List.of(new Leak("sleep " + i, null)),
                        i * 1_000_000L,
                        null))
            .toArray(ScopeEnd[]::new);
    run(FIRST.summary(scopes));
    for (int i = 0; i < 300; i++) {
      run(FIRST.later(i + 1).summary());
    }

    String html = page();
    ParsedPage page = ParsedPage.of(html);

    assertThat(html).hasSizeLessThan(1_000_000);
    assertThat(page.text())
        .containsSubsequence("10,000 leaks", "10,000 survivors")
        .doesNotContain("at least");
    assertThat(rows(page, "leaks")).hasSize(500);
    assertThat(text(page, "leaks")).contains("9,500 more leaks are not shown.");
    assertThat(rows(page, "survivors")).hasSize(100);
    assertThat(text(page, "survivors")).contains("9,900 more scopes");
    assertThat(rows(page, "ends")).hasSize(20).first().asString().contains("[10000]", "10.0 s");
    assertThat(rows(page, "runs")).hasSize(200);
    assertThat(text(page, "runs")).contains("101 more runs are not shown.");
  }

  @Test
  @Timeout(60)
  void ofTooManyReportsFailuresAreShown() throws Exception {
    String passed = RecordingWriter.write(FIRST.with(Result.PASSED, null).later(60).recording());
    for (int i = 0; i < 1_200; i++) {
      Files.writeString(temp.resolve("p" + i + "-processes.jsonl"), passed);
    }
    Files.writeString(temp.resolve("f-processes.jsonl"), RecordingWriter.write(FIRST.recording()));

    ParsedPage page = parsed();

    assertThat(rows(page, "tests")).hasSize(1_000).last().asString().contains("✗ failed");
    assertThat(text(page, "tests")).contains("201 more reports are not shown.");
  }

  @Test
  void oldestSummariesAreNotReadIfAllAreLong() throws Exception {
    ReportSamples passed = FIRST.with(Result.PASSED, null);
    ScopeEnd[] scopes =
        IntStream.rangeClosed(1, 10_000)
            .mapToObj(i -> passed.of("com.acme.T", "x".repeat(300), i).end(null))
            .toArray(ScopeEnd[]::new);
    String lines = RunFile.write(FIRST.summary(scopes));
    for (int i = 1; i < 9; i++) {
      Files.writeString(temp.resolve("run-" + i + "-7.jsonl"), lines);
    }

    assertThat(page()).contains("older runs are not in this index.");
  }
}
