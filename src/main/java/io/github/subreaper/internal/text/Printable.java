package io.github.subreaper.internal.text;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Makes text harmless: a process chooses its name, title and output, and these must neither command
 * a terminal nor the CI server that reads what a build prints.
 */
public final class Printable {
  /**
   * GitHub Actions obeys a line that begins with two colons, after white space, and {@code ##[}
   * anywhere in a line. Azure Pipelines and TeamCity have a word before the bracket.
   */
  private static final Pattern COMMAND =
      Pattern.compile("^[\\s\\p{Z}\\p{Cf}]*+(?=::)|##[a-zA-Z]*+(?=\\[)");

  private Printable() {}

  /**
   * Returns the text as one line, with control characters written out, and with a backslash in what
   * a CI server would obey. Globs and shapes take that backslash literally, so they stay the same.
   */
  public static String of(String text) {
    return isPlain(text) ? text : COMMAND.matcher(written(text)).replaceAll("$0\\\\");
  }

  /** Returns whether there is certainly nothing to change, as in nearly every name. */
  private static boolean isPlain(String text) {
    char before = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || (c == before && (c == ':' || c == '#'))) {
        return false;
      }
      before = c;
    }
    return true;
  }

  private static String written(String text) {
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
