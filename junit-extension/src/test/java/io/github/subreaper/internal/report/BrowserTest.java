package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Supervisor;
import io.github.subreaper.assertj.SubreaperAssertions;
import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.RunSummary.Leak;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import io.github.subreaper.internal.report.Tab.Look;
import io.github.subreaper.junit.Required;
import io.github.subreaper.junit.SubreaperTest;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages in a real browser, which this library starts and ends. */
@Tag("full")
@SubreaperTest
class BrowserTest {
  private static final int PHONE = 360;
  private static final int DESK = 1_280;
  private static final int BETWEEN = 700;
  private static final int HIGH = 800;

  /** A4 with its margins. */
  private static final int PAPER = 718;

  private static final Map<String, Path> PAGES = new HashMap<>();

  /** The properties of a window in which no script ran; on a phone there are more. */
  private static final Set<String> UNTOUCHED = new HashSet<>();

  @TempDir private static Path directory;
  private static Supervisor supervisor;
  private static Browser browser;

  @BeforeAll
  static void startBrowser(Supervisor ours) throws IOException {
    Optional<Path> chromium = Browser.find();
    Required.orSkip(chromium.isPresent(), "no Chromium: apt-get install chromium");
    for (Map.Entry<String, Recording> sample : SamplePages.all().entrySet()) {
      PAGES.put(sample.getKey(), write(sample.getKey(), ProcessPage.of(sample.getValue())));
    }
    PAGES.put("index", index());
    supervisor = ours;
    browser = Browser.start(ours, chromium.orElseThrow(), directory);
    Path blank = write("blank", "<!DOCTYPE html><title>x</title>");
    for (int width : new int[] {PHONE, DESK}) {
      try (Tab tab = browser.open()) {
        UNTOUCHED.addAll(tab.as(width, HIGH, Look.LIGHT).load(blank).windowProperties());
      }
    }
  }

  /** Makes the index of some reports, one of which is hostile, and of a run that says much. */
  private static Path index() throws IOException {
    ReportDirectory reports = ReportDirectory.at(directory.resolve("reports"));
    ReportSamples sample = ReportSamples.FIRST;
    String name = reports.write(sample.recording()).name();
    reports.write(sample.later(5).of("com.acme.ShopTest", "sells", 2).recording());
    reports.write(SamplePages.hostile());
    Leak leak = new Leak("postgres -D /tmp/x", "com.acme.Billing.start(Billing.java:88)");
    RunSummary run =
        sample.summary(
            sample.end(name, leak, new Leak(SamplePages.HOSTILE, null)),
            new ScopeEnd(
                "ShopTest", Result.FAILED, 12, false, 4, 2, List.of(), 5_250_000_000L, null));
    return Optional.ofNullable(reports.finish(run)).orElseThrow();
  }

  private static Path write(String name, String page) throws IOException {
    return Files.writeString(directory.resolve(name + ".html"), page);
  }

  @AfterAll
  static void browserLeavesNothing() {
    if (browser != null) {
      browser.close();
      SubreaperAssertions.assertThat(supervisor).hasNoProcesses();
    }
  }

  static Stream<Arguments> views() {
    List<Arguments> views = new ArrayList<>();
    List<String> pages = new ArrayList<>(SamplePages.all().keySet());
    pages.add("index");
    for (String page : pages) {
      for (int width : new int[] {PHONE, DESK}) {
        views.add(Arguments.of(page, width, Look.LIGHT));
        views.add(Arguments.of(page, width, Look.DARK));
      }
      views.add(Arguments.of(page, BETWEEN, Look.LIGHT));
      views.add(Arguments.of(page, PAPER, Look.PRINT));
      views.add(Arguments.of(page, PAPER, Look.PRINT_WHILE_DARK));
    }
    return views.stream();
  }

