package io.github.subreaper.internal.report;

import java.util.Locale;

/**
 * The colours of the page. A text has a contrast of at least 4.5:1 with what is behind it, a shape
 * of at least 3:1.
 */
enum Palette {
  PAPER("#ffffff", "#14171a"),
  SOFT("#f3f4f6", "#20252a"),
  INK("#1b1f24", "#e8eaed"),
  MUTED("#525b66", "#aab2bb"),
  LINK("#0a4fbf", "#8ab8ff"),
  LINE("#cdd3da", "#3d454d"),
  WARNING("#a3201b", "#ff9d94"),
  SUCCESS("#1a7a48", "#5ccb8b"),
  FAILURE("#a84600", "#f2a65e"),
  SIGNAL("#c4211c", "#ff8a80"),
  TERMINATED("#6a4bab", "#c4a9ff"),
  UNKNOWN("#5d6671", "#a7afb8"),
  ALIVE("#0a5cd0", "#7db1ff");

  private final String light;
  private final String dark;

  Palette(String light, String dark) {
    this.light = light;
    this.dark = dark;
  }

  String light() {
    return light;
  }

  String dark() {
    return dark;
  }

  /** Returns the definitions of all, for one of the two schemes. */
  static String definitions(boolean isDark) {
    StringBuilder css = new StringBuilder();
    for (Palette one : values()) {
      css.append("--")
          .append(one.name().toLowerCase(Locale.ROOT))
          .append(':')
          .append(isDark ? one.dark : one.light)
          .append(';');
    }
    return css.toString();
  }
}
