package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code *} and {@code ?}, nothing else; a backslash takes the next character literally. */
final class Glob {
  private static final int ANY = -1;
  private static final int ONE = -2;

  private final int[] pattern;
  private final @Nullable String literal;

  Glob(String text) {
    Objects.requireNonNull(text, "glob");
    int[] points = text.codePoints().toArray();
    int length = 0;
    boolean wild = false;
    for (int i = 0; i < points.length; i++) {
      int c = points[i];
      if (c == '\\' && i + 1 < points.length) {
        c = points[++i];
      } else if (c == '*' || c == '?') {
        c = c == '*' ? ANY : ONE;
        wild = true;
      }
      points[length++] = c;
    }
    this.pattern = Arrays.copyOf(points, length);
    this.literal = wild ? null : new String(pattern, 0, length);
  }

  /** The only text that it matches; null if there are others. */
  @Nullable String literal() {
    return literal;
  }

  /** Against the name as {@code ps} shows it, and against the command line joined by blanks. */
  boolean matches(Descendant process) {
    return matches(process.name(), process.commandLine());
  }

  boolean matches(String name, List<String> commandLine) {
    return matches(name) || (!commandLine.isEmpty() && matches(String.join(" ", commandLine)));
  }

  /** Only the last star is tried again: a process that names itself can't make it slow. */
  boolean matches(String text) {
    if (literal != null) {
      return literal.equals(text);
    }
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
}
