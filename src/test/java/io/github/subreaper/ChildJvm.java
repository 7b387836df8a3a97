package io.github.subreaper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A JVM of its own for what would change the one that runs the tests: same JDK, same classes.
 *
 * @param exitCode as {@link Process} tells it
 * @param output of both streams
 */
record ChildJvm(int exitCode, String output) {

  /** The command that runs a main class; what is left out is the arguments. */
  static List<String> command(List<String> options, Class<?> main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xint", "-Xshare:auto"));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    return command;
  }

  static ChildJvm run(Class<?> main, String... arguments) throws Exception {
    return run(List.of(), List.of(), Map.of(), main, arguments);
  }

  /** Runs it to its end; to a file, so that what it leaves behind keeps nobody waiting. */
  static ChildJvm run(
      List<String> wrapper,
      List<String> options,
      Map<String, String> environment,
      Class<?> main,
      String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(command(options, main));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("child-jvm", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(Path.of("/dev/null").toFile());
      builder.environment().putAll(environment);
      int exitCode = builder.start().waitFor();
      return new ChildJvm(exitCode, Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }
}
