package io.github.subreaper.internal.report.pages;

import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Bounds;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.report.text.Visible;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Makes pages: one viewer for all, with JSON lines in it that are not read here. A page begins with
 * its verdict, which needs no script. It loads nothing, and its policy allows its own script and
 * style only.
 */
public final class Viewer {
  /** By this the library knows its own index. */
  public static final String INDEX_TITLE = "subreaper: reports of tests";

  private static final List<String> SCRIPTS =
      List.of("d3", "model", "dom", "rows", "timeline", "trace", "report", "index", "start");

  private static final Map<String, String> RESULTS =
      Map.of("passed", "✓ Passed", "failed", "✗ Failed", "aborted", "– Aborted");

  /** Of what the test failed with: the viewer has the rest. */
  private static final int LONGEST = 8_000;

  private static final String SCRIPT = script();
  private static final String STYLE = resource("viewer.css");
  private static final String POLICY =
      "default-src 'none'; script-src '%s'; style-src '%s'; base-uri 'none'; form-action 'none'"
          .formatted(hash(SCRIPT), hash(STYLE));

  private Viewer() {}

  private static String script() {
    StringBuilder script = new StringBuilder();
    SCRIPTS.forEach(name -> script.append(resource(name + ".js")).append('\n'));
    return script.toString();
  }

  private static String resource(String name) {
    try (InputStream in = Viewer.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the JAR file has no " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + name, e);
    }
  }

  private static String hash(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JDK has SHA-256", e);
    }
  }

  /**
   * Makes the page of a report.
   *
   * @param lines of the report, which are not read but for the first one
   * @return HTML, to be written in UTF-8
   */
  public static String page(String lines) {
    int end = lines.indexOf('\n');
    FirstLine first = new FirstLine(end < 0 ? lines : lines.substring(0, end));
    String title = first.get("scope").isEmpty() ? first.get("display_name") : first.get("scope");
    StringBuilder counts = new StringBuilder();
    count(Counts.processes(first.number("processes")), "", counts);
    mark(first.number("adopted"), "adopted", "", counts);
    mark(first.number("leaked"), "leaked", "bad", counts);
    mark(first.number("survivors"), "survived SIGKILL", "bad", counts);
    mark(first.number("foreign"), "foreign", "bad", counts);
    int second = lines.indexOf('\n', end + 1);
    boolean isFailed = lines.startsWith("{\"record\":\"failure\",", end + 1) && second > 0;
    String verdict = isFailed ? new FirstLine(lines.substring(end + 1, second)).get("text") : "";
    String rest =
        (verdict.isEmpty()
                ? ""
                : "<pre class=\"failure\">"
                    + escapedLines(Bounds.text(verdict, LONGEST))
                    + "</pre>\n")
            + "<p><a href=\"index.html\">All reports</a></p>\n";
    return page(
        "report",
        title + ": processes",
        header(title.isEmpty() ? "A broken report" : title, first.get("result"), counts, rest),
        lines);
  }

  /**
   * Makes the index.
   *
   * @param failed how many tests
   * @param list the links to failed tests, for readers without a script
   */
  public static String index(long failed, int reports, int runs, String list, String lines) {
    StringBuilder counts = new StringBuilder();
    count(Counts.of(reports, "report"), "", counts);
    count(Counts.of(runs, "run"), "", counts);
    count(Counts.of(failed, "failure"), failed == 0 ? "" : "bad", counts);
    String rest = list.isEmpty() ? "" : "<noscript><ul>\n" + list + "</ul></noscript>\n";
    String result = failed == 0 ? "passed" : "failed";
    String title = "Reports of tests and their processes";
    return page("index", INDEX_TITLE, header(title, result, counts, rest), lines);
  }

  private static void count(String words, String style, StringBuilder to) {
    to.append("<span class=\"%s\">%s</span>\n".formatted(style, words));
  }

  private static void mark(long count, String word, String style, StringBuilder to) {
    if (count > 0) {
      count(Counts.of(count) + " " + word, style, to);
    }
  }

  private static String header(String title, String result, CharSequence counts, String rest) {
    String word = RESULTS.get(result);
    return """
        <header class="%s">
        <h1>%s</h1>
        <p class="result"><strong>%s</strong>
        %s</p>
        %s</header>
        """
        .formatted(
            word == null ? "unknown" : result,
            escaped(title),
            word == null ? "? Result unknown" : word,
            counts,
            rest);
  }

  private static String page(String kind, String title, String verdict, String lines) {
    StringBuilder page = new StringBuilder(SCRIPT.length() + lines.length() * 5 / 4);
    page.append("<!DOCTYPE html>\n<html lang=\"en\" data-kind=\"").append(kind);
    page.append("\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.append("<title>").append(escaped(title)).append("</title>\n");
    page.append("<meta http-equiv=\"Content-Security-Policy\" content=\"").append(POLICY);
    page.append("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.append("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.append("<meta name=\"referrer\" content=\"no-referrer\">\n<style>");
    page.append(STYLE).append("</style>\n</head>\n<body>\n").append(verdict);
    page.append(
        "<main>\n<noscript><p>Timeline, search and details need the script.</p></noscript>");
    page.append("</main>\n<footer><p>Made by subreaper ")
        .append(escaped(About.thisJvm().version()));
    page.append(" from the JSON lines in this page.</p></footer>\n");
    page.append("<script type=\"application/x-ndjson\" id=\"lines\">\n");
    embed(lines, page);
    page.append("</script>\n<script>").append(SCRIPT).append("</script>\n</body>\n</html>\n");
    return page.toString();
  }

  /** No line can end the element that it is in, nor a line of a script. */
  private static void embed(String lines, StringBuilder to) {
    int done = 0;
    for (int i = 0; i < lines.length(); i++) {
      String code =
          switch (lines.charAt(i)) {
            case '<' -> "\\u003c";
            case '\u2028' -> "\\u2028";
            case '\u2029' -> "\\u2029";
            default -> "";
          };
      if (!code.isEmpty()) {
        to.append(lines, done, i).append(code);
        done = i + 1;
      }
    }
    to.append(lines, done, lines.length());
  }

  private static String escapedLines(String text) {
    return String.join("\n", text.lines().map(Viewer::escaped).toList());
  }

  public static String escaped(String text) {
    return Visible.line(text, 2_000)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
