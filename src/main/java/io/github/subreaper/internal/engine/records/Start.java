package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.values.CallSite;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One start of a process by this JVM's own Java code, as the JDK reports it.
 *
 * @param pid of the process
 * @param nanos when {@link ProcessBuilder#start} was about to return, by {@link System#nanoTime}
 * @param command program and arguments, joined by spaces
 * @param thread the Java id of the thread, platform or virtual; 0 if unknown
 * @param threadName its name
 * @param site where in the code it was made
 * @param named by the methods on the stack; null if they name no scope, or more than one
 */
public record Start(
    int pid,
    long nanos,
    String command,
    long thread,
    String threadName,
    CallSite site,
    @Nullable BindingRecord named) {

  private static final int LONGEST_COMMAND = 4096;

  /** Keeps the beginning of the command only: class paths are long, and starts are many. */
  public Start {
    command = command.substring(0, Math.min(LONGEST_COMMAND, command.length()));
  }

  /** The kernel counts starts of processes in hundredths of a second. */
  public static final long TICK_NANOS = 50_000_000;

  /** The event comes after the start, when its thread runs. */
  public static final long LATE_NANOS = 1_000_000_000;

  /** Returns whether this is the start of the process with its pid that was born at a time. */
  public boolean isOf(long bornNanos) {
    return nanos - bornNanos >= -TICK_NANOS && nanos - bornNanos <= LATE_NANOS + TICK_NANOS;
  }

  /** Returns the name of its process if that does not change it: 15 bytes, as in comm. */
  public String program() {
    String name = baseName(firstWord(command));
    return name.substring(0, Math.min(15, name.length()));
  }

  /** Returns whether a process runs the program of this start, or was started by the same words. */
  public boolean isOfProgram(ProcessRecord process) {
    List<String> arguments = process.commandLine();
    if (command.equals(String.join(" ", arguments))) {
      return true;
    }
    String program = baseName(firstWord(command));
    String executable = process.executable();
    return !program.isEmpty()
        && (program.equals(process.name())
            || (executable != null && program.equals(baseName(executable)))
            || (!arguments.isEmpty() && program.equals(baseName(firstWord(arguments.get(0))))));
  }

  /** Returns whether its command names the program of a process, as a shell's script does. */
  public boolean names(ProcessRecord process) {
    String executable = process.executable();
    List<String> words = List.of(command.split("[^\\w.+-]+"));
    return words.contains(process.name())
        || (executable != null && words.contains(baseName(executable)));
  }

  private static String firstWord(String text) {
    int end = text.indexOf(' ');
    return end < 0 ? text : text.substring(0, end);
  }

  private static String baseName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
