package io.github.subreaper;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Linux;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Foreign processes are named and never signalled. Each test runs in its own JVM. */
@Tag("slow")
class ForeignTest {

  @Test
  void orphanFromBeforeTheActivationIsNotClaimed() throws Exception {
    ChildJvm.runWithOrigins(OrphanFromBefore.class).exitedNormally();
  }

  static final class OrphanFromBefore {
    public static void main(String[] arguments) throws Exception {
      Process launcher =
          new ProcessBuilder("sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!").start();
      long daemon = readPid(launcher);
      launcher.waitFor();
      try (Subreaper subreaper = Subreaper.activate()) {
        assertThat(subreaper.descendants()).isEmpty();
        assertThat(subreaper.foreign()).isEmpty();
      }
      ProcessHandle handle = ProcessHandle.of(daemon).orElseThrow();
      assertThat(handle.isAlive()).isTrue();
      handle.destroyForcibly();
    }
  }

  @Test
  void untaggedOrphanIsForeignAndGetsNoSignal() throws Exception {
    ChildJvm.runWithOrigins(UntaggedAdoptee.class).exitedNormally();
  }

  static final class UntaggedAdoptee {
    public static void main(String[] arguments) throws Exception {
      Path output = Files.createTempFile("foreign", ".out");
      String daemon =
          "trap 'echo signalled' TERM HUP INT CONT; trap 'echo asked' USR1; echo $$;"
              + " while :; do sleep 0.1; done";
      // Started before the activation, so untagged; it forks the daemon afterwards, and ends.
      Process launcher =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  "read go; setsid sh -c '" + daemon.replace("'", "'\\''") + "' & exit 0")
              .redirectOutput(output.toFile())
              .start();
      try (Subreaper subreaper = Subreaper.activate()) {
        Descendant adoptee;
        try (Supervisor supervisor = subreaper.open("test")) {
          try (OutputStream go = launcher.getOutputStream()) {
            go.write('\n');
          }
          launcher.waitFor();
          Await.until(() -> Files.readString(output).contains("\n"));
          long pid = Long.parseLong(Files.readString(output).trim());
          Await.until(() -> subreaper.foreign().stream().anyMatch(one -> one.pid() == pid));
          adoptee = subreaper.foreign().get(0);
          assertThat(supervisor.journal().events())
              .filteredOn(event -> event.process().pid() == pid)
              .hasAtLeastOneElementOfType(ProcessEvent.Foreign.class);
          assertThat(Duration.between(adoptee.startTime(), Instant.now()))
              .as("a younger process may be a child of the JDK whose thread has not run yet")
              .isGreaterThan(Duration.ofMillis(1900)); // not 2000: measured with two clocks
          assertThat(adoptee.scope()).isEqualTo("foreign");
          assertThat(supervisor.descendants()).isEmpty();
          assertThat(supervisor.tree().size()).isZero();
          assertThat(supervisor.leaks()).isEmpty();
        }
        assertThat(adoptee.isAlive()).isTrue();
        KERNEL.kill.send((int) adoptee.pid(), Signal.USR1.number());
        Await.until(() -> Files.readString(output).contains("asked"));
        assertThat(output).content().doesNotContain("signalled");
        Files.delete(output);
        KERNEL.kill.send((int) adoptee.pid(), SIGKILL);
        assertThat(adoptee.awaitExit(Duration.ofSeconds(60)))
            .isEqualTo(ExitStatus.signaled(Signal.KILL));
      }
    }
  }

  @Test
  @Tag("full")
  void orphanThatOutlivesTheActivationLeavesNoZombie() throws Exception {
    assertThat(
            ChildJvm.runWithOrigins(OutlivesTheActivation.class).exitedNormally().value("statuses"))
        .isEqualTo("[7, 7, 7, 7, 7]");
  }

  @Test
  void orphanTooYoungToBeCalledForeignAtTheEndLeavesNoZombie() throws Exception {
    ChildJvm.Result result =
        ChildJvm.runWithOrigins(OutlivesTheActivation.class, "young").exitedNormally();
    assertThat(result.value("statuses")).isEqualTo("[7, 7, 7, 7, 7]");
  }

  static final class OutlivesTheActivation {
    public static void main(String[] arguments) throws Exception {
      boolean young = arguments.length > 0;
      Process launcher =
          new ProcessBuilder("sh", "-c", "read go; setsid sleep 1000 >/dev/null 2>&1 & echo $!")
              .start();
      List<Process> children = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        // children of threads that end are in the same list as the orphan
        Thread starter = new Thread(() -> children.add(start("read go; exit 7")));
        starter.start();
        starter.join();
      }
      int pid;
      try (Subreaper subreaper = Subreaper.activate()) {
        try (OutputStream go = launcher.getOutputStream()) {
          go.write('\n');
        }
        pid = (int) readPid(launcher);
        launcher.waitFor();
        Await.until(() -> young || subreaper.foreign().stream().anyMatch(one -> one.pid() == pid));
      }
      assertThat(KERNEL.procfs.stat(pid)).isNotNull();
      assertThat(Linux.descriptorsOf(pid)).isZero();
      KERNEL.kill.send(pid, SIGKILL);
      for (Process child : children) {
        child.getOutputStream().close();
      }
      Await.until(() -> KERNEL.procfs.stat(pid) == null);
      List<Integer> statuses = new ArrayList<>();
      for (Process child : children) {
        statuses.add(child.waitFor());
      }
      System.out.println("statuses=" + statuses);
    }

    private static Process start(String script) {
      try {
        return new ProcessBuilder("sh", "-c", script).start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void childOfANativeLibraryIsLeftAloneAndReported() throws Exception {
    ChildJvm.runWithOrigins(NativeChild.class).exitedNormally();
  }

  static final class NativeChild {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor =
              subreaper.open("test", ScopeOptions.defaults().withAwait(Await.LONG))) {
        PosixSpawn.Result child =
            KERNEL.spawn.spawn(
                new PosixSpawn.Request(
                    Path.of("/bin/sh"),
                    List.of("sh".getBytes(UTF_8), "-c".getBytes(UTF_8), "exit 42".getBytes(UTF_8)),
                    KERNEL.spawn.environment(),
                    PosixSpawn.Streams.NONE));
        assertThat(child.errno()).isZero();
        // Other zombies, before and behind it in the kernel's list, are still reaped.
        for (int i = 0; i < 50; i++) {
          Launch launch = supervisor.launch("sh", "-c", "(sh -c 'exit 3' &); exit 4");
          assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(4));
          assertThat(launch.awaitOrphan().awaitExit()).isEqualTo(ExitStatus.exited(3));
        }
        Await.until(() -> subreaper.foreign().stream().anyMatch(one -> one.pid() == child.pid()));
        assertThat(KERNEL.waits().collect(child.pid()))
            .isNotNull()
            .extracting(status -> status.waitStatus() >> 8)
            .isEqualTo(42);
      }
    }
  }

  private static long readPid(Process process) throws Exception {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    return Long.parseLong(reader.readLine().trim());
  }
}
