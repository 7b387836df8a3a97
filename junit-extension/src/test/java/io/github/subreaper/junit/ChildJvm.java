package io.github.subreaper.junit;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A program, mostly a JVM with the class path of the tests, run to its end. */
final class ChildJvm {
  private final List<String> prefix;
  private final List<String> options;
  private final List<String> mainAndArguments;

  private ChildJvm(List<String> prefix, List<String> options, List<String> mainAndArguments) {
    this.prefix = prefix;
    this.options = options;
    this.mainAndArguments = mainAndArguments;
  }

  static ChildJvm main(String main, String... arguments) {
    return new ChildJvm(
        List.of(), List.of(), Stream.concat(Stream.of(main), Arrays.stream(arguments)).toList());
  }

  /** Runs test classes with {@link RunTests}. */
  static ChildJvm tests(Class<?>... classes) {
    return main(
        RunTests.class.getName(),
        Arrays.stream(classes).map(Class::getName).toArray(String[]::new));
  }

  /** With something before {@code java}, such as {@code setpriv}. */
  ChildJvm below(String... command) {
    return new ChildJvm(List.of(command), options, mainAndArguments);
  }

  /** With a system property; JUnit takes its configuration parameters from there too. */
  ChildJvm with(String property, String value) {
    List<String> more = new ArrayList<>(options);
    more.add("-D" + property + "=" + value);
    return new ChildJvm(prefix, more, mainAndArguments);
  }

  /** With another class path. */
  ChildJvm on(String classPath) {
    List<String> more = new ArrayList<>(options);
    more.addAll(List.of("-cp", classPath)); // the last one counts
    return new ChildJvm(prefix, more, mainAndArguments);
  }

  Output run() {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dsubreaper.reports=/dev/null/none"); // no guardian's log of one is another's news
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.addAll(options);
    command.addAll(mainAndArguments);
    return run(new ProcessBuilder(command));
  }

  /** Its output goes to a file: a pipe would wait for whatever it leaves behind. */
  static Output run(ProcessBuilder builder) {
    try {
      Path file = Files.createTempFile("child", ".txt");
      try {
        Process child = builder.redirectErrorStream(true).redirectOutput(file.toFile()).start();
        child.getOutputStream().close();
        boolean ended = child.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
          child.destroyForcibly().waitFor();
        }
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

  /** Tells the parent something. */
  static void say(String name, Object value) {
    System.out.println("\n" + name + ": " + value);
  }

  /**
   * What it printed.
   *
   * @param exitCode its own
   * @param text of both streams
   */
  record Output(int exitCode, String text) {

    Output assertExit(int expected) {
      if (exitCode != expected) {
        throw new AssertionError("exited " + exitCode + ":\n" + text);
      }
      return this;
    }

    /** The one number that was said with this name. */
    long number(String name) {
      List<Long> numbers = numbers(name);
      if (numbers.size() != 1) {
        throw new AssertionError(name + " was said " + numbers.size() + " times:\n" + text);
      }
      return numbers.get(0);
    }

    List<Long> numbers(String name) {
      Matcher matcher =
          Pattern.compile("^.*\\b" + name + ": (\\d+)$", Pattern.MULTILINE).matcher(text);
      return matcher.results().map(result -> Long.parseLong(result.group(1))).toList();
    }

    /** The lines that hold a text. */
    String lines(String part) {
      return text.lines().filter(line -> line.contains(part)).collect(joining("\n"));
    }
  }
}
