package io.github.subreaper.bench;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.report.ReportDirectory;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.pages.Viewer;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.Secrets;
import io.github.subreaper.junit.SubreaperTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** What reports cost the tests that pass, and how long one takes. */
final class ReportFiles {
  private static final String NEVER = "NEVER";
  private static final String FAILURES = "FAILURES";
  private static final int PROCESSES = 500;

  private static String flood = "";
  private static int orphans;

  private ReportFiles() {}

  /** A test whose daemons come and go at full speed, as users would write it. */
  @SubreaperTest(await = "2 m")
  static class Flooding {
    @Test
    void flood(Supervisor supervisor) {
      Launch launch = supervisor.launch(flood, Integer.toString(orphans));
      Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), launch);
    }
  }

  static void run(Setting setting, Report report) throws Exception {
    flood = setting.program("flood");
    orphans = setting.size(5000, 300);
    try (LauncherSession session = LauncherFactory.openSession()) {
      Launcher launcher = session.getLauncher();
      Contest.Work ours = () -> millis(launcher, EmptyMethods.Guarded.class, FAILURES);
      Contest.Peer never =
          new Contest.Peer(NEVER, () -> millis(launcher, EmptyMethods.Guarded.class, NEVER));
      Contest.of(setting.size(30, 0), "ms", ours, never);
      Contest empty = Contest.of(setting.size(51, 1), "ms", ours, never);
      List<Double> added = new ArrayList<>();
      for (int round = 0; round < empty.ours().size(); round++) {
        added.add((empty.ours().get(round) - empty.of(NEVER).get(round)) / EmptyMethods.TESTS);
      }
      report.add(
          Row.absolute(
              "reports: empty test, more than without",
              Spread.of(added),
              "ms",
              0.1,
              "What reports = FAILURES adds to a test method that does nothing."));
      Contest flooded =
          Contest.of(
              setting.size(7, 1),
              "ms",
              () -> millis(launcher, Flooding.class, FAILURES),
              new Contest.Peer(NEVER, () -> millis(launcher, Flooding.class, NEVER)));
      report.add(
          flooded.row(
              String.format("reports: a test with %,d orphans", orphans),
              NEVER,
              1.05,
              "A test that passes, with reports = FAILURES against NEVER."));
    }
    report.add(report(setting));
  }

  /** The time of a whole execution. */
  private static double millis(Launcher launcher, Class<?> tests, String reports) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(tests))
            .configurationParameter("subreaper.reports", reports)
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "false")
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
            .build();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    long start = System.nanoTime();
    launcher.execute(request, summary);
    long end = System.nanoTime();
    Setting.check(
        summary.getSummary().getTotalFailureCount() == 0
            && summary.getSummary().getTestsSucceededCount() > 0,
        "tests of",
        tests,
        "failed");
    return (end - start) / 1e6;
  }

  private static List<Row> report(Setting setting) throws Exception {
    List<Double> pages = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    Path directory = setting.directory().resolve("reports");
    for (int round = 0; round < setting.size(9, 1); round++) {
      try (Subreaper subreaper = Subreaper.activate()) {
        Supervisor supervisor = subreaper.open("report");
        Recorder recorder =
            new Recorder(
                supervisor, new Recorder.Test("id", "report", "Reports", "report", 0, "report"));
        recorder.phase("test");
        String script =
            "for i in $(seq " + (PROCESSES - 1) + "); do (exit $((i % 2))) & done; wait";
        Launch launch = supervisor.launch(Program.of("sh", "-c", script).traced());
        Setting.check(launch.awaitExit().equals(ExitStatus.exited(0)), launch);
        ScopeReport end = supervisor.end();
        long start = System.nanoTime();
        Recording recording = recorder.record(end, Secrets.with(List.of()), Result.PASSED, null);
        Setting.check(recording.processes().size() >= PROCESSES, recording.processes().size());
        ReportDirectory.at(directory).write(recording);
        all.add((System.nanoTime() - start) / 1e6);
        long page = System.nanoTime();
        Viewer.page(RecordingWriter.write(recording));
        pages.add((System.nanoTime() - page) / 1e6);
      }
    }
    return List.of(
        Row.absolute(
            "reports: page of 500 processes",
            Spread.of(pages),
            "ms",
            300,
            "Lines and page, made of a recording."),
        Row.absolute(
            "reports: report of 500 processes",
            Spread.of(all),
            "ms",
            Row.NO_GOAL,
            "From the journal to two files on disk."));
  }
}
