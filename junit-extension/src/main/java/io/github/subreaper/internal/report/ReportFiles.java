package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.recording.Recorder;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of the files in a directory of reports. */
public final class ReportFiles {
  public static final String LINES = "-processes.jsonl";
  public static final String PAGE = "-processes.html";

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
   * @param its test, as in a header or not bounded yet
   */
  static String base(Recorder.Test its) {
    Recorder.Test test = its.bounded();
    String dot = test.className().isEmpty() || test.method().isEmpty() ? "" : ".";
    String whole = test.className() + dot + test.method();
    whole = whole.isEmpty() ? test.scope() : whole;
    String name = plain(whole);
    if (name.length() > LONGEST) {
      String rest = Integer.toHexString(whole.hashCode()); // so that cut names stay distinct
      name = name.substring(0, LONGEST - 9) + "-" + rest;
    }
    return test.invocation() == 0 ? name : name + "-" + test.invocation();
  }

  /** Returns the name of a report if so many have the same base, this one included. */
  static String copy(String base, int copy) {
    return copy == 1 ? base : base + "-" + copy;
  }

  private static String plain(String text) {
    String name = text.replace('$', '.').replaceAll("[^A-Za-z0-9._-]", "_");
    return name.matches("[A-Za-z0-9_].*") ? name : "_" + name; // neither hidden nor an option
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
