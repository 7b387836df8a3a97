package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.text.PasswdFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stages: tools that are exec'd before a program, in the same process, to set what can't be set
 * from outside. Each stage execs the rest of its arguments. The program's argv and environment do
 * not change.
 */
public final class Wrapper {
  private static final Path SHELL = Path.of("/bin/sh");

  /** This many arguments distinguish a stage from a program. */
  private static final int TELLING = 3;

  /** An emulator and a path may come before the arguments. */
  private static final int MOST_BEFORE = 2;

  /**
   * The exit codes of env(1), nice(1) and setpriv(1) if they could not exec, or not do their work.
   */
  private static final Set<Integer> CODES = Set.of(1, 125, 126, 127);

  private static final String LOADER = "ERROR: ld.so: ";

  private static final int SHELL_AND_ENV = 2;

  private final Kernel kernel;
  private final List<List<byte[]>> stages = new ArrayList<>();
  private boolean shell;

  /** Has no stage: the program is exec'd at once. */
  private Wrapper(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Makes the stages for what a launch sets up that can't be set from outside. */
  public static Wrapper of(
      Kernel kernel, LaunchSpec spec, @Nullable CanarySetup planted, List<byte[]> environment) {
    Wrapper wrapper = new Wrapper(kernel);
    String command = spec.words();
    List<String> first = new ArrayList<>();
    if (!spec.handed().isEmpty()) {
      first.add(ListenFds.SET_PID);
    }
    Integer given = spec.setup().umask();
    Integer umask = given == null && planted != null ? planted.umask() : given;
    if (umask != null) {
      if (planted != null) {
        first.add("trap '' " + planted.ignored());
      }
      first.add(String.format(Locale.ROOT, "umask %04o", umask));
    }
    if (!first.isEmpty()) {
      Path env = ProgramFile.ofTool("env", "coreutils", command);
      wrapper.addShell(String.join("; ", first), env, environment);
    }
    Setup.User user = spec.setup().user();
    if (user != null) {
      Path setpriv = ProgramFile.ofTool("setpriv", "util-linux", command);
      if (wrapper.mistakes(setpriv.toString().getBytes(NativeStrings.CHARSET))) {
        throw new LaunchFailedException(
            "cannot launch `" + command + "`: env(1) takes " + setpriv + " for a variable");
      }
      PasswdFile.Ids ids = new PasswdFile.Ids(user.uid(), user.gid());
      String groups = "--clear-groups";
      String name = user.name();
      if (name != null) {
        ids = kernel.users().ids(name);
        groups = "--init-groups";
      }
      if (ids == null) {
        throw new LaunchFailedException(
            "cannot launch `"
                + command
                + "`: no such user in /etc/passwd: "
                + name
                + ". To fix: add that user, or give numbers, which need no user:"
                + " withUser(uid, gid)");
      }
      wrapper.add(
          setpriv,
          "--reuid=" + Integer.toUnsignedString(ids.uid()),
          "--regid=" + Integer.toUnsignedString(ids.gid()),
          groups,
          "--");
    }
    return wrapper;
  }

  public boolean isEmpty() {
    return stages.isEmpty();
  }

  /** Returns how many programs exec one another before the launched one. */
  public int size() {
    return stages.size();
  }

  /**
   * Adds a shell that runs commands. It comes first. Any user may read arguments, so a variable
   * goes into those of env(1), behind the shell, only if a shell would change it.
   */
  private void addShell(String commands, Path env, List<byte[]> environment) {
    add(SHELL, "-c", commands + "; exec \"$@\"", "sh");
    List<byte[]> stage = new ArrayList<>(List.of(bytes(env.toString())));
    for (String name : ShellVariables.ADDED) {
      stage.add(bytes("-u"));
      stage.add(bytes(name));
    }
    stage.add(bytes("--"));
    environment.stream()
        .filter(variable -> !ShellVariables.pass(variable))
        .filter(variable -> variable.length > 0 && variable[0] != '=')
        .filter(ShellVariables::isAssignment)
        .forEach(stage::add);
    stages.add(stage);
    shell = true;
  }

  /** Returns whether env(1) would set a variable instead of starting this program. */
  public boolean mistakes(byte[] program) {
    return shell && stages.size() == SHELL_AND_ENV && ShellVariables.isAssignment(program);
  }

  /** Adds a tool that execs what follows its own arguments. */
  public void add(Path tool, String... arguments) {
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

  /** Returns the file that is exec'd first. */
  public Path file() {
    return Path.of(text(stages.get(0).get(0)));
  }

  /** Returns the arguments of the first stage, down to the program's. */
  public List<byte[]> around(List<byte[]> command) {
    List<byte[]> all = new ArrayList<>();
    stages.forEach(all::addAll);
    all.addAll(command);
    return all;
  }

  /** Returns the environment of the first stage; the other variables are in the arguments. */
  public List<byte[]> environment(List<byte[]> environment) {
    return shell ? environment.stream().filter(ShellVariables::pass).toList() : environment;
  }

  /** Returns whether a process still runs a stage, and so not the program. */
  public boolean holds(ProcessStat stat) {
    if (stat.hasEnded() || stages.stream().noneMatch(stage -> isOf(stage, stat))) {
      return false;
    }
    List<String> arguments = kernel.procfs.commandLine(stat.pid());
    return arguments.isEmpty() || stages.stream().anyMatch(stage -> begins(arguments, stage));
  }

  /**
   * Returns whether a process has ended in a stage, judged by its name, its exit code and its
   * message: a program may end like such a tool, too. The shell is not counted. It can't fail, and
   * it may be what runs a script without a first line.
   */
  public boolean hasFailed(ProcessStat stat, Path program, String stderr) {
    return stat.hasEnded()
        && !stat.name().equals(comm(program))
        && stages.stream()
            .filter(stage -> !text(stage.get(0)).equals(SHELL.toString()))
            .anyMatch(stage -> isOf(stage, stat) && isMessageOf(stage, stderr))
        && hasToolsCode(stat.pid());
  }

  /**
   * Returns whether the first line is of the tool. Only the loader, about LD_PRELOAD, can write
   * before the tool.
   */
  private static boolean isMessageOf(List<byte[]> stage, String stderr) {
    String tool = text(stage.get(0));
    String first = stderr.lines().filter(line -> !line.startsWith(LOADER)).findFirst().orElse("");
    return first.startsWith(tool + ": ") || first.startsWith(comm(Path.of(tool)) + ": ");
  }

  private boolean hasToolsCode(int pid) {
    Wait.Zombie zombie = kernel.waits().zombie(pid);
    return zombie != null
        && CODES.contains(zombie.waitStatus() >> 8)
        && (zombie.waitStatus() & 0xff) == 0;
  }

  private static boolean isOf(List<byte[]> stage, ProcessStat stat) {
    return stat.name().equals(comm(Path.of(text(stage.get(0)))));
  }

  /** Returns the name that the kernel gives to a process at exec, which is cut. */
  public static String comm(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(0, Math.min(15, name.length()));
  }

  /**
   * Returns whether arguments begin with a stage, behind an emulator and the path that the kernel
   * may add.
   */
  private boolean begins(List<String> arguments, List<byte[]> stage) {
    int last = kernel.emulation.isPresent() ? MOST_BEFORE : 0;
    for (int before = 0; before <= last; before++) {
      if (beginsBehind(before, arguments, stage)) {
        return true;
      }
    }
    return false;
  }

  private static boolean beginsBehind(int before, List<String> arguments, List<byte[]> stage) {
    int telling = Math.min(TELLING, stage.size());
    if (arguments.size() < before + telling) {
      return false;
    }
    for (int i = 0; i < telling; i++) {
      if (!arguments.get(before + i).equals(text(stage.get(i)))) {
        return false;
      }
    }
    return true;
  }

  private static String text(byte[] argument) {
    return new String(argument, StandardCharsets.UTF_8);
  }
}
