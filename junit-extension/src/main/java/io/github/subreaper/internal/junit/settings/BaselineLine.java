package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.Descendant;
import io.github.subreaper.internal.text.GlobMatcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One known leak: a glob for a test or class, a space, a glob for the process, and after a space
 * and {@code #} a remark. A backslash takes the next character literally, also a space in the
 * first.
 */
public final class BaselineLine {
  /** A space is the only white space that may stand in a line, and GitHub Actions obeys a ##[. */
  private static final Pattern NOT_IN_A_LINE =
      Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}[\\p{Zs}&&[^ ]]]|(?<=##)\\[");

  private final String text;
  private final GlobMatcher test;
  private final GlobMatcher process;

  private BaselineLine(String text, GlobMatcher test, GlobMatcher process) {
    this.text = text;
    this.test = test;
    this.process = process;
  }

  /**
   * Reads a line.
   *
   * @return null if it is empty, or only a remark
   * @throws IllegalArgumentException if it has no glob for a process
   */
  public static @Nullable BaselineLine read(String written) {
    String text = withoutRemark(written).strip();
    if (text.isEmpty()) {
      return null;
    }
    int end = firstBlank(text);
    if (end < 0) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" has no glob for a process. To fix: write it as \"BillingTest.* postgres*\"");
    }
    String process = text.substring(end).strip();
    return new BaselineLine(
        text.substring(0, end) + " " + process,
        new GlobMatcher(text.substring(0, end)),
        new GlobMatcher(process));
  }

  private static String withoutRemark(String line) {
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\\') {
        i++;
      } else if (line.charAt(i) == '#' && (i == 0 || Character.isWhitespace(line.charAt(i - 1)))) {
        return line.substring(0, i);
      }
    }
    return line;
  }

  private static int firstBlank(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (Character.isWhitespace(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Returns the line for a leak of a test, with all its invocations, or of a class or the run.
   *
   * @param process a glob
   */
  public static String of(String scope, String process) {
    return oneLine(escaped(withoutParameters(scope)).replace(" ", "\\ ")) + " " + oneLine(process);
  }

  /**
   * Returns the glob with a {@code ?} for what neither the line of a file nor a message can have: a
   * process chooses its name.
   */
  public static String oneLine(String glob) {
    return NOT_IN_A_LINE.matcher(glob).replaceAll("?");
  }

  /** Returns the glob that matches a text only. */
  static String escaped(String text) {
    return text.replaceAll("[\\\\*?#]|^ | $", "\\\\$0");
  }

  private static String withoutParameters(String scope) {
    int parameters = scope.indexOf('(');
    return parameters < 0 ? scope : scope.substring(0, parameters);
  }

  /** Returns both globs as they were written, without the remark. */
  public String text() {
    return text;
  }

  /**
   * Returns whether all its tests are of one top-level class, so that one JVM runs them all: of
   * another line no JVM knows whether it has leaked in another one.
   */
  boolean isOfOneClass() {
    String glob = test.toString();
    int dot = glob.indexOf('.');
    return new GlobMatcher(dot < 0 ? glob : glob.substring(0, dot)).literal() != null;
  }

  public boolean matches(Descendant leaked) {
    return process.matches(leaked.name(), leaked.commandLine());
  }

  /** Returns whether the second glob matches the name of a process. */
  public boolean matches(String name) {
    return process.matches(name);
  }

  /** Returns whether the first glob matches a scope's name, its method's or that of a class. */
  public boolean isAbout(String scope) {
    if (test.matches(scope)) {
      return true;
    }
    String name = withoutParameters(scope);
    while (!name.isEmpty()) {
      if (test.matches(name)) {
        return true;
      }
      name = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }
    return false;
  }
}
