package io.github.subreaper.internal.report;

import static java.util.regex.Pattern.DOTALL;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The secrets of command lines, which are masked in all later texts. */
final class KnownSecrets {
  /**
   * What is short or a plain word, such as {@code postgres}, is masked where its name stands, but
   * not wherever the same letters occur.
   */
  private static final Pattern UNLIKELY_BY_CHANCE = Pattern.compile("(?=.*[^a-z]).{8,}+", DOTALL);

  private static final int MOST = 200;

  /** Texts that are replaced wherever they occur: secrets, and command lines that have some. */
  private final Map<String, String> replaced =
      new TreeMap<>(
          Comparator.comparing(String::length).reversed().thenComparing(Function.identity()));

  /**
   * Adds a secret, unless it is too likely to occur by chance.
   *
   * @return whether it was not known
   */
  boolean add(String value) {
    return UNLIKELY_BY_CHANCE.matcher(value).matches() && put(value, Secrets.MASK);
  }

  /**
   * Adds a command line with secrets, as far as a recording has room for it.
   *
   * @param masked the same words without secrets
   * @return whether it was not known, and has secrets
   */
  boolean addCommand(List<String> words, List<String> masked) {
    int count = 0;
    int length = 0;
    while (count < words.size() && length + words.get(count).length() < Secrets.MOST) {
      length += words.get(count++).length() + 1;
    }
    List<String> some = words.subList(0, count);
    List<String> without = masked.subList(0, count);
    return !without.equals(some) && put(String.join(" ", some), String.join(" ", without));
  }

  private boolean put(String value, String replacement) {
    if (replaced.size() >= MOST || replaced.containsKey(value)) {
      return false;
    }
    replaced.put(value, replacement);
    replaced.put(escaped(value), replacement);
    return true;
  }

  /** Returns a text without them. */
  String replacedIn(String text) {
    String result = text;
    for (Map.Entry<String, String> one : replaced.entrySet()) {
      result = result.replace(one.getKey(), one.getValue());
    }
    return result;
  }

  /** Writes control characters out, as trees show them. */
  private static String escaped(String text) {
    StringBuilder result = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        result.append("\\n");
      } else if (c == '\t') {
        result.append("\\t");
      } else if (Character.isISOControl(c)) {
        result.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      } else {
        result.append(c);
      }
    }
    return result.toString();
  }
}
