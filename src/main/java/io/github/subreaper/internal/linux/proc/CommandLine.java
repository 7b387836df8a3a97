package io.github.subreaper.internal.linux.proc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code /proc/<pid>/cmdline} means: the arguments, or what the program has written there; and
 * {@code environ}.
 */
final class CommandLine {
  private CommandLine() {}

  /**
   * Returns whether a text can only mean these arguments: none is empty, all are ASCII, each ends
   * with a NUL.
   */
  static boolean isPlainly(List<String> arguments, byte[] text, int length) {
    int position = 0;
    for (String argument : arguments) {
      int end = position + argument.length();
      if (argument.isEmpty() || end >= length || text[end] != 0) {
        return false;
      }
      for (int i = 0; i < argument.length(); i++) {
        if (text[position + i] != argument.charAt(i)) { // a byte beyond ASCII is negative
          return false;
        }
      }
      position = end + 1;
    }
    return position == length;
  }

  /** Returns the arguments. Trailing NULs are padding. */
  static List<String> parse(byte[] text, int length) {
    int end = length;
    int firstNul = 0;
    while (firstNul < end && text[firstNul] != 0) {
      firstNul++;
    }
    int lastText = end - 1;
    while (lastText >= 0 && text[lastText] == 0) {
      lastText--;
    }
    boolean oneString = lastText < firstNul;
    if (oneString && (end - firstNul > 2 || contains(text, firstNul, (byte) ' '))) {
      end = firstNul; // a title written over the arguments (nginx, redis) and padded with NULs
    } else if (text[end - 1] == 0) {
      end--;
    }
    List<String> arguments = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= end; i++) {
      if (i == end || text[i] == 0) {
        arguments.add(new String(text, start, i - start, StandardCharsets.UTF_8));
        start = i + 1;
      }
    }
    return List.copyOf(arguments);
  }

  /** Returns what {@code /proc/<pid>/environ} means. */
  static Map<String, String> variables(byte[] text, int length) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String entry : new String(text, 0, length, StandardCharsets.UTF_8).split("\0", -1)) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        variables.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return variables;
  }

  private static boolean contains(byte[] text, int end, byte wanted) {
    for (int i = 0; i < end; i++) {
      if (text[i] == wanted) {
        return true;
      }
    }
    return false;
  }
}
