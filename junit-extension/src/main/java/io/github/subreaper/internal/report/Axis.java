package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The time that the timeline shows, and where a moment is on it.
 *
 * @param from its first moment
 * @param to its last one, later than the first
 */
record Axis(long from, long to) {
  /** Ten years: a file that says more is wrong, and must not make the numbers overflow. */
  private static final long LONGEST = 10 * 365 * 24 * Times.HOUR;

  private static final long[] ROUND = {
    Times.MINUTE,
    2 * Times.MINUTE,
    5 * Times.MINUTE,
    10 * Times.MINUTE,
    15 * Times.MINUTE,
    30 * Times.MINUTE,
    Times.HOUR,
    2 * Times.HOUR,
    6 * Times.HOUR,
    12 * Times.HOUR
  };

  /** Returns the time of the phases and of what happened after them. */
  static Axis of(Recording recording, Rows rows) {
    long to = recording.end();
    long from = recording.phases().stream().mapToLong(Phase::from).min().orElse(Long.MAX_VALUE);
    if (from == Long.MAX_VALUE) {
      from = Math.min(to, rows.list().stream().mapToLong(Row::from).min().orElse(0));
    }
    from = Math.max(from, -LONGEST);
    return new Axis(from, Math.max(Math.min(to, LONGEST), from + Times.MILLI));
  }

  private static long roundUp(long number, long step) {
    return -Math.floorDiv(-number, step) * step;
  }

  /** Returns the place of a moment as an attribute; what is outside is at the edge. */
  String at(long moment) {
    return percent(fraction(moment));
  }

  /** Returns the width of a span as an attribute. */
  String width(long begin, long end) {
    return percent(Math.max(0, fraction(end) - fraction(begin)));
  }

  double fraction(long moment) {
    return Math.min(1, Math.max(0, ((double) moment - from) / ((double) to - from)));
  }

  /** Returns a percentage with at most two decimals. */
  private static String percent(double fraction) {
    int hundredths = (int) Math.round(fraction * 10_000);
    int rest = hundredths % 100;
    String whole = Integer.toString(hundredths / 100);
    if (rest == 0) {
      return whole + "%";
    }
    return whole + (rest < 10 ? ".0" : ".") + (rest % 10 == 0 ? rest / 10 : rest) + "%";
  }

  /**
   * A moment with a label.
   *
   * @param at when
   * @param label in the unit of all labels
   */
  record Tick(long at, String label) {}

  /** Returns round moments, at most so many and one more. */
  List<Tick> ticks(int most) {
    long step = step((to - from) / most);
    List<Tick> ticks = new ArrayList<>();
    for (long at = roundUp(from, step); at <= to; at += step) {
      ticks.add(new Tick(at, label(at, step)));
    }
    return ticks;
  }

  private static long step(long least) {
    if (least > Times.MINUTE / 2) {
      for (long round : ROUND) {
        if (round >= least) {
          return round;
        }
      }
      long day = 24 * Times.HOUR;
      return roundUp(least, day);
    }
    long power = 1;
    while (true) {
      for (int digit : new int[] {1, 2, 5}) {
        if (digit * power >= least) {
          return digit * power;
        }
      }
      power *= 10;
    }
  }

  private String label(long at, long step) {
    if (step >= Times.MINUTE) {
      long minutes = at / Times.MINUTE;
      return step % Times.HOUR == 0 ? minutes / 60 + " h" : minutes + " min";
    }
    long largest = Math.max(Math.abs(from), Math.abs(to));
    if (largest >= Times.SECOND) {
      return number(at, step, Times.SECOND) + " s";
    }
    return largest >= Times.MILLI
        ? number(at, step, Times.MILLI) + " ms"
        : number(at, step, Times.MICRO) + " µs";
  }

  private static String number(long at, long step, long unit) {
    int decimals = 0;
    for (long rest = step; rest < unit; rest *= 10) {
      decimals++;
    }
    return String.format(Locale.ROOT, "%." + decimals + "f", at / (double) unit).replace('-', '−');
  }
}
