package io.github.subreaper.internal.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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

  /** What is beyond is cut from a recording. */
  static final int MOST = 2 * Bounds.COMMAND;

  private static final int MOST_WORDS = 2 * Bounds.WORDS;

  private static final int MOST_DONE = 256;

  private final SecretNames names;
  private final KnownSecrets known = new KnownSecrets();

  /** Texts and command lines that were masked since the last secret was found: many are equal. */
  private final Map<String, String> texts = latest();

  private final Map<List<String>, List<String>> commands = latest();

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
   * @return the same number of words; those that no recording has room for are masked
   */
  public List<String> words(List<String> words) {
    List<String> done = commands.get(words);
    if (done != null) {
      return done;
    }
    List<String> some = words.size() <= MOST_WORDS ? words : words.subList(0, MOST_WORDS);
    List<String> masked = masked(some);
    forgetIf(known.addCommand(some, masked));
    if (words.size() > some.size()) {
      masked.addAll(Collections.nCopies(words.size() - some.size(), MASK));
      return masked;
    }
    List<String> result = List.copyOf(masked);
    commands.put(List.copyOf(words), result);
    return result;
  }

  private List<String> masked(List<String> words) {
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
    if (text.length() > Bounds.WORD) {
      return masked(text);
    }
    String done = texts.get(text);
    if (done == null) {
      done = masked(text);
      texts.put(text, done);
    }
    return done;
  }

  private String masked(String text) {
    String masked = text.length() <= Bounds.TAIL ? text : text.substring(0, Bounds.TAIL);
    masked = options(named(known.replacedIn(masked)));
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

  /** Masks what programs take by an option whose name does not tell that. */
  private String options(String text) {
    StringBuilder result = new StringBuilder(text.length());
    int done = 0;
    for (ScriptOptions.Value value : ScriptOptions.secrets(text)) {
      String secret = text.substring(value.start(), value.end());
      result
          .append(text, done, value.start())
          .append(secret.contains(MASK) ? secret : hidden(secret));
      done = value.end();
    }
    return result.append(text, done, text.length()).toString();
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

  // what is done

  private String hidden(String value) {
    boolean another = known.add(value);
    another |= known.add(value.substring(value.lastIndexOf(' ') + 1)); // without "Bearer"
    forgetIf(another);
    return value.isEmpty() ? "" : MASK;
  }

  /** Another secret is known: what was done before may have it. */
  private void forgetIf(boolean another) {
    if (another) {
      texts.clear();
      commands.clear();
    }
  }

  private static <K, V> Map<K, V> latest() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MOST_DONE;
      }
    };
  }
}
