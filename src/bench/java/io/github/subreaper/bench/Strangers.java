package io.github.subreaper.bench;

import java.io.BufferedReader;
import java.util.concurrent.Callable;

/** Processes of others, as there may be on a big machine. */
final class Strangers {
  private Strangers() {}

  /** Measures while there are so many of them. */
  static <T> T beside(Setting setting, int count, Callable<T> measurement) throws Exception {
    Process parent =
        new ProcessBuilder(setting.program("strangers"), Integer.toString(count)).start();
    try (BufferedReader output = parent.inputReader()) {
      String said = output.readLine();
      Setting.check(("strangers=" + count).equals(said), said);
      return measurement.call();
    } finally {
      parent.getOutputStream().close();
      parent.waitFor();
    }
  }
}
