package io.github.subreaper.internal.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds the {@linkplain SecretOptions options that are secrets} in a text that has commands, as a
 * shell reads them. Each simple command is looked at by itself.
 */
final class ScriptOptions {
  private static final String BLANKS = " \t";
  private static final String ENDS = ";&|()\r\n`";

  /** So many words of a command are looked at for its program. */
  private static final int MOST_WORDS = 30;

  private static final int DEEPEST = 3;

  private final String text;
  private final List<Value> found = new ArrayList<>();

  private ScriptOptions(String text) {
    this.text = text;
  }

  /** Where a secret begins, and where it ends. */
  record Value(int start, int end) {}

  /** Returns the secrets of a text, in order. */
  static List<Value> secrets(String text) {
    if (!text.contains(" -")) {
      return List.of();
    }
    ScriptOptions options = new ScriptOptions(text);
    options.find(0, text.length(), 0);
    return options.found;
  }

  private void find(int start, int end, int depth) {
    List<String> before = new ArrayList<>();
    int at = start;
    while (at < end) {
      char c = text.charAt(at);
      if (ENDS.indexOf(c) >= 0) {
        before.clear();
      }
      if (ENDS.indexOf(c) >= 0 || BLANKS.indexOf(c) >= 0) {
        at++;
        continue;
      }
      int wordEnd = wordEnd(at, end);
      word(at, wordEnd, before, depth);
      before.add(unquoted(text.substring(at, wordEnd)));
      if (before.size() > MOST_WORDS) {
        before.remove(0);
      }
      at = wordEnd;
    }
  }

  private void word(int start, int end, List<String> before, int depth) {
    String word = text.substring(start, end);
    int secret = SecretOptions.valueStart(word, before);
    if (secret >= 0) {
      int from = start + secret;
      int quote = from < end && isQuote(text.charAt(from)) ? 1 : 0;
      int to = end - from > 2 * quote && quote > 0 && isQuote(text.charAt(end - 1)) ? end - 1 : end;
      if (to > from + quote) {
        found.add(new Value(from + quote, to));
      }
    } else if (isQuote(word.charAt(0)) && depth < DEEPEST) {
      find(start + 1, unquotedEnd(word, end), depth + 1); // a script in a script
    }
  }

  private int wordEnd(int start, int end) {
    int at = start;
    while (at < end && (BLANKS + ENDS).indexOf(text.charAt(at)) < 0) {
      char c = text.charAt(at);
      if (c == '\\') {
        at += 2;
      } else if (isQuote(c)) {
        int close = text.indexOf(c, at + 1);
        at = close < 0 || close >= end ? at + 1 : close + 1; // an apostrophe ends no word
      } else {
        at++;
      }
    }
    return Math.min(at, end);
  }

  private static String unquoted(String word) {
    return isQuote(word.charAt(0)) ? word.substring(1, unquotedEnd(word, word.length())) : word;
  }

  private static int unquotedEnd(String word, int end) {
    return word.length() > 1 && isQuote(word.charAt(word.length() - 1)) ? end - 1 : end;
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }
}
