package io.github.subreaper.internal.report;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of the files in a directory of reports. */
final class ReportFiles {
  static final String LINES = "-processes.jsonl";
  static final String PAGE = "-processes.html";

  /** Earlier versions wrote it; now the page does. */
  static final String TRACE = "-trace.json";

  static final String INDEX = "index.html";

  /** With the longest ending and a number, a name of this length is no longer than 255 bytes. */
  private static final int LONGEST = 200;

  private static final Pattern RUN = Pattern.compile("run-(\\d{1,18})-\\d+(?:-\\d+)?\\.jsonl");
  private static final Pattern GUARDIAN = Pattern.compile("guardian-[0-9-]+\\.(?:log|new)");

  private ReportFiles() {}

  /**
   * Returns what the names of a report begin with, such as {@code com.acme.BillingTest.starts-2}.
   *
   * @param className with its package
   * @param method empty for the scope of a class
   * @param invocation 0 for none
   * @param scope its name in messages, for what is neither in a class nor in a method
   */
  static String base(String className, String method, int invocation, String scope) {
    String dot = className.isEmpty() || method.isEmpty() ? "" : ".";
    // Bounded as in a header, where they come from when they are written.
    String whole = Bounds.text(className) + dot + Bounds.text(method);
    whole = whole.isEmpty() ? Bounds.text(scope) : whole;
    String name = plain(whole);
    if (name.length() > LONGEST) {
      String rest = Integer.toHexString(whole.hashCode()); // so that cut names stay distinct
      name = name.substring(0, LONGEST - 9) + "-" + rest;
    }
    return invocation == 0 ? name : name + "-" + invocation;
  }

  /** Returns the name of a report if so many have the same base, this one included. */
  static String copy(String base, int copy) {
    return copy == 1 ? base : base + "-" + copy;
  }

  private static String plain(String text) {
    StringBuilder name = new StringBuilder();
    text.codePoints()
        .limit(LONGEST + 1)
        .forEach(c -> name.append(c == '$' ? '.' : isPlain(c) ? (char) c : '_'));
    if (name.isEmpty() || name.charAt(0) == '.' || name.charAt(0) == '-') {
      name.insert(0, '_'); // neither hidden nor an option
    }
    return name.toString();
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }

  /** Returns the name of the summary of a run. */
  static String run(long startMillis, long pid, int copy) {
    return "run-" + startMillis + "-" + pid + (copy == 1 ? "" : "-" + copy) + ".jsonl";
  }

  static boolean isRun(Path file) {
    return RUN.matcher(file.getFileName().toString()).matches();
  }

  /** Returns when the run of a summary began; 0 if it is none. */
  static long startOf(Path run) {
    Matcher name = RUN.matcher(run.getFileName().toString());
    return name.matches() ? Long.parseLong(name.group(1)) : 0;
  }

  static boolean isGuardianLog(Path file) {
    return GUARDIAN.matcher(file.getFileName().toString()).matches();
  }

  static boolean isReport(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(LINES) && name.length() > LINES.length();
  }

  /** Returns what the names of a report begin with, of the file with its lines. */
  static String base(Path lines) {
    String name = lines.getFileName().toString();
    return name.substring(0, name.length() - LINES.length());
  }
}
