package io.github.subreaper.junit;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Program;
import io.github.subreaper.waits.Await;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Runs a program to its end, mostly a JVM with the class path of the tests. */
public final class ChildJvm {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private final List<String> prefix;
  private final List<String> options;
  private final List<String> mainAndArguments;

  private ChildJvm(List<String> prefix, List<String> options, List<String> mainAndArguments) {
    this.prefix = prefix;
    this.options = options;
    this.mainAndArguments = mainAndArguments;
  }

  public static ChildJvm main(String main, String... arguments) {
    return new ChildJvm(
        List.of(), List.of(), Stream.concat(Stream.of(main), Arrays.stream(arguments)).toList());
  }

  /** Returns a program for a test to launch: a JVM as users start one. */
  static Program program(Class<?> main) {
    return Program.of(JAVA, "-cp", System.getProperty("java.class.path"), main.getName());
  }

  /** Runs test classes with {@link RunTests}. */
  public static ChildJvm tests(Class<?>... classes) {
    return main(
        RunTests.class.getName(),
        Arrays.stream(classes).map(Class::getName).toArray(String[]::new));
  }

  /** Runs it by a command that stands before {@code java}, such as {@code setpriv}. */
  ChildJvm below(String... command) {
    return new ChildJvm(List.of(command), options, mainAndArguments);
  }

  /** Sets a system property; JUnit takes its configuration parameters from there too. */
  public ChildJvm with(String property, String value) {
    return withOption("-D" + property + "=" + value);
  }

  /** Adds an option of the JVM. */
  ChildJvm withOption(String option) {
    List<String> more = new ArrayList<>(options);
    more.add(option);
    return new ChildJvm(prefix, more, mainAndArguments);
  }

  /** Records where processes are started, as a JVM does by default. */
  ChildJvm withOrigins() {
    return with("subreaper.origin", "auto");
  }

  /** Sets another class path. */
  ChildJvm on(String classPath) {
    List<String> more = new ArrayList<>(options);
    more.addAll(List.of("-cp", classPath)); // the last one counts
    return new ChildJvm(prefix, more, mainAndArguments);
  }

  /** Takes away what is in the JAR files whose names match. */
  ChildJvm without(String jars) {
    return on(
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.matches(".*/(" + jars + ")[^/]*\\.jar"))
            .collect(joining(File.pathSeparator)));
  }

  /** Runs it, and fails unless it has said the pids of processes, all of which have ended. */
  Output runAndAssertEnded() {
    Output output = run();
    if (output.numbers("pid").isEmpty()) {
      throw new AssertionError("no pid:\n" + output.text);
    }
    output.numbers("pid").forEach(Processes::assertEnded);
    return output;
  }

  public Output run() {
    List<String> command = new ArrayList<>(prefix);
    command.add(JAVA);
    // Both together halve the work of a JVM that lives for seconds.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("--enable-native-access=ALL-UNNAMED");
    // No run reports the guardian's log of another one, nor what fails on purpose.
    command.add("-Dsubreaper.directory=/dev/null/none");
    command.add("-Dsubreaper.reports=NEVER");
    command.add("-Dsubreaper.origin=off"); // a third of the CPU time of a JVM with one test
    command.add("-Dsubreaper.settle=10 ms"); // what the tests leave does not end by itself
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(options);
    command.addAll(mainAndArguments);
    return run(new ProcessBuilder(command));
  }

  /**
   * Writes the output to a file: a pipe would stay open as long as any process that the child left.
   */
  static Output run(ProcessBuilder builder) {
    try {
      Path file = Files.createTempFile("child", ".txt");
      try {
        Process child = builder.redirectErrorStream(true).redirectOutput(file.toFile()).start();
        child.getOutputStream().close();
        boolean ended = Await.end(child);
        String text = Files.readString(file, StandardCharsets.UTF_8);
        if (!ended) {
          throw new AssertionError("still running after five minutes:\n" + text);
        }
        return new Output(child.exitValue(), text);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** Prints a value for the parent. */
  static void say(String name, Object value) {
    System.out.println("\n" + name + ": " + value);
  }

  /**
   * The output of the program.
   *
   * @param exitCode of the program
   * @param text of both streams
   */
  public record Output(int exitCode, String text) {

    Output assertExit(int expected) {
      if (exitCode != expected) {
        throw new AssertionError("exited " + exitCode + ":\n" + text);
      }
      return this;
    }

    /** Returns the only number printed with this name. */
    long number(String name) {
      List<Long> numbers = numbers(name);
      if (numbers.size() != 1) {
        throw new AssertionError(name + " was printed " + numbers.size() + " times:\n" + text);
      }
      return numbers.get(0);
    }

    List<Long> numbers(String name) {
      Matcher matcher =
          Pattern.compile("^.*\\b" + name + ": (\\d+)$", Pattern.MULTILINE).matcher(text);
      return matcher.results().map(result -> Long.parseLong(result.group(1))).toList();
    }

    /** Returns the lines that contain a text. */
    String lines(String part) {
      return text.lines().filter(line -> line.contains(part)).collect(joining("\n"));
    }
  }
}
