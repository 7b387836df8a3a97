package io.github.subreaper.internal.report.recording;

import io.github.subreaper.internal.secrets.Masker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Masks the secrets of a recording, and cuts what it has no room for. */
public final class Secrets {
  static final String MASK = "***";

  /** What is beyond is cut from a recording. */
  private static final int MOST = 2 * Bounds.COMMAND;

  private static final int MOST_WORDS = 2 * Bounds.WORDS;

  private final Masker masker;

  private Secrets(List<String> names) {
    this.masker = Masker.of(names);
  }

  /**
   * Makes one that knows the usual names, and more.
   *
   * @param names the others: globs such as {@code *licence*}
   * @return for one recording
   */
  public static Secrets with(List<String> names) {
    return new Secrets(names);
  }

  /**
   * Masks the secrets of a command line.
   *
   * @param words as the kernel has them
   * @return the same number of words; those that no recording has room for are masked
   */
  public List<String> words(List<String> words) {
    List<String> some =
        words.stream()
            .limit(MOST_WORDS)
            .map(word -> word.length() <= MOST ? word : word.substring(0, MOST))
            .toList();
    List<String> masked = new ArrayList<>(masker.words(some));
    masked.addAll(Collections.nCopies(words.size() - some.size(), MASK));
    return masked;
  }

  /**
   * Masks the secrets of a text, such as several words in one, or a line of output.
   *
   * @param text any text
   * @return the text
   */
  public String text(String text) {
    return masker.text(text.length() <= Bounds.TAIL ? text : text.substring(0, Bounds.TAIL));
  }
}
