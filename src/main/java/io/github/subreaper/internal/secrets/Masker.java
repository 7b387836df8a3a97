package io.github.subreaper.internal.secrets;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces secrets by {@code ***} in what is printed or written: the values of secret-looking
 * variables wherever they occur, the password of a URL, values of options and assignments with a
 * secret-looking name, what some programs take by a short option, and tokens that are known by
 * their form. A secret without any of these is shown.
 *
 * <pre>{@code
 * Masker masker = Masker.of(List.of("*licence*"));
 * masker.text("PGPASSWORD=hunter2 psql -c 'select 1'"); // PGPASSWORD=*** psql -c 'select 1'
 * }</pre>
 *
 * <p>May be used by several threads.
 */
public final class Masker {
  private static final String MASK = "***";
  private static final int MOST_LEARNED = 500;
  private static final int MOST_UNREAD = 100;
  private static final int MOST_DONE = 256;
  private static final int LONGEST_DONE = 4_000;
  private static final int LONGEST_NAME = 200;

  /** The values of variables. */
  private static final Set<String> LEARNED = longestFirst();

  /** Variables, read when something is masked: most launches need none of this. */
  private static final Queue<Map<String, String>> UNREAD =
      new ConcurrentLinkedQueue<>(List.of(System.getenv()));

  private static final Masker OF_JVM = new Masker(List.of());

  private final List<Pattern> names = new CopyOnWriteArrayList<>();

  /** What this one has masked. */
  private final Set<String> masked = longestFirst();

  private int learnedBefore;

  private final Map<String, String> done = new HashMap<>();

  private Masker(Collection<String> names) {
    addNames(names);
  }

  /**
   * Makes one that knows the usual names of secrets.
   *
   * @param names globs for more of them, such as {@code *licence*}; case does not matter, and
   *     {@code -}, {@code _} and {@code .} are the same
   * @return one that masks what {@link #learn} has learned, too
   */
  public static Masker of(Collection<String> names) {
    return new Masker(names);
  }

  /**
   * Returns the one that masks the messages of this library.
   *
   * @return the same for the whole JVM
   */
  public static Masker ofJvm() {
    return OF_JVM;
  }

  /**
   * Adds names of secrets.
   *
   * @param globs as for {@link #of}
   */
  public void addNames(Collection<String> globs) {
    if (!globs.isEmpty()) {
      names.add(SecretForms.anyName(globs.stream().map(Masker::normalized)));
    }
  }

  /**
   * Learns the values of secret-looking variables: from now on, each masker of this JVM masks them
   * wherever they occur, unless they are short, or numbers, paths or plain words. The environment
   * of this JVM, and what launches set, are learned without this call.
   *
   * @param environment names and values
   */
  public static void learn(Map<String, String> environment) {
    UNREAD.add(environment);
    if (UNREAD.size() > MOST_UNREAD) {
      readVariables();
    }
  }

  private static void readVariables() {
    Masker values = new Masker(List.of());
    for (Map<String, String> some = UNREAD.poll(); some != null; some = UNREAD.poll()) {
      some.forEach(
          (name, value) -> {
            if (isUsual(normalized(name))) {
              value.lines().map(String::strip).forEach(values::add);
            } else if (value.contains("://")) {
              String unused = values.urls(value);
            }
          });
    }
    LEARNED.addAll(values.masked);
  }

  /** One may be a part of another. */
  private static Set<String> longestFirst() {
    return new ConcurrentSkipListSet<>(
        Comparator.comparing(String::length).reversed().thenComparing(Function.identity()));
  }

  private void add(String value) {
    if (LEARNED.size() + masked.size() < MOST_LEARNED
        && !SecretForms.LIKELY_BY_CHANCE.matcher(value).matches()) {
      masked.add(value);
    }
  }

  /**
   * Masks the secrets of a text.
   *
   * @param text one line or several
   * @return the text with {@code ***} for each secret
   */
  public synchronized String text(String text) {
    if (!UNREAD.isEmpty()) {
      readVariables();
    }
    int count = LEARNED.size() + masked.size();
    if (learnedBefore != count || done.size() >= MOST_DONE) {
      learnedBefore = count;
      done.clear();
    }
    return text.length() > LONGEST_DONE ? without(text) : done.computeIfAbsent(text, this::without);
  }

