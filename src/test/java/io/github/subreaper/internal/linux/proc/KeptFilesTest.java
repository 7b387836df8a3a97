package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.Hostile;
import io.github.subreaper.testing.Linux;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is read in files that stay open is what is read in newly opened ones. */
class KeptFilesTest {
  private static final int MOST_TRIES = 1000;

  private final Procfs kept = new Kernel().procfs;
  private final Set<Integer> left = new HashSet<>();

  @AfterEach
  void collectAll() {
    List.copyOf(left).forEach(this::collect);
  }

  /** Starts a program, and waits until its exec is over. */
  private int spawn(String... command) {
    PosixSpawn.Result result =
        KERNEL.spawn.spawn(
            new PosixSpawn.Request(
                Path.of(command[0]),
                Stream.of(command).map(word -> word.getBytes(UTF_8)).toList(),
                KERNEL.spawn.environment(),
                PosixSpawn.Streams.NONE));
    assertThat(result.errno()).isZero();
    left.add(result.pid());
    Await.until(() -> KERNEL.procfs.commandLine(result.pid()).equals(List.of(command)));
    sleeps(result.pid());
    return result.pid();
  }

  private void collect(int pid) {
    left.remove(pid);
    KERNEL.kill.send(pid, SignalNumber.SIGKILL);
    Await.until(() -> KERNEL.waits().collect(pid) != null);
  }

  private static List<Object> all(Procfs procfs, int pid) {
    ProcessStat stat = Objects.requireNonNull(procfs.stat(pid));
    return List.of(
        stat.name(),
        stat.state(),
        stat.parent(),
        stat.threads(),
        stat.startTicks(),
        procfs.commandLine(pid),
        Objects.requireNonNull(procfs.children(pid, pid)));
  }

  private void readAgain(int pid) {
    assertThat(all(kept, pid)).usingRecursiveComparison().isEqualTo(all(KERNEL.procfs, pid));
  }

  @Test
  void eachChangeIsSeen() throws Exception {
    assumeTrue(KERNEL.procfs.openFileLimit() > Linux.MANY_DESCRIPTORS);
    String script = "sleep 1000 & echo; read a; kill $!; wait $!; echo; read b; exec cat";
    Process process = new ProcessBuilder("sh", "-c", script).start();
    int pid = (int) process.pid();
    try (BufferedReader output = process.inputReader(UTF_8)) {
      kept.keepOpen(pid);
      output.readLine();
      sleeps(pid);
      assertThat(kept.children(pid, pid)).hasSize(1);
      readAgain(pid);
      goOn(process);
      output.readLine();
      sleeps(pid);
      assertThat(kept.children(pid, pid)).isEmpty();
      readAgain(pid);
      goOn(process);
      Await.until(() -> kept.commandLine(pid).equals(List.of("cat")));
      sleeps(pid);
      readAgain(pid);
      assertThat(Linux.descriptorsOf(pid)).isEqualTo(3);
    } finally {
      process.destroyForcibly().waitFor();
      assertThat(kept.stat(pid)).isNull();
      assertThat(Linux.descriptorsOf(pid)).isZero();
    }
  }

  private static void goOn(Process process) throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  private static void sleeps(int pid) {
    Await.until(() -> Objects.requireNonNull(KERNEL.procfs.stat(pid)).state() == 'S');
  }

  @Test
  void zombieIsSeenUntilItIsCollected() {
    int pid = spawn("/bin/sleep", "1000");
    kept.keepOpen(pid);
    assertThat(kept.stat(pid)).isNotNull();
    assertThat(kept.commandLine(pid)).hasSize(2);
    KERNEL.kill.send(pid, SignalNumber.SIGKILL);
    Await.until(() -> Objects.requireNonNull(kept.stat(pid)).hasEnded());
    readAgain(pid);
    collect(pid);
    assertThat(kept.stat(pid)).isNull();
    assertThat(kept.commandLine(pid)).isEmpty();
  }

  /** By a call that only root may make, the kernel gives out the pid again. */
  @Test
  void filesOfTheNextProcessWithItsPidAreAnothers() throws Exception {
    assumeTrue(Hostile.isRoot());
    int pid = spawn("/bin/sleep", "1000");
    kept.keepOpen(pid);
    readAgain(pid);
    collect(pid);
    int next = 0;
    for (int i = 0; i < MOST_TRIES && next != pid; i++) {
      if (next != 0) {
        collect(next);
      }
      Files.writeString(Path.of("/proc/sys/kernel/ns_last_pid"), Integer.toString(pid - 1));
      next = spawn("/bin/sleep", "2000");
    }
    assertThat(next).isEqualTo(pid);
    assertThat(kept.commandLine(pid)).containsExactly("/bin/sleep", "2000");
    readAgain(pid);
    kept.close(pid);
    assertThat(Linux.descriptorsOf(pid)).isZero();
  }

  @Test
  void aQuarterOfManyDescriptorsIsUsed() {
    List<Integer> pids = new ArrayList<>();
    KeptFiles files = new KeptFiles(4096 + 2 * 4 * 3 + 11);
    for (int i = 0; i < 3; i++) {
      int pid = spawn("/bin/sleep", "1000");
      pids.add(pid);
      files.add(pid);
      Reading stat = Reading.ofThisThread().at("/proc/").then(pid).then("/stat");
      assertThat(files.read(pid, KeptFiles.STAT, stat)).isTrue();
    }
    assertThat(pids.stream().map(Linux::descriptorsOf)).containsExactly(1L, 1L, 0L);
    pids.forEach(files::close);
    assertThat(pids.stream().map(Linux::descriptorsOf)).containsOnly(0L);
  }
}
