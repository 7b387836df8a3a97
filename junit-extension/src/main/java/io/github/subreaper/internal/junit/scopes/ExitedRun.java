package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.internal.report.ReportDirectory;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A run in which System.exit was called: build tools do not say where, so the next run does. */
final class ExitedRun {
  private ExitedRun() {}

  /** Returns where System.exit was called; empty if a signal or the last thread ends the JVM. */
  static String place() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(
            stack ->
                Arrays.stream(stack)
                    .dropWhile(frame -> !isExit(frame))
                    .dropWhile(frame -> frame.getClassName().startsWith("java.lang."))
                    .limit(1))
        .map(frame -> ", by System.exit at " + frame.toString().replaceFirst("^[^(]*/", ""))
        .findFirst()
        .orElse("");
  }

  private static boolean isExit(StackTraceElement frame) {
    return frame.getClassName().equals("java.lang.Runtime") && frame.getMethodName().equals("exit");
  }

  /** Leaves a line for the next run. */
  static void leave(ReportDirectory directory, String how) {
    long pid = ProcessHandle.current().pid();
    try {
      directory.write(
          "exit-" + pid + ".txt", "subreaper: a previous run (pid " + pid + ") ended" + how);
    } catch (IOException | RuntimeException e) {
      return; // this run says it, too
    }
  }

  /** Returns the lines of earlier runs. Each is given to one JVM only. */
  static List<String> take(ReportDirectory directory) {
    List<String> lines = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.path(), "exit-*.txt")) {
      for (Path file : files) {
        String line = Files.readString(file);
        if (Files.deleteIfExists(file)) {
          lines.add(line);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return lines; // mostly there is no directory yet
    }
    return lines;
  }
}
