package io.github.subreaper.internal.linux.proc;

import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.CProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A list of children is read while some of them are collected. */
@Tag("full")
class ChildrenTest {
  private static final int ENOUGH = 3;
  private static final int MOST_ROUNDS = 300;

  @TempDir private Path directory;

  private interface Reader {
    int @Nullable [] children(int pid, int tid);
  }

  /** A parent that collects some children while others stay. */
  private final class Parent implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    Parent() throws Exception {
      String program = CProgram.build(directory, "reaping").toString();
      process = new ProcessBuilder(program, "1500", "20").start();
      output = process.inputReader(UTF_8);
    }

    /** Returns how many lists of one round lack a child that stays. */
    int omissions(Reader reader) throws IOException {
      String line = output.readLine();
      Set<Integer> staying =
          Arrays.stream(line.substring("staying ".length()).split(" ", -1))
              .map(Integer::valueOf)
              .collect(Collectors.toSet());
      int pid = (int) process.pid();
      goOn();
      int omissions = 0;
      do {
        int[] list = reader.children(pid, pid);
        assertThat(list).isNotNull();
        Set<Integer> told = Arrays.stream(list).boxed().collect(Collectors.toSet());
        omissions += told.containsAll(staying) ? 0 : 1;
      } while (!output.ready());
      assertThat(output.readLine()).isEqualTo("collected");
      goOn();
      return omissions;
    }

    private void goOn() throws IOException {
      OutputStream input = process.getOutputStream();
      input.write('\n');
      input.flush();
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  @Test
  void childThatStaysIsInEachListWhileOthersAreCollected() throws Exception {
    try (Parent parent = new Parent()) {
      int control = 0;
      int rounds = 0;
      while (control < ENOUGH && rounds++ < MOST_ROUNDS) {
        control += parent.omissions(KERNEL.procfs::childrenAtOneRead);
        assertThat(parent.omissions(KERNEL.procfs::children)).isZero();
      }
      assertThat(control).as("control: single reads that lack a child").isPositive();
    }
  }
}
