package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.NativeStrings;
import io.github.subreaper.internal.linux.ProcessStat;
import io.github.subreaper.internal.linux.Procfs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is exec'd before a program, in the same process, for what nobody can set from outside. Each
 * stage execs the rest of its arguments; the program's argv and environment stay what they are.
 */
final class Wrapper {
  private static final Path SHELL = Path.of("/bin/sh");

  /** How many arguments tell a stage from a program. */
  private static final int TELLING = 3;

  private final List<List<byte[]>> stages = new ArrayList<>();
  private boolean environmentInArguments;

  /** Nothing: the program is exec'd at once. */
  Wrapper() {}

  boolean isEmpty() {
    return stages.isEmpty();
  }

  /**
   * Runs commands of a shell. A shell drops and rewrites variables, so it gets none, and env(1)
   * sets them behind it. Comes first.
   */
  void addShell(String commands, Path env, List<byte[]> environment) {
    String script = commands + "; exec " + env + " -i -- \"$@\"";
    stages.add(List.of(bytes(SHELL.toString()), bytes("-c"), bytes(script), bytes("sh")));
    List<byte[]> variables = new ArrayList<>(List.of(bytes(env.toString()), bytes("-i")));
    variables.add(bytes("--"));
    environment.stream()
        .filter(variable -> variable.length > 0 && variable[0] != '=')
        .forEach(variables::add);
    stages.add(variables);
    environmentInArguments = true;
  }

  /** A tool that execs what follows its own arguments. */
  void add(Path tool, String... arguments) {
    List<byte[]> stage = new ArrayList<>();
    stage.add(bytes(tool.toString()));
    for (String argument : arguments) {
      stage.add(bytes(argument));
    }
    stages.add(stage);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(NativeStrings.CHARSET);
  }

  /** What is exec'd first. */
  Path file() {
    return Path.of(text(stages.get(0).get(0)));
  }

  /** The arguments of the first stage, down to the program's. */
  List<byte[]> around(List<byte[]> command) {
    List<byte[]> all = new ArrayList<>();
    for (List<byte[]> stage : stages) {
      // env(1) is named in the script, and execs what follows its own name
      boolean named = environmentInArguments && stage == stages.get(1);
      all.addAll(named ? stage.subList(TELLING, stage.size()) : stage);
    }
    all.addAll(command);
    return all;
  }

  List<byte[]> environment(List<byte[]> environment) {
    return environmentInArguments ? List.of() : environment;
  }

  /** Whether a process still runs a stage, and so not the program. */
  boolean holds(ProcessStat stat) {
    if (stat.hasEnded() || stages.stream().noneMatch(stage -> isOf(stage, stat))) {
      return false;
    }
    List<String> arguments = Procfs.commandLine(stat.pid());
    return arguments.isEmpty() || stages.stream().anyMatch(stage -> begins(arguments, stage));
  }

  /**
   * Whether a process has ended in a stage. Not the shell's, which can't fail; it may also be what
   * a script without a first line was given to.
   */
  boolean hasFailed(ProcessStat stat, Path program) {
    return stat.hasEnded()
        && !stat.name().equals(comm(program))
        && stages.stream()
            .filter(stage -> !text(stage.get(0)).equals(SHELL.toString()))
            .anyMatch(stage -> isOf(stage, stat));
  }

  private static boolean isOf(List<byte[]> stage, ProcessStat stat) {
    return stat.name().equals(comm(Path.of(text(stage.get(0)))));
  }

  /** The name that the kernel gives to what is exec'd. */
  private static String comm(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(0, Math.min(15, name.length()));
  }

  private static boolean begins(List<String> arguments, List<byte[]> stage) {
    int telling = Math.min(TELLING, stage.size());
    if (arguments.size() < telling) {
      return false;
    }
    for (int i = 0; i < telling; i++) {
      if (!arguments.get(i).equals(text(stage.get(i)))) {
        return false;
      }
    }
    return true;
  }

  private static String text(byte[] argument) {
    return new String(argument, StandardCharsets.UTF_8);
  }
}
