package io.github.subreaper.internal.secrets;

import java.util.List;
import java.util.regex.Pattern;

/** A value in a text, without its quotes. */
record SecretValue(int start, int end, String text) {
  private static final List<String> QUOTES = List.of("\\\"", "\"", "'", "`");
  private static final String ENDS = " \t\r\n\0\"';&|<`";
  private static final Pattern NEXT_NAME = Pattern.compile(",[ \\t]*+[\\w.-]++[=:\"']");

  private static final Pattern RANDOM =
      Pattern.compile(
          "(?s)(?=.*\\d)(?=.*[A-Za-z]).{6,}|(?=.*[a-z])(?=.*[^A-Za-z\\d\\s.,:;()/_-])\\S{6,}");

  private static final Pattern FILE =
      Pattern.compile("(?:~|\\.{1,2})?/(?:run|etc|var|tmp|home|usr|opt|root|proc|dev)?/?[\\w./-]*");

  /** Returns the value that starts here: a word of a command, a quotation, or a plain word. */
  static SecretValue at(String text, int start) {
    if (start > 0 && text.charAt(start - 1) == '\0') {
      return upTo(text, start, "\0");
    }
    for (String quote : QUOTES) {
      if (text.startsWith(quote, start)) {
        int from = start + quote.length();
        int end = from;
        while (end < text.length() && !text.startsWith(quote, end) && text.charAt(end) != '\0') {
          end += text.charAt(end) == '\\' && quote.equals("\"") ? 2 : 1;
        }
        return of(text, from, Math.min(end, text.length()));
      }
    }
    SecretValue word = upTo(text, start, ENDS);
    int end = word.end;
    while (end > start && ",)}]".indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    int comma = text.indexOf(',', start);
    boolean isList =
        comma >= 0
            && comma < end
            && NEXT_NAME.matcher(text).region(comma, text.length()).lookingAt();
    return of(text, start, isList ? comma : end);
  }

  /** Returns the value that starts here in prose, and ends at a space. */
  static SecretValue inProse(String text, int start) {
    SecretValue quoted = at(text, start);
    SecretValue word = quoted.start == start ? upTo(text, start, " \t\r\n\0\"'`<") : quoted;
    return word.text.matches(".*[.,;:)]") ? of(text, word.start, word.end - 1) : word;
  }

  /** Returns the value that goes to one of these characters. */
  static SecretValue upTo(String text, int start, String ends) {
    int end = start;
    while (end < text.length() && ends.indexOf(text.charAt(end)) < 0) {
      end++;
    }
    return of(text, start, end);
  }

  private static SecretValue of(String text, int start, int end) {
    return new SecretValue(start, end, text.substring(start, end));
  }

  /** Returns whether it is empty, a reference to a secret, or a word for none. */
  boolean isPlain() {
    return SecretForms.PLAIN.matcher(text).matches();
  }

  /** Returns whether it is not secret behind this name and separator, of which some are prose. */
  boolean isPlainAfter(String name, String separator) {
    boolean isPassword = name.matches(".*(?:pass[wpc]|pwd|pw|-pass).*");
    boolean isProse = separator.matches(":\\s+") && name.matches("[a-z]{1,9}") && !isPassword;
    return isPlain()
        || (name.endsWith("pwd") && text.startsWith("/")) // the working directory
        || (!isPassword && FILE.matcher(text).matches())
        || (text.matches("\\d{1,5}") && (separator.equals(":") || name.endsWith("tokens")))
        || (isProse && !looksRandom());
  }

  boolean looksRandom() {
    return RANDOM.matcher(text).matches()
        && !SecretForms.ORDINARY.matcher(text).matches()
        && !isPlain();
  }
}
