package io.github.subreaper.internal.report;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of the timeline. Each is drawn around the point 0,0, at most 8 units away, and differs
 * from all others in its outline, so that it is known without its colour.
 */
enum Glyph {
  BORN("born: time from the kernel", "M-1-8H1V8H-1Z"),
  SEEN("born before this: a scan found it", "M-1-8H1V-4H-1ZM-1-2H1V2H-1ZM-1 4H1V8H-1Z"),
  EARLIER("born before the test", "M4-7V7L-5 0Z"),
  EXECUTED("executed a program", "M0-6L6 0 0 6-6 0Z"),
  ORPHANED(
      "its parent ended", "M0-6A6 6 0 1 1 0 6A6 6 0 1 1 0-6ZM0-3A3 3 0 1 0 0 3A3 3 0 1 0 0-3Z"),
  ADOPTED("adopted by the JVM", "M0-7L7 0H3V7H-3V0H-7Z"),
  READY("ready", "M-3-8L7-4-1-.4V8H-3Z"),
  SIGNALED("got a signal", "M2-8L-5 1H-1L-2 8 5-1H1Z"),
  STOPPED("stopped", "M-5-6H-1V6H-5ZM1-6H5V6H1Z"),
  CONTINUED("continued", "M-6-6L0 0-6 6ZM0-6L6 0 0 6Z"),
  LAST_ALIVE("last seen alive: it ended between this and its end", "M-2-8H3V-6H0V6H3V8H-2Z"),
  SUCCESS(Fate.SUCCESS, "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z"),
  FAILURE(Fate.FAILURE, "M-5-5H5V5H-5Z"),
  SIGNAL(Fate.SIGNAL, "M-6-4L-4-6 0-2 4-6 6-4 2 0 6 4 4 6 0 2-4 6-6 4-2 0Z"),
  CORE(Fate.CORE, "M-7-7H7V7H-7ZM-5-4L-1 0-5 4-4 5 0 1 4 5 5 4 1 0 5-4 4-5 0-1-4-5Z"),
  TERMINATED(Fate.TERMINATED, "M-6-7H6V-4H2V4H6V7H-6V4H-2V-4H-6Z"),
  UNKNOWN(Fate.UNKNOWN, "M0-7L7 0 0 7-7 0ZM0-4L-4 0 0 4 4 0Z"),
  ALIVE(Fate.ALIVE, "M-4-7L6 0-4 7Z");

  private final @Nullable Fate fate;
  private final String words;
  private final String path;

  Glyph(String words, String path) {
    this.fate = null;
    this.words = words;
    this.path = path;
  }

  Glyph(Fate fate, String path) {
    this.fate = fate;
    this.words = fate.words();
    this.path = path;
  }

  static Glyph of(Fate fate) {
    for (Glyph glyph : values()) {
      if (glyph.fate == fate) {
        return glyph;
      }
    }
    throw new IllegalArgumentException(fate.name());
  }

  /** Returns the id of the path, which links name. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the class in the style sheet, which gives the colour. */
  private String style() {
    return fate == null ? "g" : "g " + fate.key();
  }

  /** Defines all shapes, once on a page, in {@code defs}. */
  static void define(Html html) {
    for (Glyph glyph : values()) {
      html.empty("path", "id", glyph.id(), "paint-order", "stroke", "d", glyph.path).line();
    }
  }

  /** Draws the shape, with a text that is shown when the pointer rests on it. */
  void draw(Html html, String x, String y, String text) {
    html.open("use", "class", style(), "href", "#" + id(), "x", x, "y", y)
        .element("title", text)
        .close();
  }

  /** Writes what shapes mean. */
  static void legend(Set<Glyph> glyphs, Html html) {
    html.open("ul", "class", "legend").line();
    for (Glyph glyph : glyphs) {
      html.open("li")
          .open("svg", "class", "key", "aria-hidden", "true")
          .empty("use", "class", glyph.style(), "href", "#" + glyph.id(), "x", "10", "y", "10")
          .close()
          .text(" " + glyph.words)
          .close()
          .line();
    }
    html.close().line();
  }
}
