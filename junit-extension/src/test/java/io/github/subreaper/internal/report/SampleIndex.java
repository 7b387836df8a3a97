package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.RunSummary.Leak;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes a directory of reports to look at: two modules, two machines, a guardian that worked. */
final class SampleIndex {
  private SampleIndex() {}

  public static void main(String[] arguments) throws IOException {
    System.out.println(write(Path.of(arguments[0])));
  }

  static Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("guardian-40880.log"),
        "jvm 40880\nstatus 9\ntotal 2\nended 41002 redis-server\nended 41003 sh\ncomplete\n");
    Files.writeString(directory.resolve("cut-processes.jsonl"), "{\"record\":");
    ReportDirectory reports = ReportDirectory.at(directory);
    ReportSamples shop = ReportSamples.FIRST.ofModule("/build/shop").ofHost("ci-8").later(90);
    run(reports, shop.of("com.acme.shop.CheckoutTest", "sells", 0).with(Result.PASSED, null));
    return run(
        reports,
        ReportSamples.FIRST.with(
            Result.FAILED,
            "io.github.subreaper.junit.LeakedProcessesError: BillingTest.stops() left postgres"
                + " running (started at Billing.java:88)\n  41298 postgres; ended by SIGTERM"));
  }

  private static Path run(ReportDirectory reports, ReportSamples sample) throws IOException {
    List<ScopeEnd> ends = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ReportSamples one = sample.of(sample.className(), sample.method(), i);
      String name = reports.write(one.recording()).name();
      Leak leak =
          new Leak(
              "postgres -D /tmp/x" + i, "com.acme.Billing.start(Billing.java:" + (88 + i) + ")");
      List<Leak> leaks = sample.result() == Result.FAILED ? List.of(leak, leak) : List.of();
      int survivors = i == 3 && sample.result() == Result.FAILED ? 1 : 0;
      long nanos = (i + 1) * 340_000_000L;
      ends.add(
          new ScopeEnd(
              one.scope(), one.result(), 12, false, 4, survivors, leaks, nanos, name, null));
    }
    Path index = reports.finish(sample.summary(ends.toArray(ScopeEnd[]::new)));
    if (index == null) {
      throw new IllegalStateException("no index");
    }
    return index;
  }
}
