package io.github.subreaper.samples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** One process as {@code ps afx} shows it, read from proc_pid_stat(5) and proc_pid_cmdline(5). */
record PsLine(long pid, long parent, String terminal, String state, String time, String command) {
  private static final int COMMAND_COLUMN = 29;
  private static final int TICKS_PER_SECOND = 100;

  static PsLine of(long pid) throws IOException {
    String stat = read(pid, "stat");
    int nameEnd = stat.lastIndexOf(')');
    // From the third field on, as the man page counts them.
    String[] fields = stat.substring(nameEnd + 2).split(" ", -1);
    int terminal = Integer.parseInt(fields[4]);
    String state =
        fields[0]
            + (Long.parseLong(fields[3]) == pid ? "s" : "")
            + (Integer.parseInt(fields[17]) > 1 ? "l" : "")
            + (fields[2].equals(fields[5]) ? "+" : "");
    long seconds = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    String arguments = read(pid, "cmdline").replace('\0', ' ').strip();
    return new PsLine(
        pid,
        Long.parseLong(fields[1]),
        terminal >> 8 == 136 ? "pts/" + (terminal & 0xff) : terminal == 0 ? "?" : "tty",
        state,
        String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60),
        arguments.isEmpty() ? stat.substring(stat.indexOf('(') + 1, nameEnd) : arguments);
  }

  private static String read(long pid, String file) throws IOException {
    return Files.readString(Path.of("/proc", pid + "", file), StandardCharsets.ISO_8859_1);
  }

  PsLine withCommand(String other) {
    return new PsLine(pid, parent, terminal, state, time, other);
  }

  /** Indents the command of a line, so that it stands below its parent's. */
  static String asChild(String line) {
    String command = line.substring(COMMAND_COLUMN);
    return line.substring(0, COMMAND_COLUMN)
        + (command.startsWith(" ") ? "    " : " \\_ ")
        + command;
  }

  @Override
  public String toString() {
    String shown = command.length() > 60 ? command.substring(0, 57) + "..." : command;
    return String.format(Locale.ROOT, "%7d %-8s %-4s %6s %s", pid, terminal, state, time, shown);
  }
}
