package io.github.subreaper.internal.secrets;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The forms of secrets, read from the data beside this class, which explains them. */
final class SecretForms {
  private static final Map<String, List<String>> LINES = read();
  private static final Pattern PROGRAMS = Pattern.compile("\\(\\?:([\\w|-]+)\\)|([\\w-]{3,})");

  /** Letters only may be a word that is printed for another reason. So may a number or a path. */
  static final Pattern LIKELY_BY_CHANCE =
      Pattern.compile(
          "(?s).{0,7}|[a-z]++(?:[-_. /][a-z]++)*+|[\\d.,:+-]++|~?(?:/[\\w.@+-]++)++/?|\\.{1,2}/.*+",
          Pattern.CASE_INSENSITIVE);

  /** An option before its value, or a name, its quotes, and a separator. */
  static final Pattern NAME =
      Pattern.compile(
          "(?<![\\w./-])(?:(-[\\w.-]++)(?:\\x00|[ \\t]{1,8}+)(?!-[A-Za-z](?:[\\s\\x00]|$)|--[a-z])"
              + "|([\\w.-]++)[\\]\\\\\"']{0,3}+([ \\t]{0,8}+(?:[=:](?!//)[=>]{0,2}+|\\((?=[\"']))[ \\t]{0,8}+))");

  /** A user with a password, or one that may be a token. */
  static final Pattern URL =
      Pattern.compile(
          "://(?:([^/?#\"'<>\\\\ \\t\\r\\n\\x00:]*+):)?([^/?#\"'<>\\\\ \\t\\r\\n\\x00]*)@");

  static final Pattern HEADER =
      Pattern.compile("(?:h)?(?:(?:proxy-)?authorization|(?:set-)?cookie)");

  static final Pattern NAMES = anyName(lines("names"));
  static final Pattern HARMLESS = anyName(lines("harmless"));
  static final Pattern PLAIN = any("plain", "");
  static final Pattern ORDINARY = any("ordinary", "");
  static final Pattern TOKENS = any("tokens", "(?<![A-Za-z0-9])");

  static final List<Before> BEFORE =
      Stream.concat(
              lines("before").map(line -> Before.of(line, false)),
              lines("maybe").map(line -> Before.of(line, true)))
          .toList();

  private SecretForms() {}

  /**
   * What stands before a secret.
   *
   * @param programs one of these is a part of it; empty if that is not known
   * @param doubtful the secret must look random
   */
  record Before(Pattern pattern, List<String> programs, boolean doubtful) {
    static Before of(String line, boolean doubtful) {
      Matcher first = PROGRAMS.matcher(line);
      boolean isProgram = first.lookingAt();
      String names = isProgram ? Objects.requireNonNullElse(first.group(1), first.group(2)) : "";
      String expanded =
          line.replace("<o>", "[^\\n;|&]{0,400}?")
              .replace("<s>", "(?:[ \\t\\x00]{1,8})")
              .replace("<v>", "(?:[ \\t=\\x00]{1,8})");
      return new Before(
          Pattern.compile((isProgram ? "(?<![\\w.-])" : "") + expanded),
          isProgram ? List.of(names.split("\\|", -1)) : List.of(),
          doubtful);
    }

    boolean mayOccurIn(String text) {
      return programs.isEmpty() || programs.stream().anyMatch(text::contains);
    }
  }

  /** Makes one of globs, in which {@code *} and {@code ?} are special. */
  static Pattern anyName(Stream<String> globs) {
    return Pattern.compile(
        globs
            .map(glob -> Pattern.quote(glob).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q"))
            .collect(Collectors.joining("|")));
  }

  private static Pattern any(String section, String before) {
    return Pattern.compile(
        lines(section)
            .map(line -> "(?:" + line + ")")
            .collect(Collectors.joining("|", before + "(?:", ")")));
  }

  private static Stream<String> lines(String section) {
    return Objects.requireNonNull(LINES.get(section), section).stream();
  }

  private static Map<String, List<String>> read() {
    try (InputStream data = SecretForms.class.getResourceAsStream("secrets.txt")) {
      byte[] bytes = Objects.requireNonNull(data, "secrets.txt").readAllBytes();
      return Pattern.compile("^\\[(?=[a-z]+\\]$)", Pattern.MULTILINE)
          .splitAsStream(new String(bytes, StandardCharsets.UTF_8))
          .skip(1) // the comment
          .collect(
              Collectors.toMap(
                  section -> section.substring(0, section.indexOf(']')),
                  section -> section.lines().skip(1).filter(SecretForms::isForm).toList()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isForm(String line) {
    return !line.isBlank() && !line.startsWith("#");
  }
}
