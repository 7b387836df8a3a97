package com.example;

/** What the test of each engine leaves: a child, and a daemon that has forked twice. */
final class Leak {
  private Leak() {}

  static Process child(int seconds) throws Exception {
    return new ProcessBuilder("sleep", String.valueOf(seconds)).start();
  }

  static void daemon(int seconds) throws Exception {
    new ProcessBuilder("sh", "-c", "setsid sh -c 'sleep " + seconds + " >/dev/null 2>&1 &'")
        .start()
        .waitFor();
  }

  static void stop(Process process) throws Exception {
    process.destroy();
    process.waitFor();
  }
}
