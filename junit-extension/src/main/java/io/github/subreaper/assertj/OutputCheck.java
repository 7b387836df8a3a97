package io.github.subreaper.assertj;

import io.github.subreaper.Launch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a launch has printed on one stream so far. Each check returns the failure, or null.
 */
final class OutputCheck {
  private final Launch launch;
  private final String stream;
  private final boolean running;
  private final String printed;
  private final String other;
  private final Supplier<String> printedOnOther;
  private final String containing;

  private OutputCheck(
      Launch launch,
      String stream,
      Supplier<String> printed,
      String other,
      Supplier<String> printedOnOther,
      String containing) {
    this.launch = launch;
    this.stream = stream;
    this.running = launch.isAlive(); // asked before its output, which is complete if it is not
    this.printed = printed.get();
    this.other = other;
    this.printedOnOther = printedOnOther;
    this.containing = containing;
  }

  static OutputCheck ofStdout(Launch launch) {
    return new OutputCheck(
        launch, "stdout", launch::stdout, "stderr", launch::stderr, "hasStdoutContaining");
  }

  static OutputCheck ofStderr(Launch launch) {
    return new OutputCheck(
        launch, "stderr", launch::stderr, "stdout", launch::stdout, "hasStderrContaining");
  }

  String printed() {
    return printed;
  }

  @Nullable Should is(String expected) {
    return printed.equals(expected)
            || printed.equals(expected + "\n")
            || expected.equals(printed + "\n")
        ? null
        : Should.havePrinted(
            Naming.of(launch), stream, expected, printed, running, launch.describe());
  }

  @Nullable Should contains(String text) {
    if (printed.contains(text)) {
      return null;
    }
    String hint = printedOnOther.get().contains(text) ? "\n(" + other + " contains that text)" : "";
    return Should.havePrintedText(
        Naming.of(launch), stream, text, printed, hint, running, launch.describe());
  }

  @Nullable Should hasLine(Pattern regex) {
    List<String> lines = lines(printed);
    return lines.stream().anyMatch(regex.asPredicate())
        ? null
        : Should.havePrintedLine(
            Naming.of(launch),
            stream,
            regex.pattern(),
            printed,
            hint(regex, lines),
            running,
            launch.describe());
  }

  @Nullable Should hasLines(Pattern regex, int times) {
    List<String> lines = lines(printed);
    List<String> found = lines.stream().filter(regex.asPredicate()).toList();
    if (found.size() == times) {
      return null;
    }
    return found.isEmpty()
        ? Should.havePrintedLines(
            Naming.of(launch),
            stream,
            regex.pattern(),
            times,
            printed,
            hint(regex, lines),
            running,
            launch.describe())
        : Should.havePrintedOtherLines(
            Naming.of(launch),
            stream,
            regex.pattern(),
            times,
            found,
            running && found.size() < times,
            launch.describe());
  }

  private String hint(Pattern regex, List<String> lines) {
    return lines(printedOnOther.get()).stream().anyMatch(regex.asPredicate())
        ? "\n(" + other + " has such a line)"
        : Hint.forRegex(regex.pattern(), lines, containing);
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
