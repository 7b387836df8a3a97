package io.github.subreaper.internal.engine;

import java.util.List;

/**
 * {@code *} and {@code ?}, nothing else; a backslash takes the next character literally. Matched
 * against the name of a process and against its command line joined by blanks.
 */
public final class Glob {
  private static final char ANY = '\uFFFF';
  private static final char ONE = '\uFFFE';

  private final String text;
  private final char[] pattern;

  public Glob(String text) {
    this.text = text;
    StringBuilder compiled = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        compiled.append(text.charAt(++i));
      } else {
        compiled.append(c == '*' ? ANY : c == '?' ? ONE : c);
      }
    }
    this.pattern = compiled.toString().toCharArray();
  }

  public boolean matches(ProcessRecord process) {
    return matches(process.name(), process.commandLine());
  }

  public boolean matches(String name, List<String> commandLine) {
    return matches(name) || (!commandLine.isEmpty() && matches(String.join(" ", commandLine)));
  }

  /** Linear but for the last star, which alone has to be tried again. */
  public boolean matches(String subject) {
    int position = 0;
    int next = 0;
    int star = -1;
    int starPosition = 0;
    while (position < subject.length()) {
      char wanted = next < pattern.length ? pattern[next] : 0;
      if (next < pattern.length && wanted == ANY) {
        star = next++;
        starPosition = position;
      } else if (next < pattern.length && (wanted == ONE || wanted == subject.charAt(position))) {
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
