package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.Event.Kind;
import io.github.subreaper.internal.report.Recording.Cause;
import io.github.subreaper.internal.report.Recording.Command;
import io.github.subreaper.internal.report.Recording.End;
import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Source;
import io.github.subreaper.internal.report.Recording.Usage;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

class ProcessPageTest {

  static Stream<Named<Recording>> samples() {
    return SamplePages.all().entrySet().stream()
        .map(sample -> Named.of(sample.getKey(), sample.getValue()));
  }

  @Test
  void smallRecordingMakesTheGoldenPage() throws Exception {
    try (InputStream golden = ProcessPageTest.class.getResourceAsStream("small.html")) {
      assertThat(ProcessPage.of(SamplePages.small()))
          .isEqualTo(
              new String(Objects.requireNonNull(golden).readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void pageLoadsNothingAndRunsNothing(Recording recording) throws Exception {
    ParsedPage page = ParsedPage.of(recording);

    assertThat(page.all("*"))
        .extracting(Element::getTagName)
        .doesNotContain("script", "img", "image", "link", "iframe", "object", "embed", "form")
        .doesNotContain("foreignObject", "animate", "set", "base");
    for (Element element : page.all("*")) {
      for (int i = 0; i < element.getAttributes().getLength(); i++) {
        assertThat(element.getAttributes().item(i).getNodeName())
            .doesNotStartWith("on")
            .isNotIn("src", "style", "srcset", "action", "xlink:href");
      }
    }
    assertThat(page.values("href")).allMatch(link -> link.startsWith("#"));
    assertThat(page.all("style").get(0).getTextContent()).doesNotContain("url(", "@import");
  }

  @Test
  void policyAllowsTheStyleSheetAndNothingElse() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.small());

    byte[] sheet = page.all("style").get(0).getTextContent().getBytes(StandardCharsets.UTF_8);
    String hash =
        Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(sheet));

    assertThat(page.all("meta"))
        .filteredOn(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy"))
        .extracting(meta -> meta.getAttribute("content"))
        .containsExactly(
            "default-src 'none'; style-src 'sha256-"
                + hash
                + "'; base-uri 'none'; form-action 'none'");
  }

  @ParameterizedTest
  @MethodSource("samples")
  void linksHaveTargetsAndNoIdIsTwice(Recording recording) throws Exception {
    ParsedPage page = ParsedPage.of(recording);

    List<String> ids = page.values("id");

    assertThat(ids).doesNotHaveDuplicates();
    assertThat(new HashSet<>(ids))
        .containsAll(page.values("href").stream().map(link -> link.substring(1)).toList())
        .containsAll(page.values("aria-labelledby"));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void headingsAreInOrderAndTablesHaveHeaders(Recording recording) throws Exception {
    ParsedPage page = ParsedPage.of(recording);

    int level = 0;
    for (Element element : page.all("*")) {
      if (element.getTagName().matches("h[1-6]")) {
        int next = element.getTagName().charAt(1) - '0';
        assertThat(next).isBetween(level == 0 ? 1 : 2, level + 1);
        level = next;
      }
    }
    assertThat(page.all("h1")).hasSize(1);
    assertThat(page.all("th")).allMatch(header -> header.hasAttribute("scope"));
    assertThat(page.all("table")).allMatch(table -> table.getFirstChild() != null);
    assertThat(page.all("caption")).hasSameSizeAs(page.all("table"));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void picturesHaveATextOrAreHiddenFromScreenReaders(Recording recording) throws Exception {
    for (Element picture : ParsedPage.of(recording).all("svg")) {
      if (!picture.getAttribute("aria-hidden").equals("true")) {
        assertThat(picture.getAttribute("role")).isEqualTo("img");
        assertThat(picture.getElementsByTagName("title").item(0).getTextContent()).isNotBlank();
        assertThat(picture.getElementsByTagName("desc").item(0).getTextContent()).isNotBlank();
      }
    }
  }

  @Test
  void eachProcessHasABarAndARowThatLinkEachOther() throws Exception {
    Recording recording = SamplePages.many(500);
    ParsedPage page = ParsedPage.of(recording);

    Set<String> ids = new HashSet<>(page.values("id"));
    List<String> links = page.values("href");
    for (Proc process : recording.processes()) {
      assertThat(ids).contains("b" + process.number(), "p" + process.number());
    }
    assertThat(page.all("tbody").get(0).getElementsByTagName("details").getLength()).isEqualTo(500);
    assertThat(page.all("rect"))
        .filteredOn(rect -> rect.getAttribute("class").startsWith("bar"))
        .hasSize(500);
    assertThat(new HashSet<>(links)).contains("#b500", "#p500");
    assertThat(page.all("ul")).noneMatch(list -> list.getAttribute("class").equals("notes"));
  }

  @Test
  void lineOfATreeAndRowLinkEachOther() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.small());

    assertThat(page.textOf("t3")).contains("41003", "postgres -D /tmp/x", "leaked");
    assertThat(links(page.withId("t3"))).containsExactly("#p3");
    assertThat(links(page.withId("p3"))).contains("#b3", "#t3", "#p1");
    assertThat(links(page.withId("p8"))).contains("#t8", "#u8");
    assertThat(links(page.withId("b3"))).contains("#p3");
  }

  @Test
  void lineOfATreeIsOfTheProcessThatHadThePidThen() throws Exception {
    MadeRecording made = new MadeRecording().phase("test", 0, 100).phase("end", 100, 200);
    made.process(withPid(1, 77, 0, 50L)).process(withPid(2, 77, 60, 150L));
    made.process(withPid(3, 77, 160, null));

    ParsedPage page =
        ParsedPage.of(made.before("  77 ? S 0:00 sh").after("  77 ? S 0:00 sh").make());

    assertThat(links(page.withId("t2"))).containsExactly("#p2");
    assertThat(links(page.withId("u3"))).containsExactly("#p3");
  }

  private static Proc withPid(int number, long pid, double born, @Nullable Long ended) {
    return new Proc(
        number,
        pid,
        0,
        "sh",
        MadeRecording.ms(born),
        Source.SCAN,
        ended == null ? null : (Long) MadeRecording.ms(ended),
        null,
        List.of(),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Set.of());
  }

  private static List<String> links(Element element) {
    var links = element.getElementsByTagName("a");
    return Stream.iterate(0, i -> i < links.getLength(), i -> i + 1)
        .map(i -> ((Element) links.item(i)).getAttribute("href"))
        .toList();
  }

  @Test
  void rowShowsEachFieldOfItsProcess() throws Exception {
    MadeRecording made = new MadeRecording().phase("test", 0, 1_000);
    made.exited(0, 0, 900, 0, "parent");
    End end =
        new End(null, "SIGABRT", true, Cause.KILL, "4711 killer (uid 0)", 1, "killed by SIGABRT");
    made.process(
        new Proc(
            2,
            4_242,
            1,
            "a-name",
            MadeRecording.ms(111),
            Source.SCAN,
            MadeRecording.ms(777),
            MadeRecording.ms(555),
            List.of(
                new Command(MadeRecording.ms(112), true, "/bin/one", List.of("first", "word")),
                new Command(MadeRecording.ms(113), false, null, List.of("a title"))),
            65_534,
            null,
            null,
            "the launch",
            MadeRecording.ms(333),
            end,
            new Usage(12_000, 34_000, 5L << 20),
            "com.acme.Start(Start.java:7)",
            EnumSet.allOf(Mark.class)));
    made.event(400, Kind.SIGNALED, 2, "got SIGUSR1 by 4711", 1, "SIGUSR1");

    ParsedPage page = ParsedPage.of(made.make());

    assertThat(page.textOf("p2"))
        .contains("4242", "a-name", "41001", "111 ms", "found by a scan")
        .contains("between 555 ms and 777 ms, 444 ms to 666 ms after its birth")
        .contains("112 ms executed /bin/one as first word", "113 ms has the title a title")
        .contains("65534", "the launch", "333 ms", "killed by SIGABRT", "Core dump")
        .contains("the library sent", "4711 killer (uid 0)", "12.0 ms", "34.0 ms", "46.0 ms")
        .contains("5.0 MiB", "com.acme.Start(Start.java:7)", "first process of its launch")
        .contains("traced", "adopted", "leaked", "survived SIGKILL", "foreign")
        .contains("400 ms got SIGUSR1 by 4711", "(trace)");
    assertThat(page.textOf("b2"))
        .contains("4242", "a title", "leaked", "SIGABRT, core", "adopted at 333 ms")
        .contains("last seen alive at 555 ms", "core between 555 ms and 777 ms")
        .contains("400 ms: got SIGUSR1 by 4711");
  }

  @Test
  void headingShowsTestResultAndMachine() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.small());

    assertThat(page.all("h1").get(0).getTextContent()).isEqualTo("BillingTest.stopsCleanly()");
    assertThat(page.all("header").get(0).getTextContent())
        .contains("✗ Failed", "8 processes", "1 leaked", "LeakedProcessesError")
        .contains("2026-03-14 02:17:45.123 UTC", "ci-7", "Linux 6.12.9-amd64", "OpenJDK 17.0.13")
        .contains("12 events got lost", "Not each event was reported by the kernel")
        .contains("[engine:junit-jupiter]/[class:com.acme.BillingTest]");
  }

