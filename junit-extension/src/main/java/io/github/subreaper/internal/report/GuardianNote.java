package io.github.subreaper.internal.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a guardian has written in its log, in words.
 *
 * @param file relative to the directory of reports
 * @param at when it was written
 * @param text how the JVM ended
 * @param lines what the guardian did to whom, for people
 * @param more how many such lines are missing
 */
record GuardianNote(String file, Instant at, String text, List<String> lines, int more) {
  private static final int MOST_LINES = 50;
  private static final long MOST_BYTES = 1 << 20;

  private static final Map<String, String> WORDS =
      Map.of(
          "ended", "ended:",
          "alive", "could not be killed:",
          "traced", "ended by the kernel, as it was traced:");

  static GuardianNote read(Path file, String folder, Instant at) throws IOException {
    if (file.toFile().length() > MOST_BYTES) {
      throw new IOException(file + ": too long for the log of a guardian");
    }
    String jvm = "?";
    String status = "ended in an unknown way";
    List<String> lines = new ArrayList<>();
    try (BufferedReader in = JsonLines.open(file)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", 3);
        String doing = WORDS.get(words[0]);
        if (words.length > 1 && doing != null) {
          String name = words.length > 2 ? words[2] + " (" + words[1] + ")" : words[1];
          lines.add(doing + " " + Bounds.text(name));
        } else if (words.length > 1 && words[0].equals("jvm")) {
          jvm = Bounds.text(words[1], 100);
        } else if (words.length > 1 && words[0].equals("status")) {
          status = status(words[1]);
        }
      }
    }
    int shown = Math.min(MOST_LINES, lines.size());
    return new GuardianNote(
        folder + file.getFileName(),
        at,
        "JVM " + jvm + " " + status,
        List.copyOf(lines.subList(0, shown)),
        lines.size() - shown);
  }

  /** Returns the words for a status as waitid(2) knows it, or for {@code unknown}. */
  private static String status(String number) {
    try {
      int status = Integer.parseInt(number);
      int signal = status & 0x7f;
      return signal == 0 ? "exited " + (status >> 8) : "was killed by signal " + signal;
    } catch (NumberFormatException e) {
      return "ended in an unknown way";
    }
  }
}
