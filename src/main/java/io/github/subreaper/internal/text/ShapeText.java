package io.github.subreaper.internal.text;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Writes a name or command line as a pattern of shapes does: on one line, without characters that
 * mean something to a pattern, a terminal or a text block of Java.
 */
public final class ShapeText {
  /**
   * What a CI server would obey, if the line of the shape began with it or had it anywhere, as
   * {@link Printable} explains. The first one matches before the first colon.
   */
  private static final Pattern COMMAND = Pattern.compile("^(?=::)|##[a-zA-Z]*+(?=\\[)");

  /** The pattern for an empty text. */
  private static final String EMPTY = "''";

  /** Begins a remark, such as the mark of a failure. */
  private static final char REMARK = '←';

  private ShapeText() {}

  /** Returns the pattern that this text matches, and no other. */
  public static String quote(String text) {
    if (text.isEmpty()) {
      return EMPTY;
    }
    StringBuilder quoted = new StringBuilder(text.length() + 8);
    if (text.equals(EMPTY) || text.equals("...") || text.charAt(0) == '|') {
      quoted.append('\\');
    }
    int last = text.length() - 1;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      append(quoted, c, i == 0, i == last);
      i += Character.charCount(c);
    }
    return COMMAND.matcher(quoted).replaceAll("$0\\\\");
  }

  private static void append(StringBuilder quoted, int c, boolean first, boolean last) {
    switch (c) {
      case '*', '?', '\\', REMARK -> quoted.append('\\').appendCodePoint(c);
      case ']', '}' -> quoted.append(last ? "\\" : "").appendCodePoint(c);
      case ' ' -> quoted.append(first || last ? "\\x20" : " ");
      case '\n' -> quoted.append("\\n");
      case '\t' -> quoted.append("\\t");
      default -> {
        if (isShown(c)) {
          quoted.appendCodePoint(c);
        } else {
          quoted.append(String.format(Locale.ROOT, c <= 0xff ? "\\x%02x" : "\\x{%x}", c));
        }
      }
    }
  }

  /**
   * Returns whether a character is visible, no command to a terminal, and does not reorder its
   * line.
   */
  private static boolean isShown(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
