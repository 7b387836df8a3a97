package io.github.subreaper.internal.report;

import java.util.ArrayDeque;
import java.util.Deque;

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
      escape(Visible.line(attributes[i + 1]));
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
      while (i < text.length() && isPlain(text.codePointAt(i), lines)) {
        i += Character.charCount(text.codePointAt(i));
      }
      escape(text.substring(from, i));
      if (i == text.length()) {
        break;
      }
      page.append("<b>");
      while (i < text.length() && !isPlain(text.codePointAt(i), lines)) {
        Visible.escape(text.codePointAt(i), page);
        i += Character.charCount(text.codePointAt(i));
      }
      page.append("</b>");
    }
    return this;
  }

  private static boolean isPlain(int c, boolean lines) {
    return Visible.isPlain(c) || (lines && (c == '\n' || c == '\t'));
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> page.append("&amp;");
        case '<' -> page.append("&lt;");
        case '>' -> page.append("&gt;");
        case '"' -> page.append("&quot;");
        case '\'' -> page.append("&#39;");
        default -> page.append(c);
      }
    }
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

  /** Returns what was written; all elements have to be closed. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return page.toString();
  }
}