  @ParameterizedTest(name = "{0} at {1} px, {2}")
  @MethodSource("views")
  void pageIsLegibleAndDoesNothing(String page, int width, Look look) {
    try (Tab tab = browser.open()) {
      tab.as(width, HIGH, look).load(page(page));

      assertThat(tab.problems()).isEmpty();
      assertThat(tab.windowProperties()).isSubsetOf(UNTOUCHED);
    }
  }

  private static Path page(String name) {
    return Optional.ofNullable(PAGES.get(name)).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(ints = {PHONE, DESK})
  void keyboardReachesAllFromTopToBottom(int width) {
    try (Tab tab = browser.open()) {
      tab.as(width, HIGH, Look.LIGHT).load(page("small"));

      assertThat(tab.focusProblems()).isEmpty();
    }
    try (Tab tab = browser.open()) {
      tab.as(width, HIGH, Look.DARK).load(page("index"));

      assertThat(tab.focusProblems()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {PHONE, DESK})
  void linksShowTheirTargets(int width) {
    try (Tab tab = browser.open()) {
      tab.as(width, HIGH, Look.DARK);

      assertThat(tab.load(page("small")).linkProblems(1_000)).isEmpty();
      assertThat(tab.load(page("500")).linkProblems(30)).isEmpty();
      assertThat(tab.load(page("index")).linkProblems(1_000)).isEmpty();
    }
  }

  @Test
  void paperShowsWhatIsClosedOnTheScreen() {
    try (Tab tab = browser.open()) {
      String shown = "document.querySelector('td details:not([open]) dl').checkVisibility()";
      tab.as(DESK, HIGH, Look.LIGHT).load(page("folded"));
      assertThat(tab.evaluate(shown)).isEqualTo(false);

      tab.as(PAPER, HIGH, Look.PRINT);

      assertThat(tab.evaluate(shown)).isEqualTo(true);
      assertThat(tab.evaluate("getComputedStyle(document.querySelector('nav')).display"))
          .isEqualTo("none");
      assertThat(tab.printedPages()).isGreaterThan(1);
    }
  }

  /** {@code CONTRIBUTING.md} has the command. */
  @Test
  @EnabledIfSystemProperty(named = "readme.pictures", matches = ".+")
  void picturesOfTheReadmeAreMade() throws IOException {
    Path to = Path.of(System.getProperty("readme.pictures"));
    try (Tab tab = browser.open()) {
      tab.as(DESK, 940, Look.LIGHT).load(page("leak"));
      picture(tab, to.resolve("report.png"));
      tab.as(PHONE, HIGH, Look.DARK);
      tab.evaluate("document.querySelector('#timeline').scrollIntoView()");
      picture(tab, to.resolve("report-phone.png"));
    }
  }

  private static void picture(Tab tab, Path file) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(tab.screenshot()));
    BufferedImage opaque =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    opaque.getGraphics().drawImage(image, 0, 0, null);
    ImageIO.write(opaque, "png", file.toFile()); // smaller than the browser's
    assertThat(Files.size(file)).isLessThan(150_000);
  }

  /** A page that is wrong on purpose, and what has to be found. */
  enum Wrong {
    TOO_WIDE("<p style='width:3000px'>wide</p>", "width: at first it scrolls"),
    TOO_WIDE_ONCE_OPEN(
        "<details><summary>s</summary><p style='width:3000px'>w</p></details>",
        "width: opened it scrolls"),
    PALE("<p style='color:#888'>pale</p>", "contrast: text 3.5"),
    PALE_IN_A_PICTURE(
        "<svg height='9'><rect width='99' height='99' fill='#777'/><text y='9'>x</text></svg>",
        "contrast: text"),
    PALE_SHAPE(
        "<svg><rect class='bar' width='9' height='9' style='fill:#ccc;stroke:none'/></svg>",
        "contrast: shape"),
    SMALL("<p style='font-size:10px'>small</p>", "size: 10px"),
    OVERLAPPING(
        "<svg><text y='20'>one text</text><text x='9' y='20'>another</text></svg>",
        "label: it overlaps"),
    CUT("<svg><text x='99%' y='20'>a long text</text></svg>", "label: it is cut"),
    DEAD_LINK("<a href='#nowhere'>dead</a>", "link: it leads nowhere"),
    OUTER_LINK("<a href='https://example.invalid/'>out</a>", "link: it leads nowhere"),
    MISSING_FILE("<a href='missing.html'>gone</a>", "link: it leads nowhere"),
    SCRIPT("<script>window.x = 1</script>", "script: the page has one"),
    CONSOLE("<script>console.log('told')</script>", "console: "),
    EXCEPTION("<script>throw new Error('thrown')</script>", "console: "),
    DIALOG("<img src='data:,' onerror='alert(7)' alt=''>", "dialog: 7"),
    REQUEST("<img src='other.png' alt=''>", "request: file:"),
    HIDDEN_TARGET(
        "<div style='position:fixed;inset:0;background:#fff'>over all</div>",
        "link: its target is behind"),
    UNREACHABLE("<a href='#trees' tabindex='-1'>skipped</a>", "focus: the keyboard does not"),
    OUT_OF_ORDER("<a href='#trees' tabindex='3'>first</a>", "focus: it comes after"),
    UNSEEN("<a href='#trees' style='outline:none'>unseen</a>", "focus: it is not seen"),
    FAINT_FOCUS(
        "<a href='#trees' style='outline:3px solid #eee'>faint</a>", "focus: its outline is faint");

    private final String element;
    private final String finding;

    Wrong(String element, String finding) {
      this.element = element;
      this.finding = finding;
    }

    String page() {
      return ProcessPage.of(SamplePages.small())
          .replaceFirst("<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "")
          .replace("</footer>", element + "</footer>");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrongIsFound(Wrong wrong) throws IOException {
    try (Tab tab = browser.open()) {
      tab.as(DESK, HIGH, Look.LIGHT).load(write("wrong", wrong.page()));

      List<String> problems = new ArrayList<>(tab.problems());
      if (wrong.finding.startsWith("link")) {
        problems.addAll(tab.linkProblems(1_000));
      } else if (wrong.finding.startsWith("focus")) {
        problems.addAll(tab.focusProblems());
      }

      assertThat(problems).anyMatch(problem -> problem.startsWith(wrong.finding));
    }
  }

  @Test
  void colourThatIsWrongInOneSchemeIsFoundThere() throws IOException {
    String page = Wrong.PALE.page().replace("#888", "#1b1f24");
    try (Tab tab = browser.open()) {
      tab.as(DESK, HIGH, Look.LIGHT).load(write("wrong", page));
      assertThat(tab.problems()).isEmpty();

      assertThat(tab.as(DESK, HIGH, Look.DARK).problems())
          .anyMatch(problem -> problem.startsWith("contrast: text 1."));
    }
  }

  @Test
  void scriptThatTouchesTheWindowIsFound() throws IOException {
    try (Tab tab = browser.open()) {
      tab.load(write("wrong", Wrong.SCRIPT.page()));

      assertThat(tab.windowProperties()).contains("x");
      assertThat(UNTOUCHED).doesNotContain("x");
    }
  }

  @Test
  void policyOfThePageStopsWhatAHoleWouldLetIn() throws IOException {
    String script = "<script>window.x = 1</script><img src='other.png' alt=''>";
    String page = ProcessPage.of(SamplePages.small()).replace("</footer>", script + "</footer>");
    try (Tab tab = browser.open()) {
      tab.load(write("wrong", page));

      assertThat(tab.windowProperties()).doesNotContain("x");
      assertThat(tab.problems())
          .anyMatch(problem -> problem.startsWith("console: Executing inline script violates"))
          .anyMatch(problem -> problem.startsWith("console: Loading the image"));
    }
  }
}
