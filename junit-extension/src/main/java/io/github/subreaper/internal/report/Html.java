package io.github.subreaper.internal.report;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Writes HTML that is well-formed XML, too. Each text and value of an attribute is escaped here and
 * nowhere else; names of elements and attributes are constants of this package.
 *
 * <pre>{@code
 * new Html().open("p", "class", "note").text(title, 200).close().toString();
 * }</pre>
 */
final class Html {
  private final StringBuilder page = new StringBuilder(1 << 16);
  private final Deque<String> open = new ArrayDeque<>();

  /** Opens an element, with the names and values of its attributes in turn. */
  Html open(String element, String... attributes) {
    start(element, attributes);
    page.append('>');
    open.push(element);
    return this;
  }

  /** Writes an element that has no content: a void one of HTML, or any of SVG. */
  Html empty(String element, String... attributes) {
    start(element, attributes);
    page.append("/>");
    return this;
  }

  private void start(String element, String... attributes) {
    page.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      page.append(' ').append(attributes[i]).append("=\"");
      String value = Visible.line(attributes[i + 1]);
      escape(value, 0, value.length());
      page.append('"');
    }
  }

  /** Closes the element that was opened last. */
  Html close() {
    page.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Writes an element with nothing but text in it. */
  Html element(String element, String text, String... attributes) {
    return open(element, attributes).text(text).close();
  }

  /** Ends the line of the source, for people who read it. */
  Html line() {
    page.append('\n');
    return this;
  }

  /** Writes a text. What cannot be seen is written out, in an element that sets it apart. */
  Html text(String text) {
    return text(text, false);
  }

  /** Writes the start of a text, and how much is missing. */
  Html text(String text, int limit) {
    return text(text, limit, false);
  }

  /** Writes the start of a text that keeps its lines and tabs, and how much is missing. */
  Html lines(String text, int limit) {
    return text(text, limit, true);
  }

  private Html text(String text, int limit, boolean lines) {
    Visible.Cut cut = Visible.Cut.start(text, limit);
    text(cut.kept(), lines);
    return cut.left() == 0 ? this : element("em", "… " + cut.leftText());
  }

  /** Writes a text that keeps its lines and tabs, for {@code pre}. */
  Html lines(String text) {
    return text(text, true);
  }

  private Html text(String text, boolean lines) {
    int i = 0;
    while (i < text.length()) {
      int from = i;
      i = end(text, i, true, lines);
      escape(text, from, i);
      if (i < text.length()) {
        page.append("<b>");
        int unseen = end(text, i, false, lines);
        text.substring(i, unseen).codePoints().forEach(c -> Visible.escape(c, page));
        page.append("</b>");
        i = unseen;
      }
    }
    return this;
  }

  /** Returns where characters end that can be seen, or those that cannot. */
  private static int end(String text, int from, boolean isSeen, boolean lines) {
    int i = from;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      if ((Visible.isPlain(c) || (lines && (c == '\n' || c == '\t'))) != isSeen) {
        return i;
      }
      i += Character.charCount(c);
    }
    return i;
  }

  private void escape(String text, int from, int to) {
    int done = from;
    for (int i = from; i < to; i++) {
      String entity = entity(text.charAt(i));
      if (entity != null) {
        page.append(text, done, i).append(entity);
        done = i + 1;
      }
    }
    page.append(text, done, to);
  }

  private static @Nullable String entity(char c) {
    return switch (c) {
      case '&' -> "&amp;";
      case '<' -> "&lt;";
      case '>' -> "&gt;";
      case '"' -> "&quot;";
      case '\'' -> "&#39;";
      default -> null;
    };
  }

  /** Writes the style sheet, which browsers read without entities. */
  Html style(String css) {
    if (css.indexOf('<') >= 0 || css.indexOf('&') >= 0) {
      throw new IllegalArgumentException("a style sheet with < or & is no XML: " + css);
    }
    page.append("<style>").append(css).append("</style>");
    return this;
  }

  /** Writes the line with which each HTML document starts. */
  Html doctype() {
    page.append("<!DOCTYPE html>\n");
    return this;
  }

  /** Writes the head of a page that is allowed nothing but its style sheet. */
  Html pageHead(String title, String sheet) {
    open("head").line();
    empty("meta", "charset", "utf-8").line();
    empty("meta", "http-equiv", "Content-Security-Policy", "content", Style.policy(sheet));
    line();
    empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    empty("meta", "name", "color-scheme", "content", "light dark").line();
    empty("meta", "name", "referrer", "content", "no-referrer").line();
    element("title", title).line();
    return style(sheet).line().close().line();
  }

  /** Returns what was written; all elements have to be closed. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return page.toString();
  }
}
