package io.github.subreaper.internal.engine.guardian;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;

import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.spawn.UnsupportedException;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.PosixSpawn.Streams;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A shell in a session of its own, {@code guardian.sh}. When the JVM is gone, whatever ended it,
 * the shell terminates all that carries the JVM's tag. It notices the death by the end of a FIFO
 * that only this JVM holds open for writing.
 *
 * <p>While the JVM lives the guardian has a second use: the reaper's wait always has a child to
 * wait for, and the guardian's death ends that wait.
 */
public final class Guardian {
  /** In place of a start time. */
  public static final long HIDDEN = -1;

  /** In place of a start time. */
  public static final long GONE = 0;

  private static final long UNKNOWN = -1;
  private static final int SELF = (int) ProcessHandle.current().pid();

  /** The FIFO that it reads. */
  public static final String LINE = "line";

  private static final int READY_LOOK_MILLIS = 10;
  private static final long LONGEST_DEATH_NANOS = 10_000_000_000L;
  private static final long READY_NANOS = 30_000_000_000L;

  /** Its {@code read} has a timeout, and reads a file of /proc in one call. */
  private static final Path BASH = Path.of("/bin/bash");

  private static final Path SHELL = Path.of("/bin/sh");

  /** Start times by pid, of all activations of this JVM. */
  private static final Map<Integer, Long> STAYING = new ConcurrentHashMap<>();

  private final Kernel kernel;
  private final Time time;
  private final int line;
  private final int ready;
  private final int pid;

  /**
   * Refers to this process only: native code that waits for any child may collect it and free its
   * pid.
   */
  private final @Nullable Pidfd process;

  private long startTicks;
  private boolean ended;

  /**
   * Starts a guardian. From now on the JVM's death is noticed, as soon as the shell has started.
   */
  Guardian(
      Kernel kernel, Time time, PrivateDirectory directory, Tags tags, Spawner spawner, Path logs) {
    this.kernel = kernel;
    this.time = time;
    Path inputFile = directory.newFifo(LINE);
    Path readyFile = directory.newFifo("ready");
    int input = -1;
    int output = -1;
    try {
      input = kernel.fifos.openForBoth(inputFile);
      output = kernel.fifos.openForBoth(readyFile);
      pid = spawner.spawnGuardian(request(directory, tags, inputFile, readyFile, logs));
    } catch (RuntimeException | Error e) {
      close(input);
      close(output);
      directory.remove(inputFile);
      directory.remove(readyFile);
      throw e;
    }
    line = input;
    ready = output;
    process = open(pid);
    ProcessStat stat = kernel.procfs.stat(pid);
    startTicks = stat == null ? UNKNOWN : stat.startTicks();
  }

  private @Nullable Pidfd open(int pid) {
    try {
      return kernel.pidfd(pid);
    } catch (LinuxException e) {
      return null; // an old kernel, a sandbox, or it is gone already: its start time identifies it
    }
  }

  private void close(int descriptor) {
    if (descriptor >= 0) {
      kernel.fifos.close(descriptor);
    }
  }

  private PosixSpawn.Request request(
      PrivateDirectory directory, Tags tags, Path inputFile, Path readyFile, Path logs) {
    ProcessStat self = Objects.requireNonNull(kernel.procfs.stat(Procfs.SELF), "/proc/self/stat");
    Path shell = shell();
    List<byte[]> command = new ArrayList<>();
    for (String argument :
        List.of(
            shell.getFileName().toString(),
            directory.file("guardian", Guardian::script).toString(),
            Integer.toString(self.pid()),
            Long.toString(self.startTicks()),
            tags.inLimit() ? "limit" : Tags.VARIABLE,
            tags.pattern(),
            readyFile.toString(),
            directory.path().toString(),
            logs.toString())) {
      command.add(argument.getBytes(NativeStrings.CHARSET));
    }
    List<byte[]> environment =
        List.of(
            "PATH=/usr/local/bin:/usr/bin:/bin".getBytes(StandardCharsets.US_ASCII),
            "LC_ALL=C".getBytes(StandardCharsets.US_ASCII));
    Path root = kernel.spawn.hasChdir() ? Path.of("/") : null;
    return new PosixSpawn.Request(shell, command, environment, Streams.reading(inputFile))
        .in(root)
        .leading(PosixSpawn.Leads.SESSION);
  }

