package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.ReportDirectory.Remade;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.report.text.Visible;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * The command that makes pages and index again from JSON lines, which may be gathered from many
 * machines. It needs nothing but the JAR file that it is in.
 *
 * <pre>{@code
 * java -jar subreaper-junit-0.1.0.jar target/subreaper
 * }</pre>
 */
public final class Main {
  private static final String USAGE =
      """
      Usage: java -jar subreaper-junit-VERSION.jar DIRECTORY

      Makes the pages and the index of subreaper's reports again, from the JSON lines
      (*-processes.jsonl, run-*.jsonl) in the directory and in those below it. They
      may be of many machines.

      Exit codes: 0 all was made; 1 something could not be read or written, the rest
      was made; 2 wrong usage.
      """;

  private Main() {}

  /**
   * Runs the command, and exits.
   *
   * @param arguments the directory
   */
  public static void main(String[] arguments) {
    System.exit(run(System.out, System.err, arguments));
  }

  static int run(PrintStream out, PrintStream err, String... arguments) {
    if (arguments.length == 1 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
      out.print(USAGE);
      return 0;
    }
    if (arguments.length != 1 || arguments[0].isEmpty() || arguments[0].startsWith("-")) {
      err.print(USAGE);
      return 2;
    }
    try {
      return remake(ReportDirectory.at(Path.of(arguments[0])), out, err);
    } catch (InvalidPathException | IOException e) {
      err.println("subreaper: " + Visible.line(e.getMessage() + "", 2_000));
      return 1;
    }
  }

  private static int remake(ReportDirectory directory, PrintStream out, PrintStream err)
      throws IOException {
    Remade made = directory.remake();
    for (String problem : made.problems()) {
      err.println("subreaper: " + Visible.line(problem, 2_000));
    }
    if (made.index() == null) {
      err.println("subreaper: no JSON lines in " + Visible.line(directory.path().toString()));
      return 1;
    }
    String counts = Counts.of(made.reports(), "report") + ", " + Counts.of(made.runs(), "run");
    out.println(counts + ": " + Visible.line(made.index().toString()));
    return made.problems().isEmpty() ? 0 : 1;
  }
}
