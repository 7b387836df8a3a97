package io.github.subreaper.testing;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that is going to die, below {@code swift}, which reaps every process that it leaves at
 * once. So a held zombie can't make the work of the guardian easier.
 */
public final class Doomed implements AutoCloseable {
  private static final long SESSION = 1_000_000_000_000L;
  private static final long NESTED_SESSION = 10_000;

  private final Path output;
  private final Process swift;
  private final int pid;

  private Doomed(Path output, Process swift) {
    this.output = output;
    this.swift = swift;
    this.pid = Integer.parseInt(value("started (\\d+)"));
  }

  /** Starts a program. */
  public static Doomed start(Path directory, List<String> command) throws Exception {
    Path program = directory.resolve("swift");
    if (!Files.exists(program)) {
      CProgram.build(directory, "swift");
    }
    Path output = Files.createTempFile(directory, "doomed", ".out");
    List<String> all = new ArrayList<>(List.of(program.toString()));
    all.addAll(command);
    Process swift =
        new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      return new Doomed(output, swift);
    } catch (RuntimeException | Error e) {
      swift.getOutputStream().close();
      throw e;
    }
  }

  /** Starts a JVM whose private directory and logs go below a directory of the test. */
  public static Doomed startJvm(
      Path directory, List<String> options, Class<?> main, String... arguments) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "-Djava.io.tmpdir=" + Files.createDirectories(temporary(directory)),
                "-Dsubreaper.directory=" + reports(directory)));
    all.addAll(options);
    return start(directory, ChildJvm.command(all, main, arguments));
  }

  /** Starts a {@link DyingJvm} that is to be killed, and waits until it has started all. */
  public static Doomed startWaiting(Path directory, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("wait"));
    all.addAll(List.of(arguments));
    Doomed jvm = startJvm(directory, List.of(), DyingJvm.class, all.toArray(String[]::new));
    try {
      jvm.value("ready=(\\d+)");
      return jvm;
    } catch (Throwable e) {
      jvm.close();
      throw e;
    }
  }

  /** Kills its guardian and it, so that neither can clean up. */
  public void killWithGuardian() {
    try (Pidfd guardian = KERNEL.pidfd(guardian())) {
      stop(pid); // so that it starts no other guardian
      assertThat(guardian.send(SIGKILL)).isZero();
      awaitEnd(guardian);
      kill();
    }
  }

  public static Path temporary(Path directory) {
    return directory.resolve("tmp");
  }

  public static Path reports(Path directory) {
    return directory.resolve("reports");
  }

  public int pid() {
    return pid;
  }

  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Waits for a line, and returns the first group of its pattern. */
  public String value(String line) {
    // a crashing JVM may print "[thread 1 also had an error]" without a line end
    Pattern pattern = Pattern.compile("(?:^|error\\])" + line + "$", Pattern.MULTILINE);
    return Await.until(
            () -> {
              boolean isOver = !swift.isAlive();
              Matcher matcher = pattern.matcher(output());
              if (matcher.find()) {
                return Optional.of(matcher.groupCount() > 0 ? matcher.group(1) : "");
              }
              if (isOver) {
                throw new AssertionError("no line " + line + " in:\n" + output());
              }
              return Optional.<String>empty();
            },
            Optional::isPresent)
        .orElseThrow();
  }

  /** Waits for the JVM to print it, and returns the session's number in the tags. */
  public long session() {
    return Long.parseLong(value("session=(\\d+)"));
  }

  /** Returns the child whose command line names the guardian's script. */
  public int guardian() {
    return Await.until(() -> guardianOf(pid), found -> found > 0);
  }

  public static int guardianOf(int jvm) {
    for (int child : Linux.childrenOf(jvm)) {
      List<String> command = KERNEL.procfs.commandLine(child);
      if (command.size() > 2 && command.get(1).endsWith("/guardian")) {
        return child;
      }
    }
    return 0;
  }

  public void kill() {
    assertThat(KERNEL.kill.send(pid, SIGKILL)).isZero();
    awaitEnd();
  }

  /** Waits for the program's end, and returns its wait status. */
  public int awaitEnd() {
    return awaitEnd(pid);
  }

  /** Waits for the end of a process that swift has adopted. */
  public int awaitEnd(int process) {
    return Integer.parseInt(value("ended " + process + " (\\d+)"));
  }

  /** Waits until no process is left below swift. */
  public void awaitNoneLeft() throws Exception {
    Await.until(() -> !swift.isAlive());
    assertThat(swift.exitValue()).as(output()).isZero();
  }

  public static void stop(int process) {
    assertThat(KERNEL.kill.send(process, SIGSTOP)).isZero();
    awaitStop(process);
  }

  public static void awaitStop(int process) {
    Await.until(
        () -> {
          ProcessStat stat = KERNEL.procfs.stat(process);
          return stat != null && stat.isStopped();
        });
  }

  public static void resume(int process) {
    assertThat(KERNEL.kill.send(process, SIGCONT)).isZero();
  }

  /** Waits for a process's end through a pidfd that was opened while it lived. */
  public static void awaitEnd(Pidfd process) {
    Await.until(process::hasEnded);
  }

  /** Returns how often a process has gone to sleep voluntarily. */
  public static int rests(int process) {
    return KERNEL.procfs.statusNumber(process, "voluntary_ctxt_switches");
  }

  /** Returns the living processes of the machine that carry a tag of a session. */
  public static List<String> living(long session) throws IOException {
    long size = session % SESSION == 0 ? SESSION : NESTED_SESSION;
    return living(tag -> tag >= session && tag < session + size);
  }

  public static List<String> living(LongPredicate tags) throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        int candidate = Integer.parseInt(process.getFileName().toString());
        if (tags.test(KERNEL.procfs.fileLockLimit(candidate))) {
          ProcessStat stat = KERNEL.procfs.stat(candidate);
          if (stat != null && !stat.hasEnded()) {
            found.add(candidate + " " + stat.state() + " " + stat.name());
          }
        }
      }
    }
    return found;
  }

  /** Kills every process that is left. */
  @Override
  public void close() throws IOException {
    swift.getOutputStream().close();
    Await.until(() -> !swift.isAlive());
  }
}
