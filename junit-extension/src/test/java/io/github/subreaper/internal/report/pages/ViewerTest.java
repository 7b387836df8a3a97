package io.github.subreaper.internal.report.pages;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.RecordingSamples;
import io.github.subreaper.internal.report.SampleRecordings;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.text.Visible;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a page is before a browser reads it; {@link BrowserTest} has the rest. */
class ViewerTest {

  static Stream<Recording> recordings() {
    return Stream.concat(
        SampleRecordings.all().values().stream(),
        RecordingSamples.HOSTILE.stream().map(RecordingSamples::hostile));
  }

  private static String between(String page, String start, String end) {
    int from = page.indexOf(start) + start.length();
    return page.substring(from, page.indexOf(end, from));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void linesAreInThePageAsTheyAre(Recording recording) {
    String lines = RecordingWriter.write(recording);

    String page = Viewer.page(lines);

    assertThat(between(page, "id=\"lines\">\n", "</script>")).isEqualTo(lines);
    assertThat(page.split("</script>", -1)).hasSize(3);
    assertThat(page.length() - lines.length()).isLessThan(250 << 10);
  }

  @Test
  void lineThatIsNoJsonEndsNothing() {
    String page = Viewer.page("</script><script>alert(1)</script>\u2028x\n");

    assertThat(between(page, "id=\"lines\">\n", "\n</script>"))
        .isEqualTo("\\u003c/script>\\u003cscript>alert(1)\\u003c/script>\\u2028x");
    assertThat(page).contains("<h1>A broken report</h1>", "? Result unknown");
  }

  @Test
  void policyAllowsOneScriptAndOneStyleByTheirHashes() throws Exception {
    String page = Viewer.page(RecordingWriter.write(SampleRecordings.small()));

    assertThat(page)
        .contains(
            "content=\"default-src 'none'; script-src '"
                + hash(between(page, "\n<script>", "</script>"))
                + "'; style-src '"
                + hash(between(page, "<style>", "</style>"))
                + "'; base-uri 'none'; form-action 'none'\"");
    assertThat(page.split("<script", -1)).hasSize(3);
    Matcher outside = Pattern.compile("(src|href)=\"(?!index.html\")").matcher(page);
    assertThat(outside.find()).isFalse();
  }

  private static String hash(String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
    return "sha256-" + Base64.getEncoder().encodeToString(hash);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void verdictIsPlainHtmlBeforeAnyScript(Recording recording) {
    String page = Viewer.page(RecordingWriter.write(recording));

    String head = between(page, "<body>\n", "<main>");
    assertThat(head).contains("<h1>", "<p class=\"result\"><strong>", "index.html");
    assertThat(
            head.replaceAll("</?(?:header|h1|p|strong|span|pre|a)(?: [a-z]+=\"[a-z. ]*\")?>", ""))
        .doesNotContainPattern("[<>\"']");
    assertThat(head.codePoints().filter(c -> c != '\n')).allMatch(Visible::isPlain);
  }

  @Test
  void licenceOfWhatPagesDrawWithIsInTheJar() {
    assertThat(Viewer.class.getResource("/META-INF/LICENSE-d3")).isNotNull();
  }
}
