package io.github.subreaper.internal.engine;

import java.util.Arrays;
import java.util.List;

/**
 * {@code *} and {@code ?}, nothing else; a backslash takes the next character literally. Matched
 * against the name of a process and against its command line joined by blanks.
 */
public final class Glob {
  private static final int ANY = -1;
  private static final int ONE = -2;

  private final String text;
  private final int[] pattern;

  public Glob(String text) {
    this.text = text;
    int[] points = text.codePoints().toArray();
    int[] compiled = new int[points.length];
    int length = 0;
    for (int i = 0; i < points.length; i++) {
      int c = points[i];
      if (c == '\\' && i + 1 < points.length) {
        compiled[length++] = points[++i];
      } else {
        compiled[length++] = c == '*' ? ANY : c == '?' ? ONE : c;
      }
    }
    this.pattern = Arrays.copyOf(compiled, length);
  }

  public boolean matches(ProcessRecord process) {
    return matches(process.name(), process.commandLine());
  }

  public boolean matches(String name, List<String> commandLine) {
    return matches(name) || (!commandLine.isEmpty() && matches(String.join(" ", commandLine)));
  }

  /** Linear but for the last star, which alone has to be tried again. */
  public boolean matches(String text) {
    int[] subject = text.codePoints().toArray();
    int position = 0;
    int next = 0;
    int star = -1;
    int starPosition = 0;
    while (position < subject.length) {
      int wanted = next < pattern.length ? pattern[next] : 0;
      if (next < pattern.length && wanted == ANY) {
        star = next++;
        starPosition = position;
      } else if (next < pattern.length && (wanted == ONE || wanted == subject[position])) {
        next++;
        position++;
      } else if (star >= 0) {
        next = star + 1;
        position = ++starPosition;
      } else {
        return false;
      }
    }
    while (next < pattern.length && pattern[next] == ANY) {
      next++;
    }
    return next == pattern.length;
  }

  @Override
  public String toString() {
    return text;
  }
}
