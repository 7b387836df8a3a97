package io.github.subreaper.internal.report.text;

import java.util.Locale;

/**
 * Shows the characters of a text that cannot be seen: a process chooses its title and its output,
 * and these must neither command a terminal nor look like something else than they are.
 */
public final class Visible {
  private Visible() {}

  /** Returns whether a character can be shown as it is, in HTML as well as in XML. */
  public static boolean isPlain(int c) {
    if (c < 0x7f) {
      return c >= 0x20;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> (c & 0xfffe) != 0xfffe && (c < 0xfdd0 || c > 0xfdef);
    };
  }

  /** Appends a character as a programmer writes it, such as {@code \e}. */
  static void escape(int c, StringBuilder to) {
    switch (c) {
      case '\n' -> to.append("\\n");
      case '\t' -> to.append("\\t");
      case '\r' -> to.append("\\r");
      case 0x1b -> to.append("\\e");
      default ->
          to.append(
              c < 0x100
                  ? String.format(Locale.ROOT, "\\x%02x", c)
                  : c < 0x10000
                      ? String.format(Locale.ROOT, "\\u%04x", c)
                      : String.format(Locale.ROOT, "\\u{%x}", c));
    }
  }

  /** Returns the text in one line, with what cannot be seen written out. */
  public static String line(String text) {
    int i = 0;
    while (i < text.length() && isPlain(text.charAt(i))) {
      i++;
    }
    if (i == text.length()) {
      return text;
    }
    StringBuilder result = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              if (isPlain(c)) {
                result.appendCodePoint(c);
              } else {
                escape(c, result);
              }
            });
    return result.toString();
  }

  /** Returns the text in one line that is not much longer than the limit. */
  public static String line(String text, int limit) {
    if (text.length() <= limit + limit / 8) {
      return line(text);
    }
    int end = Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit;
    return "%s… (%s)"
        .formatted(line(text.substring(0, end)), Counts.of(text.length() - end, "more character"));
  }
}
