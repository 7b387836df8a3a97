package io.github.subreaper.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.waits.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs another JVM, with the class path of the tests, to its end. */
final class Jvm {
  private Jvm() {}

  /** Returns its output. */
  static String run(Path directory, List<String> options, Class<?> main, String... arguments)
      throws Exception {
    Path output = directory.resolve(main.getSimpleName() + ".log");
    Process jvm =
        new ProcessBuilder(command(directory, options, main, arguments))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Await.end(jvm);
    String text = Files.readString(output);
    assertThat(jvm.exitValue()).as(text).isZero();
    return text;
  }

  static List<String> command(
      Path directory, List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dsubreaper.directory=" + directory.resolve("reports"));
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }
}
