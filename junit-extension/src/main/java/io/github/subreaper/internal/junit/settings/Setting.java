package io.github.subreaper.internal.junit.settings;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
  /** The constant of each enum that stands for no setting. */
  static final String UNSET = "DEFAULT";

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

  /**
   * Reads a constant of an enum, in any case.
   *
   * @param wrong what is said of another text
   * @param remark behind the allowed ones
   */
  <E extends Enum<E>> E choice(Class<E> type, String wrong, String remark) {
    List<E> allowed =
        Arrays.stream(type.getEnumConstants()).filter(one -> !one.name().equals(UNSET)).toList();
    return allowed.stream()
        .filter(one -> one.name().equalsIgnoreCase(text.strip()))
        .findFirst()
        .orElseThrow(
            () ->
                wrong(wrong, allowed.stream().map(Enum::name).collect(joining(", ", "", remark))));
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
