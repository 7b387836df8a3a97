package io.github.subreaper.samples;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The "before" of the quickstart: a JVM that starts the daemon as any JVM would. */
final class WithoutSubreaper {
  private WithoutSubreaper() {}

  static void runInJvmOfItsOwn(Path directory, String daemon)
      throws IOException, InterruptedException {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WithoutSubreaper.class.getName(),
                directory.toString(),
                daemon)
            .inheritIO()
            .start();
    if (jvm.waitFor() != 0) {
      throw new IOException("the JVM without a subreaper failed: exit " + jvm.exitValue());
    }
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Process launcher =
        new ProcessBuilder("sh", args[1])
            .directory(Path.of(args[0]).toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = launcher.inputReader()) {
      long daemon = Long.parseLong(output.readLine());
      // A hook, so that an interrupt from the keyboard leaves no daemon either.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(daemon)));
      launcher.waitFor();
      show(daemon);
    }
  }

  private static void show(long pid) throws IOException {
    PsLine daemon = PsLine.of(pid);
    PsLine parent = PsLine.of(daemon.parent());
    System.out.println(
        "before: without a subreaper the daemon belongs to PID "
            + parent.pid()
            + ", and its exit status is lost");
    System.out.println(parent);
    System.out.println(PsLine.asChild(daemon.toString()));
  }

  /** Does all that a non-parent can do: signals the pid, and polls it. */
  private static void end(long pid) {
    long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    while (isRunning(pid) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static boolean isRunning(long pid) {
    try {
      return !PsLine.of(pid).state().startsWith("Z");
    } catch (IOException e) {
      return false;
    }
  }
}
