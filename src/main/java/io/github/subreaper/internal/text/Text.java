package io.github.subreaper.internal.text;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** Formats the words and columns of messages. */
public final class Text {
  private static final int TAIL_LINES = 10;

  /** More characters of a line do not help to recognise it. */
  private static final int MOST = 200;

  private static final int LONGEST_COMMAND = 120;

  /** A stack trace's line, also behind the arrow to the line that a library started it at. */
  private static final Pattern PLACE = Pattern.compile("(^|→ )[^→]*?\\(([^()→]+:\\d+)\\)");

  /** Stands for one character of several in a regex, and is not a likely part of a name. */
  private static final String CLASS = "\\\\[dDsSwW]";

  private static final String ANY = "(?:\\.|" + CLASS + "|\\[[^\\]]+\\])";

  private Text() {}

  public static String safe(String text) {
    return Printable.of(text);
  }

  /** Returns the start of a line that a process has written. */
  public static String shortened(String line) {
    int end = line.offsetByCodePoints(0, Math.min(line.codePointCount(0, line.length()), MOST));
    return safe(line.substring(0, end)) + (end < line.length() ? "…" : "");
  }

  public static String command(String name, List<String> commandLine) {
    String command = safe(commandLine.isEmpty() ? name : String.join(" ", commandLine));
    return command.isEmpty() ? "''" : command;
  }

  /** Returns the same with a limit; what is missing is missing in the middle. */
  public static String shortCommand(String name, List<String> commandLine) {
    String command = command(name, commandLine);
    return command.length() <= LONGEST_COMMAND
        ? command
        : command.substring(0, LONGEST_COMMAND / 2)
            + "…"
            + command.substring(command.length() - LONGEST_COMMAND / 2);
  }

  /** Returns a line of code without its class and method: {@code LeaksTest.java:15}. */
  public static String shortPlace(String place) {
    return PLACE.matcher(place).replaceAll("$1$2");
  }

  /** Returns the first and the last lines, and between them how many are missing. */
  public static List<String> withoutMiddle(List<String> lines, int most) {
    if (lines.size() <= most) {
      return lines;
    }
    int end = most / 4;
    List<String> some = new ArrayList<>(lines.subList(0, most - end - 1));
    some.add("  … " + (lines.size() - most + 1) + " lines more …");
    some.addAll(lines.subList(lines.size() - end, lines.size()));
    return some;
  }

  /** Says which processes a glob is about. */
  public static String whose(String glob) {
    return "whose name or command line matches the glob `" + safe(glob) + "`";
  }

  /** Returns what to do about a glob that looks like a regex; empty if it does not. */
  public static String notARegex(String glob) {
    String likely =
        glob.replaceFirst("^\\^", "")
            .replaceFirst("(?<!\\\\)\\$$", "")
            .replaceAll(ANY + "\\+", "?*")
            .replaceAll(ANY + "\\*", "*")
            .replaceAll(CLASS, "?");
    return likely.equals(glob) || likely.isBlank()
        ? ""
        : "  The glob `"
            + safe(glob)
            + "` looks like a regex. In a glob `*` stands for any text, `?` for any one character,"
            + " and all of the name or command line has to match: try `"
            + safe(likely)
            + "`.\n";
  }

  /** Says which lines a regular expression is about. */
  public static String inWhich(String regex) {
    return "in which the regex /" + safe(regex) + "/ is found";
  }

  /**
   * Returns whether a regular expression is found anywhere in a line.
   *
   * @throws PatternSyntaxException if it is none
   */
  public static Predicate<String> find(String regex) {
    return regex(regex).asPredicate();
  }

  /**
   * Reads a regular expression.
   *
   * @throws PatternSyntaxException if it is none
   */
  public static Pattern regex(String regex) {
    try {
      return Pattern.compile(Objects.requireNonNull(regex, "regex"));
    } catch (PatternSyntaxException e) {
      throw new PatternSyntaxException(
          e.getDescription()
              + " (lines are searched by a regex, in which `.*` stands for any text and a backslash"
              + " takes the next character as it is)",
          regex,
          e.getIndex());
    }
  }

  /** Returns the hint for a regex that a line of an output matches but for its case. */
  public static String otherCase(String regex, String output) {
    Predicate<String> exact = Pattern.compile(regex).asPredicate();
    Predicate<String> any =
        Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE).asPredicate();
    return output
        .lines()
        .filter(any.and(exact.negate()))
        .findFirst()
        .map(
            line ->
                "\"" + shortened(line) + "\" matches but for its case: put (?i) before the regex")
        .orElse("");
  }

  /** Returns the first of the names, and how many more there are. */
  public static String some(List<String> names, int most) {
    String shown = String.join(", ", names.subList(0, Math.min(most, names.size())));
    return shown + more(names.size() - most);
  }

  /** Returns the end of a list from which so many are missing; empty if none is. */
  public static String more(int missing) {
    return missing > 0 ? " and " + missing + " more" : "";
  }

  /**
   * Returns the first of the lines; if that is not all, a last one says how many more there are.
   */
  public static List<String> some(Stream<String> lines, int most, int all) {
    Stream<String> last = Stream.of(" " + more(all - most)).filter(line -> !line.isBlank());
    return Stream.concat(lines.limit(most), last).toList();
  }

  public static String count(int number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }

  /** Formats an address as it would be typed: {@code 127.0.0.1:80} or {@code [::1]:80}. */
  public static String address(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    String text = host == null ? address.getHostString() : host.getHostAddress();
    return (host instanceof Inet6Address ? "[" + text + "]" : text) + ":" + address.getPort();
  }

  public static String seconds(double seconds) {
    return String.format(Locale.ROOT, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  }

  public static String since(Instant from, Instant to) {
    return String.format(Locale.ROOT, "%.2f s", seconds(from, to));
  }

  public static double seconds(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toMillis()) / 1e3;
  }

  /** Returns the last lines of an output, indented under a heading; empty for no output. */
  public static String tail(String heading, String output) {
    if (output.isBlank()) {
      return "";
    }
    List<String> lines = output.stripTrailing().lines().toList();
    StringBuilder text = new StringBuilder();
    String start = String.format(Locale.ROOT, "  %-9s ", heading);
    for (String line : lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())) {
      text.append(start).append(safe(line)).append('\n');
      start = " ".repeat(start.length());
    }
    return text.toString();
  }
}
