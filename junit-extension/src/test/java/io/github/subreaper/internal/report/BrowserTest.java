package io.github.subreaper.internal.report;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.selenium.AxeBuilder;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.pages.Viewer;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.print.PrintOptions;
import org.openqa.selenium.support.ui.Select;
import org.openqa.selenium.support.ui.WebDriverWait;

/** The viewer in a real browser: one for all tests. */
@Tag("full")
class BrowserTest {
  private static final Map<String, Path> PAGES = new HashMap<>();

  @TempDir private static Path directory;
  private static ChromeDriver browser;

  @BeforeAll
  static void startBrowser() throws IOException {
    for (Map.Entry<String, Recording> sample : SampleRecordings.all().entrySet()) {
      String page = Viewer.page(RecordingWriter.write(sample.getValue()));
      PAGES.put(
          sample.getKey(),
          Files.writeString(directory.resolve(sample.getKey() + "-processes.html"), page));
    }
    PAGES.put("index", index());
    browser = Chromium.start(directory);
  }

  /** Makes the index of some reports, one of which is hostile, and of a run that says much. */
  private static Path index() throws IOException {
    ReportDirectory reports = ReportDirectory.at(directory.resolve("reports"));
    ReportSamples sample = ReportSamples.FIRST;
    String name = reports.write(sample.recording()).name();
    reports.write(sample.later(5).of("com.acme.ShopTest", "sells", 2).recording());
    reports.write(SampleRecordings.hostile());
    Files.writeString(
        reports.path().resolve("guardian-40880.log"), "jvm 40880\nstatus 9\nended 41002 redis\n");
    Files.writeString(reports.path().resolve("cut-processes.jsonl"), "{\"record\":<b>");
    Leak leak = new Leak("postgres -D /tmp/x", "com.acme.Billing.start(Billing.java:88)");
    ScopeSummary slow =
        new ScopeSummary(
            "ShopTest",
            Recording.Result.FAILED,
            12,
            false,
            4,
            2,
            List.of(),
            5_250_000_000L,
            null,
            null);
    RunSummary run =
        sample.summary(sample.end(name, leak, new Leak(SampleRecordings.HOSTILE, null)), slow);
    return Optional.ofNullable(reports.finish(run)).orElseThrow();
  }

  @AfterAll
  static void endBrowser() {
    if (browser != null) {
      browser.quit();
    }
  }

  @BeforeEach
  void asOnADesk() {
    look(1_280, false);
  }

