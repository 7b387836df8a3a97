package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import java.util.Objects;
import java.util.regex.Pattern;

/** {@code *} and {@code ?}, nothing else; a backslash takes the next character literally. */
final class Glob {
  private final Pattern pattern;

  Glob(String text) {
    Objects.requireNonNull(text, "glob");
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        regex.append(Pattern.quote(String.valueOf(text.charAt(++i))));
      } else if (c == '*') {
        regex.append(".*");
      } else {
        regex.append(c == '?' ? "." : Pattern.quote(String.valueOf(c)));
      }
    }
    this.pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  /** Against the name as {@code ps} shows it, and against the command line joined by blanks. */
  boolean matches(Descendant process) {
    return matches(process.name())
        || (!process.commandLine().isEmpty() && matches(String.join(" ", process.commandLine())));
  }

  boolean matches(String subject) {
    return pattern.matcher(subject).matches();
  }
}
