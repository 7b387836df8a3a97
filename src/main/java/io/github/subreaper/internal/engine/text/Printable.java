package io.github.subreaper.internal.engine.text;

import java.util.Locale;

/**
 * Makes text harmless: a process chooses its name and title, and these must not command a terminal.
 */
public final class Printable {
  private Printable() {}

  /** Returns the text with control characters written out. */
  public static String of(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\n') {
                result.append("\\n");
              } else if (c == '\t') {
                result.append("\\t");
              } else if (Character.isISOControl(c)) {
                result.append(String.format(Locale.ROOT, "\\x%02x", c));
              } else {
                result.appendCodePoint(c);
              }
            });
    return result.toString();
  }
}
