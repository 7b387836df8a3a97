package io.github.subreaper.assertj;

import io.github.subreaper.Launch;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.assertj.facts.Hint;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a launch has printed on one stream so far. Each check returns the failure, or null.
 */
record OutputCheck(
    String subject,
    String stream,
    boolean running,
    String printed,
    long notKept,
    Supplier<String> printedOnOther,
    Supplier<String> evidence) {
  private static final int LONGEST_REGEX = 300;

  static OutputCheck ofStdout(Launch launch) {
    boolean running = launch.isAlive(); // asked before its output, which is complete if it is not
    return new OutputCheck(
        Naming.of(launch),
        "stdout",
        running,
        launch.stdout(),
        Access.get().notKept(launch, false), // after its output, which may grow
        () -> Access.get().output(launch, true),
        launch::describe);
  }

  static OutputCheck ofStderr(Launch launch) {
    boolean running = launch.isAlive();
    return new OutputCheck(
        Naming.of(launch),
        "stderr",
        running,
        launch.stderr(),
        Access.get().notKept(launch, true),
        () -> Access.get().output(launch, false),
        launch::describe);
  }

  private String other() {
    return stream.equals("stdout") ? "stderr" : "stdout";
  }

  @Nullable Should is(String expected) {
    if (notKept == 0
        && (printed.equals(expected)
            || printed.equals(expected + "\n")
            || expected.equals(printed + "\n"))) {
      return null;
    }
    String hint =
        expected.strip().equals(printed.strip()) ? "\n(the two differ in white space only)" : "";
    return failure(":\n" + Should.text(expected), "it printed:\n" + Should.text(printed) + hint);
  }

  @Nullable Should contains(String text) {
    if (printed.contains(text)) {
      return null;
    }
    String hint =
        printedOnOther.get().contains(text) ? "\n(" + other() + " contains that text)" : "";
    return failure(
        " a text that contains:\n" + Should.text(text),
        "it printed:\n" + Should.text(printed) + hint);
  }

  @Nullable Should hasLine(Pattern regex) {
    List<String> lines = lines();
    return lines.stream().anyMatch(regex.asPredicate()) ? null : noLine("a line", regex, lines);
  }

  @Nullable Should hasLines(Pattern regex, int times) {
    List<String> lines = lines();
    List<String> found = lines.stream().filter(regex.asPredicate()).toList();
    if (found.size() == times && notKept == 0) {
      return null;
    }
    String wanted = Should.count(times, "line", "lines");
    return found.isEmpty()
        ? noLine(wanted, regex, lines)
        : failure(
            " " + wanted + inWhichIsFound(regex),
            (found.size() == 1 ? "there is 1" : "there are " + found.size())
                + ":\n"
                + Should.text(String.join("\n", found)),
            running && found.size() < times);
  }

  private Should noLine(String wanted, Pattern regex, List<String> lines) {
    return failure(
        " " + wanted + inWhichIsFound(regex),
        "it printed:\n" + Should.text(printed) + hint(regex, lines));
  }

  private Should failure(String what, String but) {
    return failure(what, but, running);
  }

  private Should failure(String what, String but, boolean mayFollow) {
    return Should.expecting(
        subject,
        "have printed on " + stream + what,
        (notKept == 0
                ? ""
                : ("the first %,d bytes of its output were not kept"
                        + " (To fix: launch Program.of(…).withKeptOutput(bytes) with more of them)\nand ")
                    .formatted(notKept))
            + but
            + (mayFollow
                ? "\n(it is still running, so later output is missing: wait with exitsWith(…) before)"
                : ""),
        evidence.get());
  }

  private static String inWhichIsFound(Pattern regex) {
    return " in which the regex /"
        + Naming.printable(regex.pattern(), LONGEST_REGEX)
        + "/ is found";
  }

  private String hint(Pattern regex, List<String> lines) {
    return lines(printedOnOther.get()).stream().anyMatch(regex.asPredicate())
        ? "\n(" + other() + " has such a line)"
        : Hint.forRegex(
            regex.pattern(),
            lines,
            stream.equals("stdout") ? "hasStdoutContaining" : "hasStderrContaining");
  }

  /** Returns those of which all is known. */
  private List<String> lines() {
    List<String> lines = lines(printed);
    return notKept == 0 || lines.isEmpty() ? lines : lines.subList(1, lines.size());
  }

  /** Splits as the core does: a carriage return before a newline belongs to no line. */
  static List<String> lines(String text) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    if (lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    }
    lines.replaceAll(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
    return lines;
  }
}
