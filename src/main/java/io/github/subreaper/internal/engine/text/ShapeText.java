package io.github.subreaper.internal.engine.text;

import java.util.Locale;

/**
 * A name or command line as a pattern of shapes writes it: on one line, with nothing in it that a
 * pattern, a terminal or a text block of Java takes for something else.
 */
public final class ShapeText {
  /** What stands for a text without any character. */
  private static final String EMPTY = "''";

  /** Begins a remark, such as the marks of a failure. */
  private static final char REMARK = '←';

  private ShapeText() {}

  /** The pattern that this text matches, and no other. */
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
    return quoted.toString();
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

  /** Neither a command to a terminal nor invisible, nor able to turn the order of a line. */
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
