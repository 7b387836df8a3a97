package io.github.subreaper.internal.report.text;

import java.util.Locale;

/** Numbers as people read them, the same on each machine. */
public final class Counts {
  private Counts() {}

  /** Returns the number, with commas. */
  public static String of(long number) {
    return number < 1_000 && number > -1_000
        ? Long.toString(number)
        : String.format(Locale.ROOT, "%,d", number);
  }

  /** Returns the number with the word, which gets an s, or es, unless there is exactly one. */
  public static String of(long number, String word) {
    return of(number, word, word + (word.endsWith("s") ? "es" : "s"));
  }

  /** Returns the number with the words for one and for many. */
  public static String of(long number, String one, String many) {
    return of(number) + " " + (number == 1 ? one : many);
  }

  public static String processes(long number) {
    return of(number, "process");
  }

  /** Returns what precedes a count: "at least " if some may be missing. */
  public static String atLeast(boolean mayMiss) {
    return mayMiss ? "at least " : "";
  }

  /** Returns a number of bytes. */
  public static String bytes(long bytes) {
    if (bytes < 1024) {
      return Counts.of(bytes, "byte");
    }
    double rest = bytes;
    String[] units = {"KiB", "MiB", "GiB", "TiB"};
    int unit = -1;
    do {
      rest /= 1024;
      unit++;
    } while (rest >= 1023.95 && unit < units.length - 1);
    return String.format(Locale.ROOT, rest < 99.95 ? "%.1f %s" : "%,.0f %s", rest, units[unit]);
  }
}
