package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.internal.text.GlobMatcher;
import java.util.List;
import java.util.function.Predicate;

/**
 * Says what would have matched where a glob was taken for a regex, or the other way round. It has
 * tried what it says. Empty if there is nothing to say.
 */
public final class Hint {
  private Hint() {}

  /**
   * Returns the hint for a glob that matches nothing.
   *
   * @param matches whether another glob would have matched
   */
  public static String forGlob(String glob, Predicate<String> matches) {
    String part = glob.replaceFirst("^\\^", "").replaceFirst("\\$$", "").replace(".*", "*");
    if (part.isBlank()) {
      return "";
    }
    for (String candidate : List.of(part, part + "*", "*" + part, "*" + part + "*")) {
      if (!candidate.equals(glob) && matches.test(candidate)) {
        return "\n(`"
            + candidate
            + "` matches: a glob is compared with all of a name or command line, and `*` stands for"
            + " any text)";
      }
    }
    return "";
  }

  /** Returns the hint for an octal number of which one was written without its 0. */
  public static String forOctal(int expected, int found) {
    boolean isExpected = Integer.toOctalString(found).equals("" + expected);
    return isExpected || Integer.toOctalString(expected).equals("" + found)
        ? "\n(in Java only a number that begins with 0 is octal: write 0%s%s)"
            .formatted(isExpected ? expected : found, isExpected ? "" : ", where it is set")
        : "";
  }

  /**
   * Returns the hint for a regex that is found in none of these lines.
   *
   * @param forText the assertion that takes a text as it is
   */
  public static String forRegex(String regex, List<String> lines, String forText) {
    if (lines.stream().anyMatch(line -> line.contains(regex))) {
      return "\n(a line contains this very text, in which some characters mean something else in a"
          + " regex: escape them, or use "
          + forText
          + ")";
    }
    GlobMatcher glob = new GlobMatcher(regex);
    return glob.literal() == null && lines.stream().anyMatch(glob::matches)
        ? "\n(as a glob it matches a line, but this is a regex: `.*` stands for any text, `.` for"
            + " any one character)"
        : "";
  }
}
