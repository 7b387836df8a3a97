package io.github.subreaper.internal.linux;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.PosixSpawn.Streams;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.testing.ChildJvm;
import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Before glibc 2.34 the C library has no call that closes all descriptors, so they are closed one
 * by one.
 */
@Timeout(120)
class ClosedDescriptorsTest {
  private static final int MOST = 64;

  @TempDir private Path directory;

  /** This is how a guardian starts whose JVM was killed meanwhile. */
  @Test
  void withoutAGateAFifoWithoutAWriterIsAtItsEnd() throws Exception {
    Path fifo = directory.resolve("fifo");
    KERNEL.fifos.create(fifo);
    PosixSpawn.Result result =
        KERNEL.spawn.spawn(
            new PosixSpawn.Request(
                Path.of("/bin/cat"),
                List.of(OneByOne.bytes("cat")),
                List.of(),
                Streams.reading(fifo)));
    assertThat(result.errno()).isZero();
    Wait.Collected collected = null;
    while (collected == null) {
      collected = KERNEL.waits().collect(result.pid());
    }
    assertThat(collected.waitStatus()).isZero();
  }

  /** Starts a program while nearly all descriptors are open. */
  static final class OneByOne {
    private OneByOne() {}

    public static void main(String[] arguments) throws Exception {
      Path list = Path.of(arguments[0]);
      List<AutoCloseable> open = new ArrayList<>();
      for (int fd = 0; fd < MOST - 24; fd = KERNEL.descriptors().open(Procfs.SELF).size()) {
        open.add(new FileInputStream("/dev/null"));
      }
      PosixSpawn.Request request =
          new PosixSpawn.Request(
              Path.of("/bin/ls"),
              List.of(bytes("ls"), bytes("/proc/self/fd")),
              List.of(),
              new Streams(Path.of("/dev/null"), list, list));
      PosixSpawn.Result result = KERNEL.spawn.spawn(request, false);
      System.out.println("errno=" + result.errno());
      while (KERNEL.waits().collect(result.pid()) == null) {
        Thread.onSpinWait();
      }
      for (AutoCloseable one : open) {
        one.close();
      }
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }

  @Test
  void descriptorsBelowALowLimitAreClosedOneByOne() throws Exception {
    Path list = directory.resolve("list");
    List<String> few = List.of("sh", "-c", "ulimit -n " + MOST + "; exec \"$@\"", "sh");
    ChildJvm.Result result =
        ChildJvm.run(few, List.of(), Map.of(), OneByOne.class, list.toString());
    assertThat(result.exitedNormally().value("errno")).isEqualTo("0");
    assertThat(Files.readString(list)).isEqualTo("0\n1\n2\n3\n"); // ls itself opens the fourth
  }
}
