package io.github.subreaper.samples;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.LaunchException;
import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.WaitTimeoutException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Shows which process is a daemon's parent, and what becomes of its exit status: without a
 * subreaper and with one.
 *
 * <p>With arguments it runs them as a command: it starts the command, shows which of its processes
 * this JVM has adopted, terminates them all and prints how each one ended.
 */
public final class Quickstart {
  private static final String DAEMON = "quickstart-daemon";

  /** For Maven no failure: it would add ten lines to the message. */
  private static final int REFUSED = 2;

  private Quickstart() {}

  /**
   * Runs the quickstart.
   *
   * @param command empty, or a command of yours and its arguments
   * @throws Exception if this machine lacks something
   */
  public static void main(String[] command) throws Exception {
    int status;
    try {
      status = (command.length == 0 ? beforeAndAfter() : adopt(command)) ? 0 : 1;
    } catch (UnsupportedSystemException | LaunchException e) {
      System.err.println(e.getMessage());
      status = REFUSED;
    }
    System.exit(status);
  }

  private static boolean beforeAndAfter() throws IOException, InterruptedException {
    Path directory = directoryWithDaemon();
    WithoutSubreaper.runInJvmOfItsOwn(directory, DAEMON);

    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("quickstart")) {
      Launch launch = supervisor.launch(Program.of("sh", DAEMON).withDirectory(directory));
      Descendant daemon = launch.awaitOrphan();

      System.out.println("after: this JVM adopted it");
      printTree(supervisor);
      launch.stop();
      System.out.println("ended: " + end(daemon));
      return nothingIsLeftOf(supervisor);
    }
  }

  private static boolean adopt(String[] command) throws IOException {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("quickstart")) {
      Launch launch = supervisor.launch(command);
      try {
        Descendant daemon = launch.awaitOrphan(Duration.ofSeconds(5));
        System.out.println("this JVM adopted " + daemon);
      } catch (WaitTimeoutException e) {
        System.out.println(launch.isAlive() ? "it stays in the foreground" : "it left no daemon");
      }

      printTree(supervisor);
      launch.stop();
      for (Descendant process : supervisor.descendants()) {
        System.out.println("ended: " + end(process) + "  " + process);
      }
      launch.stdout().lines().forEach(line -> System.out.println("stdout: " + line));
      launch.stderr().lines().forEach(line -> System.out.println("stderr: " + line));
      return nothingIsLeftOf(supervisor);
    }
  }

  /** Prints this JVM, and below it the tree of the supervisor. */
  private static void printTree(Supervisor supervisor) throws IOException {
    System.out.println(PsLine.of(ProcessHandle.current().pid()).withCommand("java ... (this JVM)"));
    supervisor.tree().toString().lines().map(PsLine::asChild).forEach(System.out::println);
  }

  /** Describes how a process ended and what it used, which wait4(2) returns only to the parent. */
  private static String end(Descendant process) {
    String status =
        process
            .exitStatus()
            .map(s -> s instanceof ExitStatus.Exited exited ? "exit " + exited.code() : s + "")
            .orElse("not yet");
    String time =
        process.endedAt().isPresent()
            ? String.format(Locale.ROOT, " after %.2f s", process.lifetime().toMillis() / 1e3)
            : "";
    String user = process.userTime().map(t -> ", " + millis(t) + " user").orElse("");
    String system = process.systemTime().map(t -> ", " + millis(t) + " system").orElse("");
    String memory =
        process.peakMemoryBytes().isPresent()
            ? String.format(
                Locale.ROOT, ", peak %.1f MB", process.peakMemoryBytes().getAsLong() / 1e6)
            : "";
    return status + time + user + system + memory;
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
  }

  /** Asks the system rather than the library. */
  private static boolean nothingIsLeftOf(Supervisor supervisor) {
    List<Descendant> left =
        supervisor.descendants().stream()
            .filter(process -> ProcessHandle.of(process.pid()).isPresent())
            .toList();
    System.out.println(left.isEmpty() ? "nothing left" : "left: " + left);
    return left.isEmpty();
  }

  /** Creates a directory that the JVM deletes when it exits. */
  private static Path directoryWithDaemon() throws IOException {
    Path directory = Files.createTempDirectory("quickstart");
    directory.toFile().deleteOnExit();
    Path script = directory.resolve(DAEMON);
    script.toFile().deleteOnExit();
    try (InputStream daemon = Quickstart.class.getResourceAsStream(DAEMON)) {
      Files.copy(Objects.requireNonNull(daemon, DAEMON), script);
    }
    return directory;
  }
}
