package io.github.subreaper.internal.junit.settings;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Rejects configuration parameters {@code subreaper.…} that do not exist: without this a typo would
 * silently have no effect. JUnit does not list its parameters, so this searches two of their
 * sources: the system properties, and each {@code junit-platform.properties} on the class path. It
 * cannot find parameters that a launcher is given directly, such as by {@code --config} of the
 * ConsoleLauncher.
 *
 * @param errors one line for each unknown parameter
 */
public record UnknownParameters(Set<String> errors) {
  private static final String FILE = "junit-platform.properties";

  private static final List<String> KNOWN =
      List.of(
          "subreaper.guard",
          "subreaper.leaks",
          "subreaper.judge",
          "subreaper.crashes",
          "subreaper.exit",
          "subreaper.strict",
          "subreaper.grace",
          "subreaper.settle",
          "subreaper.await",
          "subreaper.survivors",
          "subreaper.unsupported",
          "subreaper.reports",
          "subreaper.directory",
          "subreaper.secrets",
          "subreaper.origin",
          "subreaper.baseline",
          "subreaper.baseline.update",
          "subreaper.approve");

  /** Words of other tools for what a parameter means; the first that a name contains counts. */
  private static final List<Map.Entry<String, String>> SYNONYMS =
      List.of(
          Map.entry("terminat", "grace"),
          Map.entry("kill", "grace"),
          Map.entry("stop", "grace"),
          Map.entry("wait", "await"),
          Map.entry("timeout", "await"),
          Map.entry("path", "directory"),
          Map.entry("output", "directory"),
          Map.entry("enable", "guard"),
          Map.entry("mask", "secrets"));

  /** Searches once in a launcher session. Each test class fails for what that found. */
  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  static void reject(ExtensionContext context) {
    JUnitVersion.sessionStore(context, UnknownParameters.class)
        .getOrComputeIfAbsent(UnknownParameters.class, type -> search(), UnknownParameters.class)
        .reject();
  }

  /** Throws for what was found, if there is any. */
  public void reject() {
    if (!errors.isEmpty()) {
      throw Misconfiguration.of(String.join("\n", errors));
    }
  }

  public static UnknownParameters search() {
    Set<String> errors = new LinkedHashSet<>();
    add(System.getProperties(), "the system properties", errors);
    // JUnit reads the first file only, but a typo in another one is a mistake too.
    files().forEach((file, properties) -> add(properties, file, errors));
    return new UnknownParameters(errors);
  }

  /** Returns each file on the class path by its URL, in order. */
  static Map<String, Properties> files() {
    ClassLoader loader =
        Objects.requireNonNullElseGet(
            Thread.currentThread().getContextClassLoader(), ClassLoader::getSystemClassLoader);
    try {
      Map<String, Properties> files = new LinkedHashMap<>();
      for (URL file : Collections.list(loader.getResources(FILE))) {
        files.put(file.toString(), load(file));
      }
      return files;
    } catch (IOException e) {
      throw Misconfiguration.of("cannot read each " + FILE + ": " + e, e);
    }
  }

  private static Properties load(URL file) throws IOException {
    URLConnection connection = file.openConnection();
    connection.setUseCaches(false); // a cached jar would stay open
    Properties properties = new Properties();
    try (InputStream stream = connection.getInputStream()) {
      properties.load(stream);
    }
    return properties;
  }

  private static void add(Properties properties, String source, Set<String> errors) {
    properties.stringPropertyNames().stream()
        .filter(name -> name.startsWith(ConfiguredSettings.PREFIX) && !KNOWN.contains(name))
        .sorted()
        .map(
            name ->
                "Unknown configuration parameter \"%s\" in %s. To fix: write %s, or remove it."
                    .formatted(name, source, suggestion(name)))
        .forEach(errors::add);
  }

  /** Returns the nearest by letters, else by a word in it, else all. */
  private static String suggestion(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String own = lower.substring(ConfiguredSettings.PREFIX.length());
    String nearest =
        Collections.min(KNOWN, Comparator.comparingInt(known -> distance(lower, known)));
    if (distance(lower, nearest) <= Math.max(1, own.length() / 3)) {
      return "\"" + nearest + "\"";
    }
    return Stream.concat(
            KNOWN.stream()
                .map(known -> known.substring(ConfiguredSettings.PREFIX.length()))
                .filter(own::contains),
            SYNONYMS.stream()
                .filter(synonym -> own.contains(synonym.getKey()))
                .map(Map.Entry::getValue))
        .findFirst()
        .map(known -> "\"" + ConfiguredSettings.PREFIX + known + "\"")
        .orElseGet(() -> "one of " + String.join(", ", KNOWN));
  }

  /** Returns Levenshtein's distance: how many characters to insert, delete or replace. */
  private static int distance(String from, String to) {
    int[] previous = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int[] row = new int[to.length() + 1];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(row[j - 1], previous[j]));
      }
      previous = row;
    }
    return previous[to.length()];
  }
}
