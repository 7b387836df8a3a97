package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs a class in its own JVM, for tests about the state of a whole JVM, or its death. */
public final class ChildJvm {
  /** The option of a JVM that records where processes are started, as one does by default. */
  public static final List<String> ORIGINS = List.of("-Dsubreaper.origin=auto");

  private ChildJvm() {}

  /** The output and the exit code of a JVM. */
  public record Result(int exitCode, String output) {
    /** Returns the value of a line {@code name=value}. */
    public String value(String name) {
      return output
          .lines()
          .filter(line -> line.startsWith(name + "="))
          .map(line -> line.substring(name.length() + 1))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no line " + name + "=… in:\n" + output));
    }

    /** Asserts that the JVM exited with 0, and returns this. */
    public Result exitedNormally() {
      assertThat(exitCode).as(output).isZero();
      return this;
    }
  }

  /** Returns the command that runs a class of the test class path. */
  public static List<String> command(Class<?> main, String... arguments) {
    return command(List.of(), main, arguments);
  }

  /** Returns the same with options for the JVM. */
  public static List<String> command(List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+IgnoreUnrecognizedVMOptions");
    // Both together halve the work of a JVM that lives for seconds.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-Dsubreaper.origin=off"); // the flight recorder takes long to start
    command.add("-Xmx512m");
    command.add("-ea");
    command.add("--enable-native-access=ALL-UNNAMED");
    // else one JVM would report the guardian's log of another
    command.add("-Dsubreaper.directory=/dev/null/none");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(options); // the last class path counts
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * Runs a command to its end. The output goes to a file, since a process that it leaves would keep
   * a pipe open.
   */
  public static Result run(List<String> command) throws Exception {
    return run(command, Map.of());
  }

  private static Result run(List<String> command, Map<String, String> environment)
      throws Exception {
    Path output = Files.createTempFile("child-jvm", ".log");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(Path.of("/dev/null").toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!Await.end(process)) {
        throw new AssertionError("it hangs: " + command + "\n" + threadsOf(process, output));
      }
      return new Result(process.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }

  /** Kills a process and all below it, and returns its output, with the stacks of its threads. */
  private static String threadsOf(Process process, Path output) throws Exception {
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    for (ProcessHandle one : all) {
      if (one.info().command().orElse("").endsWith("/java")) {
        new ProcessBuilder("kill", "-QUIT", "" + one.pid())
            .start()
            .waitFor(); // HotSpot prints them
      }
    }
    Await.patiently(() -> Files.readString(output).contains("JNI global refs"));
    all.forEach(ProcessHandle::destroyForcibly);
    return Files.readString(output);
  }

  /** Runs a class to its end. */
  public static Result run(Class<?> main, String... arguments) throws Exception {
    return run(command(main, arguments));
  }

  /** Runs a class to its end, which records where processes are started. */
  public static Result runWithOrigins(Class<?> main, String... arguments) throws Exception {
    return run(command(ORIGINS, main, arguments));
  }

  /** Runs a class through another program, with options for the JVM and a changed environment. */
  public static Result run(
      List<String> wrapper,
      List<String> options,
      Map<String, String> environment,
      Class<?> main,
      String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(command(options, main, arguments));
    return run(command, environment);
  }
}
