package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.Recording.Header;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reports and summaries of tests that never ran. */
public record ReportSamples(
    String host,
    String module,
    long started,
    String className,
    String method,
    int invocation,
    Result result,
    @Nullable String failure) {

  static final long T0 = Instant.parse("2026-03-14T02:17:45Z").toEpochMilli();

  public static final ReportSamples FIRST =
      new ReportSamples(
          "ci-7",
          "/build/billing",
          T0,
          "com.acme.BillingTest",
          "stops",
          0,
          Result.FAILED,
          "left 2");

  ReportSamples ofHost(String other) {
    return new ReportSamples(
        other, module, started, className, method, invocation, result, failure);
  }

  public ReportSamples ofModule(String other) {
    return new ReportSamples(host, other, started, className, method, invocation, result, failure);
  }

  /** In a run that began so many seconds after the first one. */
  ReportSamples later(long seconds) {
    return new ReportSamples(
        host, module, started + seconds * 1_000, className, method, invocation, result, failure);
  }

  public ReportSamples of(String type, String otherMethod, int number) {
    return new ReportSamples(host, module, started, type, otherMethod, number, result, failure);
  }

  public ReportSamples with(Result other, @Nullable String otherFailure) {
    return new ReportSamples(
        host, module, started, className, method, invocation, other, otherFailure);
  }

  String run() {
    return host + "-40880-" + started;
  }

  Recorder.Test test() {
    String id = "[engine:x]/[class:" + className + "]/[method:" + method + "()]/[#" + invocation;
    return new Recorder.Test(id, method + "()", className, method, invocation, scope());
  }

  public String scope() {
    String simple = className.substring(className.lastIndexOf('.') + 1);
    return simple + "." + method + "()" + (invocation == 0 ? "" : "[" + invocation + "]");
  }

  /** The test began a second after its run. */
  public Recording recording() {
    Header header =
        new Header(
            new About("0.1.0", host, "Linux 6.12", "OpenJDK 17", run(), module),
            test(),
            Instant.ofEpochMilli(started + 1_000),
            0,
            true,
            0,
            true,
            false,
            result,
            failure);
    MadeRecording made = new MadeRecording().with(header).phase("test", 0, 10);
    made.exited(0, 1, 5, 0, "sleep", "1");
    return made.before("  41001 ?  S  0:00 sleep 1").make();
  }

  public ScopeSummary end(@Nullable String report, Leak... leaks) {
    return new ScopeSummary(
        scope(), result, 3, false, 1, 0, List.of(leaks), 12_000_000, report, null);
  }

  public RunSummary summary(ScopeSummary... scopes) {
    long failed = Stream.of(scopes).filter(one -> one.result() == Result.FAILED).count();
    return new RunSummary(
        new About("0.1.0", host, "Linux 6.12", "OpenJDK 17", run(), module),
        "subreaper yes works",
        Instant.ofEpochMilli(started),
        Instant.ofEpochMilli(started + 61_000),
        42,
        (int) failed,
        318,
        57,
        List.of(RunSummary.classOf(scope())),
        List.of(scopes),
        List.of());
  }

  /** Returns the names of all files but the lock, in order. */
  static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> !name.equals(DirectoryLock.NAME))
          .sorted()
          .toList();
    }
  }

  /** Returns what the names of the reports in a directory begin with, in order. */
  static List<String> reports(Path directory) throws IOException {
    return names(directory).stream()
        .filter(name -> name.endsWith(ReportFiles.LINES))
        .map(name -> name.substring(0, name.length() - ReportFiles.LINES.length()))
        .sorted()
        .toList();
  }
}