  /** Returns the best shell there is. Any POSIX shell will do. */
  public static Path shell() {
    return Files.isExecutable(BASH) ? BASH : SHELL;
  }

  /** Returns whether the shell's {@code read} has a timeout. */
  public static boolean hasTimeouts(Path shell) {
    return shell.equals(BASH);
  }

  public static byte[] script() {
    try (InputStream source =
        Objects.requireNonNull(Guardian.class.getResourceAsStream("guardian.sh"), "guardian.sh")) {
      return source.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read guardian.sh", e);
    }
  }

  /** Waits until the shell has said that it is ready: its script works on this system. */
  public void awaitReady() {
    long start = time.nanos();
    while (!kernel.fifos.isReadable(ready, READY_LOOK_MILLIS)) {
      boolean gone = kernel.waits().zombie(pid) != null;
      if (gone || time.nanos() - start >= READY_NANOS) {
        throw new UnsupportedException(
            "the guardian, a shell that terminates what a dead JVM leaves, "
                + (gone ? "ended at once: " : "was not ready after 30 s: ")
                + shell());
      }
    }
  }

  /** Returns whether it has said that it is ready. */
  synchronized boolean isReady() {
    return !ended && kernel.fifos.isReadable(ready, 0);
  }

  int pid() {
    return pid;
  }

  /** Keeps it for what an end could not kill, as long as this JVM lives. */
  synchronized void stay() {
    STAYING.put(pid, startTicks);
  }

  /** Returns whether a process is such a guardian, of this or an earlier activation. */
  public static boolean stays(ProcessStat stat) {
    Long start = STAYING.get(stat.pid());
    return start != null && start == stat.startTicks();
  }

  synchronized boolean is(int candidate) {
    return candidate == pid && isThere();
  }

  /** Returns whether it runs, or is an uncollected zombie. */
  synchronized boolean isThere() {
    if (ended) {
      return false;
    }
    if (process != null) {
      return process.send(0) != Errno.ESRCH;
    }
    ProcessStat stat = kernel.procfs.stat(pid);
    if (stat == null) {
      return kernel.kill.send(pid, 0) != Errno.ESRCH; // no descriptor is left to read it
    }
    if (startTicks == UNKNOWN && stat.parent() == SELF) {
      startTicks = stat.startTicks(); // nor was there one when it was started
    }
    return stat.startTicks() == startTicks;
  }

  /** Reports to it a process that it can't find by itself, since it can't read the tag. */
  synchronized boolean report(int other, long startTicks) {
    return !ended && kernel.fifos.writeLine(line, "p " + other + " " + startTicks + " .");
  }

  /** Reports the signal by which processes with a tag are to be asked to end. */
  synchronized void stopSignal(long tag, int signal) {
    if (!ended) {
      kernel.fifos.writeLine(line, "s " + tag + " " + signal + " .");
    }
  }

  /**
   * Returns its wait status, if other code has collected it and the kernel still has it (Linux
   * 6.15).
   */
  synchronized OptionalInt waitStatus() {
    return process == null ? OptionalInt.empty() : process.waitStatus();
  }

  /** Kills it, so that the doorbell rings. It does no work then: the JVM does. */
  synchronized void ring() {
    if (process != null) {
      process.send(SIGKILL);
    } else if (isThere()) {
      kernel.kill.send(pid, SIGKILL);
    }
  }

  /** Notes that its zombie has been collected: its pid may be another process's now. */
  synchronized void ended() {
    if (!ended) {
      ended = true;
      kernel.fifos.close(line);
      kernel.fifos.close(ready);
      if (process != null) {
        process.close();
      }
    }
  }

  /** Kills and collects it, where no reaper does. */
  void dismiss() {
    ring();
    Wait wait = kernel.waits();
    long start = time.nanos();
    while (isThere() && wait.collect(pid) == null && time.nanos() - start < LONGEST_DEATH_NANOS) {
      time.yieldCpu();
    }
    ended();
  }
}
