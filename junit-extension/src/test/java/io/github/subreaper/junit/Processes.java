package io.github.subreaper.junit;

import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts processes and forgets them, as code under test does; observes them from outside. */
public final class Processes {
  private Processes() {}

  /** Starts a process that outlives its parent; returns its pid. */
  public static long leak() {
    return leak("sleep 1000");
  }

  /** Does the same with a program and its arguments. */
  public static long leak(String command) {
    return leak(List.of(), command);
  }

  /** Does the same in a session whose leader, the started process, ends. */
  static long leakInSession() {
    return leak(List.of("setsid"), "sleep 1000");
  }

  /** Starts a process, and says its pid to the parent of this JVM. */
  static Process sleep() {
    try {
      Process process = new ProcessBuilder("sleep", "1000").start();
      ChildJvm.say("pid", process.pid());
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long leak(List<String> starter, String command) {
    List<String> arguments = new ArrayList<>(starter);
    arguments.addAll(
        List.of("sh", "-c", command + " >/dev/null 2>&1 </dev/null & echo $!; exit 0"));
    try {
      Process shell = new ProcessBuilder(arguments).start();
      String pid = new String(shell.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      shell.waitFor();
      // Until its exec it is a second `sh`, which no test expects; its name is there before its
      // arguments.
      Await.until(() -> commandLine(pid.strip()).equals(command));
      return Long.parseLong(pid.strip());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String commandLine(String pid) throws IOException {
    return Files.readString(Path.of("/proc", pid, "cmdline")).replace('\0', ' ').strip();
  }

  /** Returns whether the process is alive; a zombie is not. */
  static boolean isAlive(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state != 'Z' && state != 'X';
    } catch (IOException e) {
      return false;
    }
  }

  /** Fails if the process is alive, after killing it: tests leave nothing behind. */
  static void assertEnded(long pid) {
    if (isAlive(pid)) {
      kill(pid);
      throw new AssertionError("process " + pid + " was still alive");
    }
  }

  /** Kills what a negative control left. Fails if that is not alive. */
  static void endLeftBehind(long pid) {
    if (!isAlive(pid)) {
      throw new AssertionError("process " + pid + " is not there any more");
    }
    kill(pid);
  }

  static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    Await.until(() -> !isAlive(pid));
  }
}
