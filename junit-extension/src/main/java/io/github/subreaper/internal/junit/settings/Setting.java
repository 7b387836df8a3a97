package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.Crashes;
import io.github.subreaper.junit.Judge;
import io.github.subreaper.junit.Leaks;
import io.github.subreaper.junit.Reports;
import io.github.subreaper.junit.Unsupported;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One setting as the user wrote it. Its errors say where it was written, and what is allowed.
 *
 * @param name of the setting, such as {@code "grace"}
 * @param text as written
 * @param origin such as {@code "@SubreaperTest on class BillingTest"}
 */
public record Setting(String name, String text, String origin) {

  Duration duration() {
    try {
      return DurationSyntax.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong("is " + e.getMessage(), DurationSyntax.ALLOWED);
    }
  }

  Duration durationAboveZero() {
    Duration duration = duration();
    if (duration.isZero()) {
      throw wrong("is zero", "more than zero, " + DurationSyntax.ALLOWED);
    }
    return duration;
  }

  public boolean flag() {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong("is not a boolean", "true, false");
    };
  }

  Leaks leaks() {
    return switch (text.strip().toUpperCase(Locale.ROOT)) {
      case "FAIL" -> Leaks.FAIL;
      case "WARN" -> Leaks.WARN;
      case "IGNORE" -> Leaks.IGNORE;
      default -> throw wrong("is not a policy for leaks", "FAIL, WARN, IGNORE");
    };
  }

  Crashes crashes() {
    return switch (text.strip().toUpperCase(Locale.ROOT)) {
      case "FAIL" -> Crashes.FAIL;
      case "WARN" -> Crashes.WARN;
      case "IGNORE" -> Crashes.IGNORE;
      default -> throw wrong("is not a policy for crashes", "FAIL, WARN, IGNORE");
    };
  }

  Judge judge() {
    return switch (text.strip().toUpperCase(Locale.ROOT)) {
      case "TEST" -> Judge.TEST;
      case "CLASS" -> Judge.CLASS;
      case "RUN" -> Judge.RUN;
      default -> throw wrong("is not a time at which leaks are judged", "TEST, CLASS, RUN");
    };
  }

  Reports reports() {
    return switch (text.strip().toUpperCase(Locale.ROOT)) {
      case "FAILURES" -> Reports.FAILURES;
      case "ALWAYS" -> Reports.ALWAYS;
      case "NEVER" -> Reports.NEVER;
      default ->
          throw wrong(
              "is not a condition for reports",
              "FAILURES, ALWAYS, NEVER; their directory is named by subreaper.directory");
    };
  }

  Unsupported unsupported() {
    return switch (text.strip().toUpperCase(Locale.ROOT)) {
      case "FAIL" -> Unsupported.FAIL;
      case "SKIP" -> Unsupported.SKIP;
      case "UNGUARDED" -> Unsupported.UNGUARDED;
      default -> throw wrong("is not a valid value for `unsupported`", "FAIL, SKIP, UNGUARDED");
    };
  }

  /** Splits the text into globs at its commas. */
  public List<String> globs() {
    List<String> globs = new ArrayList<>();
    for (String glob : text.split(",", -1)) {
      globs.add(glob(glob));
    }
    return List.copyOf(globs);
  }

  /** Checks one glob of the text, and strips it. */
  String glob(String glob) {
    String stripped = glob.strip();
    if (stripped.isEmpty()) {
      throw wrong("has an empty glob, which matches no process", allowedGlobs());
    }
    char first = stripped.charAt(0);
    if ((first == '"' || first == '\'') && stripped.endsWith(String.valueOf(first))) {
      throw wrong("has quotes, which no process has in its name", allowedGlobs());
    }
    return stripped;
  }

  /** Properties need no quotes; Java does. */
  private String allowedGlobs() {
    String example =
        origin.startsWith(ConfiguredSettings.ORIGIN)
            ? ConfiguredSettings.PREFIX + "survivors = postgres*"
            : "survivors = \"postgres*\"";
    return "globs over name or command line, such as " + example;
  }

  private RuntimeException wrong(String what, String allowed) {
    return Misconfiguration.of(
        "Setting \"%s\": \"%s\" %s. It comes from %s. Allowed: %s."
            .formatted(name, text, what, origin, allowed));
  }
}
