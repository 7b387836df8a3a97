package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM that writes reports, as the fork of a build does. Arguments: the directory, the module, the
 * second at which its run has begun, and how many reports it writes.
 */
final class Fork {
  private Fork() {}

  public static void main(String[] arguments) {
    System.out.println("ready");
    try {
      System.in.read(); // all forks begin at once
      run(
          ReportDirectory.at(Path.of(arguments[0])),
          ReportSamples.FIRST.ofModule(arguments[1]).later(Long.parseLong(arguments[2])),
          Integer.parseInt(arguments[3]));
    } catch (IOException e) {
      System.out.println(e.getMessage());
      System.exit(3);
    }
  }

  private static void run(ReportDirectory directory, ReportSamples sample, int count)
      throws IOException {
    List<ScopeSummary> ends = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      ReportSamples one = sample.of("com.acme.SameTest", "same", i);
      directory.removeStale(one.test());
      String name = directory.write(one.recording()).name();
      ends.add(one.end(name, new Leak("leak " + i + " of " + one.run(), null)));
    }
    System.out.println(directory.finish(sample.summary(ends.toArray(ScopeSummary[]::new))));
  }

  /** A program that runs, and what it prints. */
  record Running(Process process, Path output) {

    static Running start(Path output, List<String> before, String main, String... arguments)
        throws IOException {
      List<String> command = new ArrayList<>(before);
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-Xmx256m", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-cp"));
      command.add(System.getProperty("java.class.path"));
      command.add(main);
      command.addAll(List.of(arguments));
      return new Running(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start(),
          output);
    }

    /** Lets it begin. */
    void go() throws IOException {
      process.getOutputStream().close();
    }

    int exitCode() throws IOException, InterruptedException {
      if (!Await.end(process)) {
        throw new AssertionError("still running: " + text());
      }
      return process.exitValue();
    }

    String text() throws IOException {
      return Files.readString(output);
    }
  }
}
