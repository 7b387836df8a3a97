package io.github.subreaper.internal.assertj.facts;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.Journal;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessState;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.Text;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Names things in messages: on one line, without control characters that a terminal would obey. */
public final class Naming {
  private static final int LONGEST = 80;
  private static final int LAST_ENTRIES = 50;

  private Naming() {}

  public static String of(Descendant process) {
    String name = printable(process.name());
    return (name.isEmpty() ? "''" : name) + " (pid " + process.pid() + ")";
  }

  public static String of(Launch launch) {
    return "launch of " + commandLine(launch.process()) + " (pid " + launch.pid() + ")";
  }

  public static String launchedBy(Launch launch) {
    return "launched process " + commandLine(launch.process()) + " (pid " + launch.pid() + ")";
  }

  public static String of(Supervisor supervisor) {
    return "scope `" + printable(supervisor.name()) + "`";
  }

  public static String commandLine(Descendant process) {
    List<String> words = process.commandLine();
    return "`" + printable(words.isEmpty() ? process.name() : String.join(" ", words)) + "`";
  }

  public static List<String> withStates(List<Descendant> processes) {
    return processes.stream().map(process -> of(process) + ": " + state(process)).toList();
  }

  public static List<String> withCommandLines(List<Descendant> processes) {
    return processes.stream().map(process -> of(process) + ": " + commandLine(process)).toList();
  }

  public static String state(Descendant process) {
    if (process.isAlive()) {
      return "alive";
    }
    return end(process).orElse("ended, its status is not known yet");
  }

  /** Returns how a process ended, and by which sender, as far as known. */
  public static Optional<String> end(Descendant process) {
    return Access.get().describeEnd(process);
  }

  /** Returns why a journal is not exact; null if it is. */
  public static @Nullable String whyInexact(Journal journal) {
    return Access.get().whyInexact(journal).orElse(null);
  }

  /** Returns the latest entries of a journal, a line each. */
  public static String tail(Journal journal) {
    return last(journal.toString().lines().toList());
  }

  /** Returns the latest lines, indented as the journal is. */
  public static String last(List<String> lines) {
    List<String> last = lines.subList(Math.max(0, lines.size() - LAST_ENTRIES), lines.size());
    String cut = last.size() < lines.size() ? "  …\n" : "";
    return cut + String.join("\n", last);
  }

  public static String of(Duration duration) {
    return Durations.say(duration);
  }

  public static String of(ProcessState state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  public static String octal(int mask) {
    return String.format(Locale.ROOT, "%04o", mask);
  }

  public static String printable(String text) {
    return printable(text, LONGEST);
  }

  public static String printable(String text, int longest) {
    String start = text.length() <= longest ? text : text.substring(0, longest + 1);
    String line = Text.safe(start);
    return line.length() <= longest ? line : line.substring(0, longest - 1) + "…";
  }

  /** Returns a text of several lines, each of which is harmless. */
  public static String printableLines(String text) {
    return Stream.of(text.split("\n", -1)).map(Text::safe).collect(joining("\n"));
  }
}
