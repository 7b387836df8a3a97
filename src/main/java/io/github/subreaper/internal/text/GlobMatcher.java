package io.github.subreaper.internal.text;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matches text against a glob: {@code *} is any text, {@code ?} any one character (code point); a
 * backslash takes the next character literally. Nothing else is special.
 */
public final class GlobMatcher {
  private static final int ANY_TEXT = -1;
  private static final int ANY_CHARACTER = -2;

  private final String text;
  private final int[] pattern;
  private final @Nullable String literal;
  private final boolean namesNoDirectory;

  public GlobMatcher(String text) {
    this.text = text;
    int[] points = text.codePoints().toArray();
    int length = 0;
    boolean wild = false;
    for (int i = 0; i < points.length; i++) {
      int c = points[i];
      if (c == '\\' && i + 1 < points.length) {
        c = points[++i];
      } else if (c == '*' || c == '?') {
        c = c == '*' ? ANY_TEXT : ANY_CHARACTER;
        wild = true;
      }
      points[length++] = c;
    }
    this.pattern = Arrays.copyOf(points, length);
    this.literal = wild ? null : new String(pattern, 0, length);
    this.namesNoDirectory =
        Arrays.stream(pattern).takeWhile(c -> c != ' ').noneMatch(c -> c == '/');
  }

  /** Returns the only text that matches; null if the glob has a wildcard. */
  public @Nullable String literal() {
    return literal;
  }

  /**
   * Matches a name, or a command line joined by spaces; an empty command line is unknown. A glob
   * whose first word has no slash may also match the command line without the directory of its
   * first word.
   */
  public boolean matches(String name, List<String> commandLine) {
    if (matches(name)) {
      return true;
    }
    if (commandLine.isEmpty()) {
      return false;
    }
    String words = String.join(" ", commandLine);
    if (matches(words)) {
      return true;
    }
    int start = namesNoDirectory ? startOfBaseName(words) : 0;
    return start > 0 && matches(words.substring(start));
  }

  /**
   * Returns where the base name of the first word begins; 0 if it has no directory. Arguments are
   * joined already, since a title that a process writes over them is one text. So a word ends at
   * the first space, even within argv[0].
   */
  private static int startOfBaseName(String commandLine) {
    int space = commandLine.indexOf(' ');
    int end = space < 0 ? commandLine.length() : space;
    int start = commandLine.lastIndexOf('/', end - 1) + 1;
    return start < end ? start : 0;
  }

  /**
   * Matches a whole text. A mismatch goes back to the last star only, so the time is bounded by the
   * length of the text times that of the glob: no process can name itself so that it takes longer.
   */
  public boolean matches(String subject) {
    if (literal != null) {
      return literal.equals(subject);
    }
    int[] points = subject.codePoints().toArray();
    int position = 0;
    int next = 0;
    int star = -1;
    int starPosition = 0;
    while (position < points.length) {
      int wanted = next < pattern.length ? pattern[next] : 0;
      if (next < pattern.length && wanted == ANY_TEXT) {
        star = next++;
        starPosition = position;
      } else if (next < pattern.length && (wanted == ANY_CHARACTER || wanted == points[position])) {
        next++;
        position++;
      } else if (star >= 0) {
        next = star + 1;
        position = ++starPosition;
      } else {
        return false;
      }
    }
    while (next < pattern.length && pattern[next] == ANY_TEXT) {
      next++;
    }
    return next == pattern.length;
  }

  /** Matches a command line, whatever the name of its process is; an empty one is unknown. */
  public boolean matchesCommand(List<String> commandLine) {
    return !commandLine.isEmpty() && matches("", commandLine);
  }

  /** Returns the glob as written. */
  @Override
  public String toString() {
    return text;
  }
}
