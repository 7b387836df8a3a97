package io.github.subreaper;

import io.github.subreaper.internal.engine.text.Printable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Formats the words and columns of messages. */
final class Text {
  private static final int TAIL_LINES = 10;

  private Text() {}

  static String safe(String text) {
    return Printable.of(text);
  }

  static String command(String name, List<String> commandLine) {
    return safe(commandLine.isEmpty() ? name : String.join(" ", commandLine));
  }

  static String count(int number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }

  /** Formats an address as it would be typed: {@code 127.0.0.1:80} or {@code [::1]:80}. */
  static String address(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  static String seconds(double seconds) {
    return String.format(Locale.ROOT, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  }

  static String since(Instant from, Instant to) {
    return String.format(
        Locale.ROOT, "%.2f s", Math.max(0, Duration.between(from, to).toMillis()) / 1e3);
  }

  /** Returns the last lines of an output, indented under a heading; empty for no output. */
  static String tail(String heading, String output) {
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
