package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.ChildJvm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Nested sessions below one launch never share a number, or the guardian of one would end the
 * other.
 */
class NestedSessionTest {
  private static final int SIBLINGS = 3;

  private final long launch =
      4_000_000_000_000_000_000L
          + ThreadLocalRandom.current().nextLong(1, 1_000_000) * 1_000_000_000_000L
          + 10_000_000;

  @Test
  void numberThatAnotherProcessCarriesIsSkipped() throws Exception {
    // its launch 3, left by a JVM that has ended
    long tag = launch + 7 * 10_000 + 3;
    Process other = new ProcessBuilder("prlimit", "--locks=" + tag + ":", "cat").start();
    long before = KERNEL.fileLocks.get(Procfs.SELF);
    try {
      while (KERNEL.procfs.fileLockLimit((int) other.pid()) != tag) {
        Thread.onSpinWait();
      }
      Iterator<Integer> numbers = List.of(7, 7, 8).iterator();
      assertThat(Tags.nested(KERNEL, launch, numbers::next).own()).isEqualTo(launch + 8 * 10_000);
      assertThat(KERNEL.fileLocks.get(Procfs.SELF)).isEqualTo(launch + 8 * 10_000);
    } finally {
      KERNEL.fileLocks.set(Procfs.SELF, before);
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void siblingsThatChooseAtTheSameTimeChooseDifferentNumbers() throws Exception {
    choose(50);
  }

  @Test
  @Tag("full")
  void siblingsThatOftenChooseAtTheSameTimeChooseDifferentNumbers() throws Exception {
    choose(300);
  }

  /** Each sibling prints the number that it has claimed, and releases it once all have. */
  private void choose(int rounds) throws Exception {
    List<Process> siblings = new ArrayList<>();
    try {
      for (int i = 0; i < SIBLINGS; i++) {
        siblings.add(
            new ProcessBuilder(ChildJvm.command(Sibling.class, Long.toString(launch)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
      }
      for (int round = 0; round < rounds; round++) {
        List<String> claimed = new ArrayList<>();
        for (Process sibling : siblings) {
          claimed.add(sibling.inputReader().readLine());
        }
        assertThat(claimed).doesNotContainNull();
        assertThat(new HashSet<>(claimed)).as(claimed.toString()).hasSize(SIBLINGS);
        for (Process sibling : siblings) {
          sibling.outputWriter().write("next\n");
          sibling.outputWriter().flush();
        }
      }
    } finally {
      for (Process sibling : siblings) {
        sibling.destroyForcibly().waitFor();
      }
    }
  }

  /** Chooses among as many numbers as there are siblings. */
  static final class Sibling {
    private Sibling() {}

    public static void main(String[] arguments) throws Exception {
      long launch = Long.parseLong(arguments[0]);
      KERNEL.fileLocks.set(Procfs.SELF, launch);
      while (true) {
        Tags tags =
            Tags.nested(KERNEL, launch, () -> ThreadLocalRandom.current().nextInt(1, SIBLINGS + 1));
        System.out.println(tags.own() + (tags.inLimit() ? "" : " in the environment"));
        if (System.in.readNBytes("next\n".length()).length == 0) {
          return;
        }
        KERNEL.fileLocks.set(Procfs.SELF, launch);
      }
    }
  }
}