  /**
   * Masks the secrets of a command line.
   *
   * @param words as the kernel has them
   * @return as many words
   */
  public List<String> words(List<String> words) {
    return words.isEmpty() ? List.of() : List.of(text(String.join("\0", words)).split("\0", -1));
  }

  private String without(String text) {
    String result = text;
    for (Set<String> secrets : List.of(LEARNED, masked)) {
      for (String secret : secrets) {
        result = result.replace(secret, MASK);
      }
    }
    result = urls(masked(SecretForms.NAME, result, this::named));
    for (SecretForms.Before form : SecretForms.BEFORE) {
      if (form.mayOccurIn(result)) {
        result = masked(form.pattern(), result, (match, all) -> behind(form, match.end(), all));
      }
    }
    return SecretForms.TOKENS.matcher(result).replaceAll(MASK);
  }

  /**
   * Masks values.
   *
   * @param pattern what stands before a value
   * @param secret gets a match and the text, and returns the value; null if that is none or no
   *     secret
   */
  private String masked(
      Pattern pattern, String text, BiFunction<Matcher, String, @Nullable SecretValue> secret) {
    Matcher matcher = pattern.matcher(text);
    StringBuilder result = new StringBuilder(text.length());
    int shownTo = 0;
    for (int from = 0; from <= text.length() && matcher.find(from); ) {
      SecretValue value = secret.apply(matcher, text);
      from = Math.max(matcher.start() + 1, matcher.end());
      if (value != null) {
        result.append(text, shownTo, value.start()).append(hidden(value.text()));
        shownTo = value.end();
        from = Math.max(from, shownTo);
      }
    }
    return result.append(text, shownTo, text.length()).toString();
  }

  /** Masks what follows a name: {@code x=}, {@code x: }, {@code "x": } and {@code --x }. */
  private @Nullable SecretValue named(Matcher matcher, String text) {
    String name = normalized(Objects.requireNonNullElse(matcher.group(1), matcher.group(2)));
    if (!isSecret(name)) {
      return null;
    }
    boolean isHeader = SecretForms.HEADER.matcher(name).matches();
    SecretValue value =
        isHeader && !text.startsWith("\"", matcher.end())
            ? SecretValue.upTo(text, matcher.end(), "\r\n\0\"'")
            : SecretValue.at(text, matcher.end());
    String separator = Objects.requireNonNullElse(matcher.group(3), " ");
    return (isHeader ? value.isPlain() : value.isPlainAfter(name, separator)) ? null : value;
  }

  private boolean isSecret(String name) {
    return isUsual(name) || names.stream().anyMatch(globs -> matches(globs, name));
  }

  private static boolean isUsual(String name) {
    return matches(SecretForms.NAMES, name) && !matches(SecretForms.HARMLESS, name);
  }

  private static boolean matches(Pattern globs, String name) {
    return name.length() <= LONGEST_NAME && globs.matcher(name).matches();
  }

  /** Returns a name in lower case, with {@code -} between its parts and none before it. */
  private static String normalized(String name) {
    return name.replaceAll("(?<=[a-z])(?=[A-Z])|[_.]", "-")
        .replaceFirst("^-+", "")
        .toLowerCase(Locale.ROOT);
  }

  private static @Nullable SecretValue behind(SecretForms.Before form, int end, String text) {
    SecretValue value =
        form.doubtful() ? SecretValue.inProse(text, end) : SecretValue.at(text, end);
    return value.isPlain() || (form.doubtful() && !value.looksRandom()) ? null : value;
  }

  /** Masks the password of each URL, and a token that is there in place of a user. */
  private String urls(String text) {
    return masked(
        SecretForms.URL,
        text,
        (url, all) ->
            url.group(1) != null || url.group(2).length() >= 16
                ? new SecretValue(url.start(2), url.end(2), url.group(2))
                : null);
  }

  private String hidden(String value) {
    if (value.isEmpty() || value.contains(MASK)) {
      return value;
    }
    Arrays.stream(value.split(" ")).forEach(this::add); // "Bearer x"
    return MASK;
  }
}
