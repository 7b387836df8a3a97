package io.github.subreaper.internal.report;

import static java.util.regex.Pattern.DOTALL;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Masks what command lines and texts tell of passwords, tokens and keys: values whose name matches
 * a pattern ({@code --password=x}, {@code --password x}, {@code TOKEN=x}, {@code Authorization:
 * x}), passwords in URLs, what some programs take by a short option, and tokens that are known by
 * their form. It remembers what it has masked in command lines, and masks that in later texts. A
 * name that is not listed is not found: this is a safety net, no vault.
 *
 * <p>For one recording and one thread.
 */
public final class Secrets {
  static final String MASK = "***";

  /** Headers: their value goes to the end of the line. */
  private static final Set<String> HEADERS =
      Set.of("authorization", "proxy-authorization", "cookie", "set-cookie");

  /** Tokens that are known by their form. No part of it is tried in more than one way. */
  private static final Pattern TOKENS =
      Pattern.compile(
          "(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{20,}+|github_pat_\\w{20,}+|glpat-[\\w-]{16,}+"
              + "|xox[a-z]-[\\w-]{10,}+|AKIA[0-9A-Z]{16}|sk_(?:live|test)_\\w{16,}+"
              + "|sk-[\\w-]{20,}+|AIza[\\w-]{35}|npm_[A-Za-z0-9]{30,}+|pypi-[\\w-]{30,}+"
              + "|hf_[A-Za-z0-9]{30,}+|eyJ[\\w-]{8,}+\\.[\\w-]{8,}+(?:\\.[\\w-]++)?)");

  private static final Pattern BEARER =
      Pattern.compile("(?i)(?<![\\w-])(bearer\\s{1,8})[\\w.~+/=-]{8,}+");

  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----");

  /** A word that is an option rather than the value of the one before it. */
  private static final Pattern OPTION = Pattern.compile("-[A-Za-z]|--[a-z][a-z0-9-]*+(?:=.*)?");

  private static final Pattern SCRIPT_OPTION = Pattern.compile("-[a-z]{0,8}c");

  /**
   * What is short or a plain word, such as {@code postgres}, is masked where its name stands, but
   * not wherever the same letters occur.
   */
  private static final Pattern UNLIKELY_BY_CHANCE = Pattern.compile("(?=.*[^a-z]).{8,}+", DOTALL);

  /** What is beyond is cut from a recording. */
  private static final int MOST = 2 * Bounds.COMMAND;

  private static final int MOST_REMEMBERED = 200;

  /** Texts that are replaced wherever they occur: secrets, and command lines that have some. */
  private final Map<String, String> remembered =
      new TreeMap<>(
          Comparator.comparing(String::length).reversed().thenComparing(Function.identity()));

  private final SecretNames names;

  private Secrets(List<String> additional) {
    this.names = new SecretNames(additional);
  }

  /**
   * Makes one that knows the usual names.
   *
   * @return for one recording
   */
  public static Secrets standard() {
    return new Secrets(List.of());
  }

  /**
   * Makes one that knows more names than the usual ones.
   *
   * @param names globs such as {@code *licence*}; case does not matter, and {@code -}, {@code _}
   *     and {@code .} are the same
   * @return for one recording
   */
  public static Secrets with(List<String> names) {
    return new Secrets(names);
  }

  // words

  /**
   * Masks the secrets of a command line.
   *
   * @param words as the kernel has them
   * @return the same number of words
   */
  public List<String> words(List<String> words) {
    List<String> masked = new ArrayList<>(words.size());
    boolean isValue = false;
    for (int i = 0; i < words.size(); i++) {
      String word = cut(words.get(i));
      if (isValue && !OPTION.matcher(word).matches()) {
        masked.add(hidden(word));
        isValue = false;
      } else {
        masked.add(word(word, i, words));
        isValue = isSecretOption(word);
      }
    }
    if (!masked.equals(words)) {
      remember(String.join(" ", words), String.join(" ", masked));
    }
    return masked;
  }

  private static String cut(String word) {
    return word.length() <= MOST ? word : word.substring(0, MOST);
  }

  private boolean isSecretOption(String word) {
    return word.startsWith("-") && word.indexOf('=') < 0 && names.isSecret(word);
  }

  private String word(String word, int index, List<String> words) {
    if (isScript(index, words)) {
      return text(word);
    }
    int name = nameEnd(word, 0);
    if (name > 0 && name < word.length() && names.isSecret(word.substring(0, name))) {
      char after = word.charAt(name);
      if (after == '=' || (after == ':' && !word.startsWith("://", name))) {
        int value = blanksEnd(word, name + 1);
        return isDirectory(word.substring(0, name), word, value)
            ? word
            : word.substring(0, value) + hidden(word.substring(value));
      }
    }
    int start = SecretOptions.valueStart(word, words.subList(0, index));
    return start < 0 ? text(word) : word.substring(0, start) + hidden(word.substring(start));
  }

  /** Returns whether a word is one for the kernel and several for a shell. */
  private static boolean isScript(int index, List<String> words) {
    return index > 1
        && SCRIPT_OPTION.matcher(words.get(index - 1)).matches()
        && SecretOptions.runs("*sh", words.subList(0, index - 1));
  }