  @Test
  void endsDifferInShape() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.small());

    List<String> shapes =
        page.all("path").stream().map(path -> path.getAttribute("d")).distinct().toList();

    assertThat(shapes).hasSize(Glyph.values().length);
    assertThat(Stream.of(Fate.values()).map(Glyph::of)).doesNotHaveDuplicates();
    assertThat(page.all("use"))
        .filteredOn(use -> use.getParentNode().getParentNode() == page.withId("b6"))
        .extracting(use -> use.getAttribute("href"))
        .contains("#" + Glyph.CORE.id());
    assertThat(page.textOf("b4")).contains("SIGKILL, by subreaper");
  }

  @Test
  void lineLeadsFromTheBarOfTheParentToTheBirth() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.small());

    // postgres is two lanes below pg_ctl, and lanes are 28 high
    assertThat(forks(page, "b3"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.getAttribute("x1")).isEqualTo(line.getAttribute("x2"));
              assertThat(line.getAttribute("y1")).isEqualTo(String.valueOf(14 + 5 - 2 * 28));
              assertThat(line.getAttribute("y2")).isEqualTo("14");
            });
    assertThat(forks(page, "b1")).isEmpty();
  }

  @Test
  void linesOfManyProcessesDoNotHideTheirBars() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.many(41));

    assertThat(page.all("line")).noneMatch(line -> line.getAttribute("class").equals("fork"));
  }

  private static List<Element> forks(ParsedPage page, String id) {
    return page.all("line").stream()
        .filter(line -> line.getAttribute("class").equals("fork"))
        .filter(line -> line.getParentNode().getParentNode() == page.withId(id))
        .toList();
  }

  @Test
  void legendShowsTheShapesThatAreDrawn() throws Exception {
    MadeRecording made = new MadeRecording();
    made.exited(0, 1, 5, 0, "true");
    ParsedPage page = ParsedPage.of(made.make());

    assertThat(page.all("ul"))
        .filteredOn(list -> list.getAttribute("class").equals("legend"))
        .singleElement()
        .extracting(legend -> legend.getElementsByTagName("li").getLength())
        .isEqualTo(3);
    assertThat(page.text())
        .contains("born: time from the kernel", "executed a program", "exited 0")
        .doesNotContain("with a core dump");
  }

  @Test
  void timeIsWrittenAsHtmlAllows() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.small());
    assertThat(page.all("time"))
        .extracting(time -> time.getAttribute("datetime"))
        .containsExactly("2026-03-14T02:17:45.123Z");
  }

  @Test
  void marksOfABarAreThoseOfItsProcess() throws Exception {
    ParsedPage page = ParsedPage.of(SamplePages.small());

    assertThat(glyphs(page, "b3"))
        .containsExactlyInAnyOrder(
            Glyph.BORN,
            Glyph.EXECUTED,
            Glyph.ORPHANED,
            Glyph.ADOPTED,
            Glyph.READY,
            Glyph.STOPPED,
            Glyph.CONTINUED,
            Glyph.SIGNALED,
            Glyph.TERMINATED);
    assertThat(glyphs(page, "b7"))
        .containsExactlyInAnyOrder(Glyph.SEEN, Glyph.EXECUTED, Glyph.UNKNOWN);
    assertThat(glyphs(page, "b8")).containsExactlyInAnyOrder(Glyph.EARLIER, Glyph.ALIVE);
  }

  private static List<Glyph> glyphs(ParsedPage page, String id) {
    var uses = page.withId(id).getElementsByTagName("use");
    return Stream.iterate(0, i -> i < uses.getLength(), i -> i + 1)
        .map(i -> ((Element) uses.item(i)).getAttribute("href"))
        .filter(link -> !link.equals("#grid"))
        .map(link -> Glyph.valueOf(link.substring(1).toUpperCase(Locale.ROOT)))
        .toList();
  }

  @Test
  void hostileTextsAreShownAsTheyAre() throws Exception {
    String page = ProcessPage.of(SamplePages.hostile());

    assertThat(ParsedPage.of(page).text())
        .contains("</script></title></style>\"><img src=x onerror=alert(1)>'--><svg onload=x>")
        .contains("::error file=a,line=1::x \\e[31mred\\e]0;title\\x07 \\x9b1m \\ud800 \\udfff")
        .contains("\\u202eevil\\u2066 \\ufeff \\x00\\x85\\u2028 \\uffff");
    assertThat(page.chars())
        .noneMatch(c -> (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0));
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(page)).isTrue();
  }

  @Test
  void megabytesOfArgumentsAreCutAndThePageSaysHowMuch() {
    String page = ProcessPage.of(SamplePages.hostile());

    assertThat(page).hasSizeLessThan(150_000).contains(" more characters");
  }

  @Test
  void pageOfManyProcessesIsSmall() {
    assertThat(ProcessPage.of(SamplePages.many(500))).hasSizeLessThan(1_200_000);
    assertThat(ProcessPage.of(SamplePages.many(20_000))).hasSizeLessThan(1_200_000);
  }

  @Test
  void pageOfManyLongAndHostileTextsIsSmallEnough() {
    MadeRecording made = new MadeRecording();
    for (int i = 0; i < 500; i++) {
      int process = made.exited(0, i, i + 50, i, "a\u001b".repeat(50_000) + i, SamplePages.HOSTILE);
      for (int j = 0; j < 100; j++) {
        made.event(i, Kind.SIGNALED, process, SamplePages.HOSTILE, 0, "SIGUSR1");
      }
      made.before(SamplePages.HOSTILE.repeat(10));
      made.output("launch " + i, "stdout", SamplePages.HOSTILE.repeat(100), false);
    }

    assertThat(ProcessPage.of(made.make())).hasSizeLessThan(5_000_000);
  }

  @Test
  void pageSaysThatLikeProcessesAreFolded() throws Exception {
    Recording recording = SamplePages.many(5_000);
    ParsedPage page = ParsedPage.of(recording);

    String notes = page.all("header").get(0).getTextContent();
    assertThat(notes)
        .contains("5,000 processes are too many for a page")
        .contains("same parent, command line and end are folded into 36 lines");
    assertThat(page.all("tbody").get(0).getElementsByTagName("details").getLength()).isEqualTo(36);
    assertThat(page.text())
        .contains("more lines of this tree are not shown", "382 ×", "and 362 more");
  }

  @Test
  void barOfAFoldShowsWhenItsProcessesLived() throws Exception {
    MadeRecording made = new MadeRecording().phase("test", 0, 1_000);
    for (int i = 0; i <= 500; i++) {
      made.exited(0, i == 500 ? 900 : 0, i == 500 ? 1_000 : 100, 0, "true");
    }

    ParsedPage page = ParsedPage.of(made.make());

    assertThat(page.all("rect"))
        .filteredOn(rect -> rect.getAttribute("class").equals("all success"))
        .extracting(rect -> rect.getAttribute("width"))
        .containsExactly("100%");
    assertThat(page.all("rect"))
        .filteredOn(rect -> rect.getAttribute("class").equals("bar success"))
        .hasSizeLessThan(100)
        .extracting(rect -> rect.getAttribute("x") + " " + rect.getAttribute("width"))
        .contains("0% 10%", "90% 10%")
        .containsOnly("0% 10%", "90% 10%");
  }

  @Test
  void outputIsShownFromItsEnd() throws Exception {
    MadeRecording made = new MadeRecording();
    made.exited(0, 0, 10, 0, "echo");
    made.output("echo", "stdout", "first\n" + "line\n".repeat(50_000) + "last\n", true);
    made.output("echo", "stderr", "", false);

    String text = ParsedPage.of(made.make()).text();

    assertThat(text).contains("last\n", "more characters before them", "Nothing was written.");
    assertThat(text).doesNotContain("first\n");
  }
}