  private static void look(int width, boolean isDark) {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 800, "deviceScaleFactor", 1, "mobile", false));
    String scheme = isDark ? "dark" : "light";
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  private static void open(String page) {
    browser.manage().logs().get(LogType.BROWSER);
    browser.get(url(page));
    until("document.documentElement.dataset.ready === 'true'");
    frame();
  }

  private static void until(String condition) {
    new WebDriverWait(browser, Duration.ofSeconds(30))
        .until(driver -> Boolean.TRUE.equals(script("return " + condition)));
  }

  private static String url(String page) {
    return requireNonNull(PAGES.get(page)).toUri().toString();
  }

  /** Waits until what was changed is drawn. */
  private static void frame() {
    browser.executeAsyncScript(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))");
  }

  private static Object script(String script, Object... arguments) {
    return browser.executeScript(script, arguments);
  }

  private static WebElement find(String css) {
    return browser.findElement(By.cssSelector(css));
  }

  private static List<String> rows() {
    frame();
    return browser.findElements(By.cssSelector("[role=treeitem]")).stream()
        .map(WebElement::getText)
        .toList();
  }

  static Stream<Arguments> views() {
    List<Arguments> views = new ArrayList<>();
    List<String> pages = new ArrayList<>(SampleRecordings.all().keySet());
    pages.add("index");
    for (String page : pages) {
      views.add(Arguments.of(page, 1_280, false));
    }
    for (String page : List.of("small", "hostile", "index")) {
      views.add(Arguments.of(page, 1_280, true));
      views.add(Arguments.of(page, 360, false));
    }
    return views.stream();
  }

  /** Else a script that a process has smuggled in would have run, or a link been followed. */
  @ParameterizedTest(name = "{0} at {1} px, dark: {2}")
  @MethodSource("views")
  void pageIsLegibleAndDoesNothing(String page, int width, boolean isDark) {
    look(width, isDark);
    open(page);

    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
    assertThat(script("return performance.getEntriesByType('resource').length")).isEqualTo(0L);
    assertThat(
            script(
                "return document.querySelectorAll('main img, main svg[onload], main script').length"))
        .isEqualTo(0L);
    assertThat((Long) script("return document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(width);
    assertThat(new AxeBuilder().analyze(browser).getViolations())
        .extracting(rule -> rule.getId() + ": " + rule.getNodes().get(0).getHtml())
        .isEmpty();
  }

  @Test
  void verdictIsReadWithoutAScript() {
    browser.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", true));
    try {
      browser.get(url("small"));
      assertThat(find("body").getText())
          .contains("BillingTest.stopsCleanly()", "✗ Failed", "left postgres");
      browser.get(url("index"));
      assertThat(find("noscript a").getText()).isNotEmpty();
    } finally {
      browser.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", false));
    }
  }

  @Test
  void searchAndFiltersShowWhatMatchesBelowItsParents() {
    open("small");
    assertThat(rows()).hasSize(8);

    find("#search").sendKeys("walwriter");
    assertThat(rows())
        .hasSize(3)
        .last()
        .asString()
        .contains("postgres: walwriter", "SIGSEGV, core");
    assertThat(find("output").getText()).isEqualTo("1 of 8 processes");
    find("#search").sendKeys(Keys.ESCAPE);
    assertThat(rows()).hasSize(8);

    find("#leaked").click();
    assertThat(rows()).last().asString().contains("postgres -D /tmp/x", "leaked");
    find("#leaked").click();
    find("#failed").click();
    assertThat(rows()).anyMatch(row -> row.contains("initdb")).noneMatch(row -> row.contains("sh"));
    find("#failed").click();
    new Select(find("#name")).selectByVisibleText("initdb");
    assertThat(rows()).hasSize(2);
  }

  @Test
  void equalSiblingsAreOneRowThatOpens() {
    open("300");
    assertThat(rows()).hasSize(2).last().asString().contains("299 ×", "sleep 1200");

    find("[role=tree] [tabindex='0']").sendKeys(Keys.END, Keys.ARROW_RIGHT);
    assertThat(find("[aria-expanded=true].row:nth-child(2)").getText()).contains("299 ×");
    assertThat(rows()).hasSizeGreaterThan(20);
  }

  @Test
  void keyboardMovesOpensZoomsAndFollowsTheLineToTheParent() {
    open("small");
    new Actions(browser).sendKeys("/").perform();
    assertThat(browser.switchTo().activeElement().getAttribute("id")).isEqualTo("search");
    find("[role=tree] [tabindex='0']").sendKeys(Keys.HOME, Keys.END);
    assertThat(selected()).contains("sleep 1000");
    browser.switchTo().activeElement().sendKeys(Keys.HOME, Keys.ARROW_DOWN, Keys.ARROW_DOWN);
    assertThat(selected()).contains("postgres -D /tmp/x");
    assertThat(find(".detail").getText())
        .contains("adopted", "after the library's stop signal", "ready: TCP port 5433");

    browser.switchTo().activeElement().sendKeys("p");
    assertThat(selected()).contains("pg_ctl start");
    browser.switchTo().activeElement().sendKeys(Keys.ARROW_LEFT);
    assertThat(rows()).hasSize(2);
    browser.switchTo().activeElement().sendKeys(Keys.ARROW_RIGHT);
    assertThat(rows()).hasSize(8);

    String before = find(".axis").getText();
    browser.switchTo().activeElement().sendKeys("+");
    assertThat(find(".axis").getText()).isNotEqualTo(before);
    browser.switchTo().activeElement().sendKeys("0");
    assertThat(find(".axis").getText()).isEqualTo(before);
  }

  private static String selected() {
    frame();
    return find("[aria-selected=true]").getText();
  }

  @Test
  void mouseZoomsPansAndFollowsTheLineToTheParent() {
    open("small");
    String before = find(".axis").getText();
    find("#zoom-in").click();
    frame();
    String zoomed = find(".axis").getText();
    assertThat(zoomed).isNotEqualTo(before);
    new Actions(browser).dragAndDropBy(find(".drawing"), -100, 0).perform();
    frame();
    assertThat(find(".axis").getText()).isNotEqualTo(zoomed);
    find("#zoom-all").click();
    frame();
    assertThat(find(".axis").getText()).isEqualTo(before);

    script(
        "document.querySelector('.birth').dispatchEvent(new MouseEvent('click', {bubbles: true}))");
    assertThat(selected()).contains("pg_ctl start");
  }

  /** Only the rows in view are in the page. */
  @Test
  void manyProcessesAreFewElements() {
    open("8000");

    script("document.querySelector('#expand').click()");
    frame();
    assertThat(browser.findElements(By.cssSelector("[role=treeitem]"))).hasSizeBetween(10, 80);
    script("document.querySelector('.viewport').scrollTop = 1e6");
    assertThat(rows()).last().asString().contains("worker");
    find("#search").sendKeys("41700");
    assertThat(rows()).last().asString().contains("41700");
  }

  @Test
  void paperShowsTheRowsThatAScreenScrolls() {
    open("500");
    int pages = 0;
    String pdf = browser.print(new PrintOptions()).getContent();
    String text =
        new String(
            java.util.Base64.getDecoder().decode(pdf),
            java.nio.charset.StandardCharsets.ISO_8859_1);
    for (int at = text.indexOf("/Type /Page\n");
        at >= 0;
        at = text.indexOf("/Type /Page\n", at + 1)) {
      pages++;
    }
    assertThat(pages).isBetween(4, 60);
  }

  static Stream<Recording> traces() {
    return Stream.of(
            Stream.of(RecordingSamples.ofADaemon(), flood()),
            RecordingSamples.HOSTILE.stream().map(RecordingSamples::hostile),
            LongStream.range(0, 100).mapToObj(RecordingSamples::random))
        .flatMap(some -> some);
  }

  private static Recording flood() {
    MadeRecording made = new MadeRecording();
    int parent = made.exited(0, 0, 900, 0, "server");
    for (int i = 0; i < 600; i++) {
      made.exited(parent, 10, 20, 0, "worker");
      made.event(30, "signaled", parent, "got SIGUSR1", 0, "SIGUSR1");
    }
    return made.make();
  }

  private static String trace(Recording recording) {
    String lines = RecordingWriter.write(recording);
    return (String)
        script(
            "return JSON.stringify(new Trace(readReport(arguments[0])).write())"
                + ".replace(/[\\ufffe\\uffff]/g, '')", // the driver takes them for the end of a
            // text
            lines);
  }

  @Test
  void perfettoDrawsEachTraceAsItIsMeant() throws IOException {
    open("1");
    for (Recording recording : traces().toList()) {
      String trace = trace(recording);
      List<TraceItem> items = TraceItem.of(trace);
      PerfettoImport imported = new PerfettoImport(items);

      assertThat(imported.errors()).isEmpty();
      assertThat(imported.arrows())
          .hasSize((int) items.stream().filter(item -> item.is("f")).count())
          .allSatisfy(
              arrow -> {
                assertThat(arrow.drawnFrom()).as("%s", arrow).isEqualTo(arrow.start().begin());
                assertThat(arrow.drawnTo()).as("%s", arrow).isEqualTo(arrow.finish().begin());
              });
      assertThat(items.stream().filter(item -> item.is("f") && item.text("name").equals("fork")))
          .hasSize((int) recording.processes().stream().filter(one -> one.parent() != 0).count());
      assertThat(trace).doesNotContainPattern("\\\\u[dD][89a-fA-F]"); // Perfetto refuses it
    }
  }

  @Test
  void daemonIsDrawnInTheTrace() throws IOException {
    open("1");
    List<TraceItem> items = TraceItem.of(trace(RecordingSamples.ofADaemon()));

    assertThat(drawn(items, "X", 3))
        .containsExactly(
            "5000-50000 101 daemon",
            "5500-6000 sh start.sh",
            "6000-30000 daemon -d",
            "7000-8000 daemon: starting",
            "8000-30000 daemon: ready",
            "30000-50000 daemon2",
            "46000-50000 ended in this time");
    assertThat(drawn(items, "i", 3))
        .containsExactly(
            "9100 adopted", "11000 fork 100", "13000 SIGSTOP", "14000 continued", "45000 SIGTERM");
    assertThat(drawn(items, "s", 2)).containsExactly("5000 fork", "8999 adoption");
    assertThat(drawn(items, "f", 3)).containsExactly("5000 fork", "9100 adoption");
  }

  private static List<String> drawn(List<TraceItem> items, String phase, int pid) {
    return items.stream()
        .filter(item -> item.is(phase) && item.number("pid") == pid)
        .map(
            item ->
                item.nanos("ts") / 1_000
                    + (item.is("X") ? "-" + item.end() / 1_000 : "")
                    + " "
                    + item.text("name"))
        .toList();
  }

  @Test
  void traceIsSavedAsAFile() {
    open("small");
    find("#trace").click();

    Path file = directory.resolve("small-trace.json");
    new WebDriverWait(browser, Duration.ofSeconds(30)).until(driver -> Files.exists(file));
    assertThat(file).isNotEmptyFile();
  }

  @Test
  void brokenLinesAreShownAsBroken() throws IOException {
    String lines = RecordingWriter.write(SampleRecordings.small());
    String cut = lines.substring(0, lines.length() / 2) + "\n<img src=x onerror=alert(1)>";
    PAGES.put("cut", Files.writeString(directory.resolve("cut.html"), Viewer.page(cut)));

    open("cut");

    assertThat(find(".notes").getText()).contains("The end of the lines is missing");
    assertThat(find("main").getText()).containsPattern("Line \\d+ is broken: .*onerror=alert");
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
  }

  @Test
  void indexIsSearchedAndLeadsToPages() {
    open("index");
    assertThat(find("#tests + table").getText()).contains("ShopTest.sells()[2]", "left 2");
    assertThat(find("#leaks + table").getText()).contains("postgres -D /tmp/x", "Billing.java:88");
    assertThat(find("#notes").findElement(By.xpath("..")).getText())
        .contains("Guardian: JVM 40880 was killed by signal 9", "ended: redis (41002)");
    assertThat(find(".notes").getText()).contains("cut-processes.jsonl has a broken line");
    assertThat(find(".result .bad").getText()).isNotEmpty();

    find("#search").sendKeys("shoptest.sells");
    assertThat(browser.findElements(By.cssSelector("#tests + table tbody tr"))).hasSize(1);
    find("#tests + table a").click();
    until("document.documentElement.dataset.kind !== 'index'");
    until("document.documentElement.dataset.ready === 'true'");
    assertThat(find("h1").getText()).isEqualTo("ShopTest.sells()[2]");
    find("a[href='index.html']").click();
    until("document.documentElement.dataset.kind === 'index'");
  }

  @Test
  void leakThatALaterRunDidNotHaveDoesNotCount() throws IOException {
    ReportDirectory reports = ReportDirectory.at(directory.resolve("mended"));
    ReportSamples later = ReportSamples.FIRST.with(Recording.Result.PASSED, null).later(100);
    Leak leak = new Leak("sleep 1000", null);
    reports.finish(ReportSamples.FIRST.summary(ReportSamples.FIRST.end(null, leak)));
    PAGES.put("mended", requireNonNull(reports.finish(later.summary())));

    open("mended");

    assertThat(find("main .result").getText()).contains("0 leaks");
    assertThat(find("#leaks + table").getText())
        .contains("sleep 1000", "not in the latest run of its class");
  }

  /** {@code CONTRIBUTING.md} has the command. */
  @Test
  @EnabledIfSystemProperty(named = "readme.pictures", matches = ".+")
  void picturesOfTheReadmeAreMade() throws IOException {
    Path to = Path.of(System.getProperty("readme.pictures"));
    open("leak");
    Files.write(to.resolve("report.png"), browser.getScreenshotAs(OutputType.BYTES));
    look(360, true);
    script("document.querySelector('#timeline').scrollIntoView()");
    frame();
    Files.write(to.resolve("report-phone.png"), browser.getScreenshotAs(OutputType.BYTES));
  }

  @Test
  void policyStopsWhatAHoleWouldLetIn() throws IOException {
    String page = Files.readString(Path.of(URI.create(url("small"))));
    String hole = "<script>window.x = 1</script><img src='other.png' alt=''></footer>";
    Path file = directory.resolve("hole.html");
    PAGES.put("hole", Files.writeString(file, page.replace("</footer>", hole)));

    open("hole");

    assertThat(script("return window.x")).isNull();
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll().toString())
        .contains("Executing inline script violates", "Loading the image");
  }
}
