package io.github.subreaper.internal.report;

import io.github.subreaper.internal.text.Counts;

/** Spans of time as people read them: three digits and a unit that fits. */
final class Times {
  static final long MICRO = 1_000L;
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1_000_000_000L;
  static final long MINUTE = 60 * SECOND;
  static final long HOUR = 60 * MINUTE;

  private Times() {}

  /** Returns a span, or a moment as the span since the origin. */
  static String of(long nanos) {
    if (nanos < 0) {
      return "−" + of(nanos == Long.MIN_VALUE ? Long.MAX_VALUE : -nanos);
    }
    if (nanos == 0) {
      return "0 s";
    }
    if (nanos < MILLI) {
      return digits(nanos, MICRO) + " µs";
    }
    if (nanos < SECOND) {
      return digits(nanos, MILLI) + " ms";
    }
    if (nanos < MINUTE) {
      return digits(nanos, SECOND) + " s";
    }
    long tenths = nanos / (SECOND / 10);
    long minutes = tenths / 600;
    return minutes < 60
        ? minutes + " min " + tenths % 600 / 10 + "." + tenths % 10 + " s"
        : Counts.of(minutes / 60) + " h " + minutes % 60 + " min";
  }

  /** Returns three digits; without a formatter, since a page has thousands of spans. */
  private static String digits(long nanos, long unit) {
    long hundredths = (nanos * 100 + unit / 2) / unit;
    if (hundredths < 1_000) {
      return hundredths / 100 + "." + hundredths % 100 / 10 + hundredths % 10;
    }
    long tenths = (nanos * 10 + unit / 2) / unit;
    return tenths < 1_000
        ? tenths / 10 + "." + tenths % 10
        : Long.toString((nanos + unit / 2) / unit);
  }
}