  // texts

  /**
   * Masks the secrets of a text, such as several words in one, or a line of output.
   *
   * @param text any text
   * @return the text
   */
  public String text(String text) {
    String masked = text.length() <= Bounds.TAIL ? text : text.substring(0, Bounds.TAIL);
    for (Map.Entry<String, String> one : remembered.entrySet()) {
      masked = masked.replace(one.getKey(), one.getValue());
    }
    masked = named(masked);
    masked = urls(masked);
    masked = BEARER.matcher(masked).replaceAll("$1" + MASK);
    masked = TOKENS.matcher(masked).replaceAll(MASK);
    var key = PRIVATE_KEY.matcher(masked);
    return key.find() ? masked.substring(0, key.end()) + MASK : masked;
  }

  /** Masks values that follow a name: {@code x=}, {@code x: }, {@code "x": } and {@code --x }. */
  private String named(String text) {
    StringBuilder result = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      int end = nameEnd(text, i);
      if (end == i) {
        result.append(text.charAt(i++));
        continue;
      }
      String name = text.substring(i, end).toLowerCase(Locale.ROOT);
      int value = value(text, i, end);
      result.append(text, i, value < 0 ? end : value);
      i = value < 0 ? end : value;
      if (value >= 0) {
        i = valueEnd(text, value, HEADERS.contains(name));
        result.append(i > value ? MASK : "");
      }
    }
    return result.toString();
  }

  /** Returns where the value of a secret starts; negative if that name has none. */
  private int value(String text, int start, int end) {
    int next = end;
    while (next < text.length() && next < end + 3 && "]\\\"'".indexOf(text.charAt(next)) >= 0) {
      next++;
    }
    int separator = blanksEnd(text, next);
    boolean isSeparated =
        separator < text.length()
            && "=:".indexOf(text.charAt(separator)) >= 0
            && !text.startsWith("://", separator);
    boolean isOption = !isSeparated && text.charAt(start) == '-' && next == end && separator > end;
    if (!(isSeparated || isOption) || !names.isSecret(text.substring(start, end))) {
      return -1;
    }
    if (isSeparated) {
      int value = blanksEnd(text, separator + 1);
      return isDirectory(text.substring(start, end), text, value) ? -1 : value;
    }
    int wordEnd = valueEnd(text, separator, false);
    boolean isOther = OPTION.matcher(text.substring(separator, wordEnd)).matches();
    return isOther ? -1 : separator;
  }

  /** PWD is a directory in some places, and a password in others. */
  private static boolean isDirectory(String name, String text, int value) {
    return text.startsWith("/", value) && SecretNames.normalized(name).endsWith("pwd");
  }

  /** Returns the end of a word, or of a quotation with its quotes. */
  private static int valueEnd(String text, int start, boolean toEndOfLine) {
    int i = start;
    String quote = "";
    for (String one : List.of("\\\"", "\"", "'")) {
      if (quote.isEmpty() && text.startsWith(one, start)) {
        quote = one;
      }
    }
    if (!quote.isEmpty()) {
      i += quote.length();
      while (i < text.length() && !text.startsWith(quote, i)) {
        i += text.charAt(i) == '\\' && quote.equals("\"") ? 2 : 1;
      }
      return Math.min(text.length(), i + quote.length());
    }
    String ends = toEndOfLine ? "\r\n\"'" : " \t\r\n\"';&|,";
    while (i < text.length() && ends.indexOf(text.charAt(i)) < 0) {
      i++;
    }
    return i;
  }

  /** Masks the password of each URL, and a token that is there in place of a user. */
  private static String urls(String text) {
    StringBuilder result = new StringBuilder(text.length());
    int done = 0;
    for (int at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
      int start = at + 3;
      int end = start;
      while (end < text.length() && "/?#\"'<>\\ \t\r\n".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      int userEnd = text.lastIndexOf('@', end - 1);
      int colon = text.indexOf(':', start);
      if (userEnd >= start && start >= done) {
        boolean hasPassword = colon >= 0 && colon < userEnd;
        if (hasPassword || userEnd - start >= 16) {
          result.append(text, done, hasPassword ? colon + 1 : start).append(MASK);
          done = userEnd;
        }
      }
    }
    return result.append(text, done, text.length()).toString();
  }

  // characters

  private static boolean isOfName(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-'
        || c == '.';
  }

  private static int nameEnd(String text, int start) {
    int end = start;
    while (end < text.length() && isOfName(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static int blanksEnd(String text, int start) {
    int end = start;
    while (end < text.length() && (text.charAt(end) == ' ' || text.charAt(end) == '\t')) {
      end++;
    }
    return end;
  }

  // memory

  private String hidden(String value) {
    rememberValue(value);
    rememberValue(value.substring(value.lastIndexOf(' ') + 1)); // without "Bearer"
    return value.isEmpty() ? "" : MASK;
  }

  private void rememberValue(String value) {
    if (UNLIKELY_BY_CHANCE.matcher(value).matches()) {
      remember(value, MASK);
    }
  }

  private void remember(String value, String replacement) {
    if (remembered.size() < MOST_REMEMBERED) {
      remembered.put(value, replacement);
      remembered.put(escaped(value), replacement);
    }
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
