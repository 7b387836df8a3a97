package io.github.subreaper.internal.report.recording;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps texts of processes short and well-formed. To bound a text again changes nothing, so that a
 * recording that is read is equal to the one that was written.
 */
public final class Bounds {
  /** Of a text for people. */
  static final int TEXT = 2_000;

  /** Of what a test failed with. */
  static final int FAILURE = 40_000;

  /** Of one word of a command line. */
  static final int WORD = 4_000;

  /** Of all words of a command line. */
  static final int COMMAND = 8_000;

  /** Of the tail of an output. */
  static final int TAIL = 64_000;

  /** Of a command line. */
  static final int WORDS = 256;

  private static final int LINES = 2_000;

  /** More than any note on what is missing needs. */
  private static final int NOTE = 64;

  private Bounds() {}

  public static String text(String text) {
    return text(text, TEXT);
  }

  static @Nullable String textOrNull(@Nullable String text) {
    return text == null ? null : text(text, TEXT);
  }

  /**
   * Cuts a text in the middle, and says how much is missing: a message often says at its end what
   * is wrong. A surrogate without its pair becomes U+FFFD, as in UTF-8 it cannot be written.
   *
   * @param most how many characters remain at most
   */
  public static String text(String text, int most) {
    int kept = most - NOTE;
    return text.length() <= most
        ? wellFormed(text)
        : middle(
            text,
            kept,
            String.format(Locale.ROOT, "… (%,d more characters) …", text.length() - kept));
  }

  /**
   * Returns both ends of a text.
   *
   * @param kept how many characters of it remain at most
   * @param between stands for the rest
   */
  public static String middle(String text, int kept, String between) {
    int end = kept / 2;
    if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return wellFormed(text.substring(0, end)) + between + tail(text, kept / 2);
  }

  /** Returns the end of a text. */
  public static String tail(String text, int most) {
    int start = Math.max(0, text.length() - most);
    if (start > 0 && Character.isLowSurrogate(text.charAt(start))) {
      start++;
    }
    return wellFormed(text.substring(start));
  }

  /** Cuts the words of a command line, and says how many are missing. */
  public static List<String> words(List<String> words) {
    List<String> cut = words.stream().limit(WORDS + 1).map(word -> text(word, WORD)).toList();
    boolean fits = cut.stream().mapToInt(String::length).sum() <= COMMAND && cut.size() <= WORDS;
    return fits ? cut : fewer(words);
  }

  private static List<String> fewer(List<String> words) {
    List<String> cut = new ArrayList<>();
    int left = COMMAND - NOTE;
    for (String word : words) {
      if (left < 2 * NOTE || cut.size() == WORDS - 1) {
        break;
      }
      cut.add(text(word, Math.min(WORD, left)));
      left -= cut.get(cut.size() - 1).length();
    }
    if (cut.size() < words.size()) {
      cut.add(String.format(Locale.ROOT, "… (%,d more words)", words.size() - cut.size()));
    }
    return cut;
  }

  /** Cuts lines, and says how many are missing. */
  public static List<String> lines(List<String> lines) {
    List<String> cut = new ArrayList<>();
    boolean all = lines.size() <= LINES;
    for (String line : lines.subList(0, all ? lines.size() : LINES - 1)) {
      cut.add(text(line));
    }
    if (!all) {
      cut.add(String.format(Locale.ROOT, "… (%,d more lines)", lines.size() - cut.size()));
    }
    return cut;
  }

  private static String wellFormed(String text) {
    int i = 0;
    while (i < text.length() && !Character.isSurrogate(text.charAt(i))) {
      i++;
    }
    return i == text.length()
        ? text
        : text.codePoints()
            .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }
}
