package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HtmlTest {

  @ParameterizedTest
  @CsvSource({
    "</script>, &lt;/script&gt;",
    "\"><img src=x onerror=alert(1)>, &quot;&gt;&lt;img src=x onerror=alert(1)&gt;",
    "::error file=a::b, ::error file=a::b",
    "it's, it&#39;s",
    "&lt;, &amp;lt;",
    "]]>, ]]&gt;",
    "<!--, &lt;!--"
  })
  void markupBecomesTextInElementsAndInAttributes(String text, String escaped) {
    assertThat(new Html().element("p", text)).hasToString("<p>" + escaped + "</p>");
    assertThat(new Html().empty("p", "title", text)).hasToString("<p title=\"" + escaped + "\"/>");
  }

  @ParameterizedTest
  @CsvSource({
    "1b, \\e",
    "0a, \\n",
    "0d, \\r",
    "09, \\t",
    "00, \\x00",
    "7f, \\x7f",
    "9b, \\x9b",
    "ad, \\xad",
    "d800, \\ud800",
    "dfff, \\udfff",
    "202e, \\u202e",
    "2066, \\u2066",
    "200b, \\u200b",
    "2028, \\u2028",
    "feff, \\ufeff",
    "ffff, \\uffff",
    "1fffe, \\u{1fffe}",
    "e0041, \\u{e0041}"
  })
  void whatCannotBeSeenIsWrittenOut(String hex, String visible) {
    String text = "a" + Character.toString(Integer.parseInt(hex, 16)) + "b";

    assertThat(new Html().element("p", text)).hasToString("<p>a<b>" + visible + "</b>b</p>");
    assertThat(new Html().empty("p", "title", text))
        .hasToString("<p title=\"a" + visible + "b\"/>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "\\e", "grüße", "日本語", "\ud83d\ude00", "e\u0301", "\ue000"})
  void whatCanBeSeenStaysAsItIs(String text) {
    assertThat(new Html().element("p", text)).hasToString("<p>" + text + "</p>");
    assertThat(Visible.line(text)).isEqualTo(text);
  }

  @Test
  void severalUnseenCharactersShareAnElement() {
    assertThat(new Html().element("p", "\u001b\u001b\u0007[m"))
        .hasToString("<p><b>\\e\\e\\x07</b>[m</p>");
  }

  @Test
  void outputKeepsLinesAndTabsButNoEscapeSequences() {
    assertThat(new Html().open("pre").lines("a\n\tb\r\n\u001b[1m").close())
        .hasToString("<pre>a\n\tb<b>\\r</b>\n<b>\\e</b>[1m</pre>");
  }

  @Test
  void longTextIsCutAndSaysHowMuchIsMissing() {
    assertThat(new Html().open("p").text("x".repeat(1 << 20), 10).close())
        .hasToString("<p>xxxxxxxxxx<em>… 1,048,566 more characters</em></p>");
    assertThat(Visible.line("x".repeat(1 << 20), 10))
        .isEqualTo("xxxxxxxxxx… (1,048,566 more characters)");
  }

  @Test
  void textThatIsHardlyTooLongIsNotCut() {
    String text = "x".repeat(110);

    assertThat(new Html().open("p").text(text, 100).close()).hasToString("<p>" + text + "</p>");
  }

  @Test
  void cutSplitsNoCharacter() {
    String text = "a" + "\ud83d\ude00".repeat(100);

    assertThat(Visible.Cut.start(text, 10).kept()).isEqualTo("a" + "\ud83d\ude00".repeat(4));
    assertThat(Visible.Cut.end(text, 11, 9).kept()).isEqualTo("\ud83d\ude00".repeat(5));
  }

  @Test
  void endOfATextStartsWithALine() {
    assertThat(Visible.Cut.end("first\nsecond\nthird and more\n", 20, 9))
        .isEqualTo(new Visible.Cut("third and more\n", 13));
  }

  @Test
  void endOfATextHasAtMostSoManyLines() {
    assertThat(Visible.Cut.end("1\n2\n3\n4\n", 100, 2)).isEqualTo(new Visible.Cut("3\n4\n", 4));
    assertThat(Visible.Cut.end("1\n2\n3\n4", 100, 2)).isEqualTo(new Visible.Cut("3\n4", 4));
    assertThat(Visible.Cut.end("1\n2\n", 100, 2)).isEqualTo(new Visible.Cut("1\n2\n", 0));
    assertThat(Visible.Cut.end("\n", 100, 2)).isEqualTo(new Visible.Cut("\n", 0));
    assertThat(Visible.Cut.end("", 100, 2)).isEqualTo(new Visible.Cut("", 0));
  }

  @Test
  void elementThatIsNotClosedIsAnError() {
    Html html = new Html().open("p");

    assertThatThrownBy(html::toString)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("p");
  }

  @Test
  void styleSheetWithMarkupIsAnError() {
    assertThatThrownBy(() -> new Html().style("a</style>"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
