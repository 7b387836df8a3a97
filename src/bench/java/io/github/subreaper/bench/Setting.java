package io.github.subreaper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Sizes, and where things are.
 *
 * @param quick whether sizes are tiny
 * @param directory for what is built, logged and found out
 * @param sources of the benchmarks, and the page with the latest whole run
 */
record Setting(boolean quick, Path directory, Path sources) {
  private static final String[] PROGRAMS = {
    "amid",
    "burst",
    "cleanup",
    "compile",
    "crowd",
    "flood",
    "guardian",
    "look",
    "reap",
    "stamp",
    "supervise",
    "tree",
    "victims"
  };

  /** Programs of the tests that are of use here too. */
  private static final String[] OF_TESTS = {"strangers"};

  /** Compiles the C programs. */
  static Setting prepare(boolean quick) throws Exception {
    Path sources = Path.of(required("bench.sources")).toAbsolutePath().normalize();
    Path directory = Files.createDirectories(Path.of(required("bench.target"))).toAbsolutePath();
    Setting setting = new Setting(quick, directory, sources);
    setting.compile(sources.resolve("c"), PROGRAMS);
    setting.compile(sources.resolve("../test/resources/c"), OF_TESTS);
    return setting;
  }

  private void compile(Path sources, String... programs) throws Exception {
    for (String program : programs) {
      run(
          "cc",
          "-O2",
          "-pthread",
          "-o",
          program(program),
          sources.resolve(program + ".c").toString());
    }
  }

  private static String required(String property) {
    String value = System.getProperty(property);
    if (value == null) {
      throw new IllegalStateException("started without -D" + property + "; see CONTRIBUTING.md");
    }
    return value;
  }

  String program(String name) {
    return directory.resolve(name).toString();
  }

  Path log(String name) {
    return directory.resolve(name + ".log");
  }

  int size(int full, int tiny) {
    return quick ? tiny : full;
  }

  /** Runs a program to its end, which is to be a good one, and returns what it wrote. */
  String run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "run", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(3, TimeUnit.MINUTES);
      if (!ended) {
        process.destroyForcibly();
      }
      String text = Files.readString(output);
      check(ended && process.exitValue() == 0, command[0], "failed:", text);
      return text;
    } finally {
      Files.delete(output);
    }
  }

  /** Returns a command that runs a class of this class path in its own JVM. */
  List<String> java(Class<?> main, String... arguments) {
    return java(System.getProperty("java.class.path"), main, arguments);
  }

  /** The same on another class path. */
  List<String> java(String classPath, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dsubreaper.directory=" + directory.resolve("guardian"));
    command.add("-cp");
    command.add(classPath);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  /** A figure counts only if the work was done. */
  static void check(boolean right, Object... words) {
    if (!right) {
      throw new IllegalStateException(
          "wrong result: "
              + Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }
}
