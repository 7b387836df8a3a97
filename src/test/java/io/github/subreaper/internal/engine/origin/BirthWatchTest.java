package io.github.subreaper.internal.engine.origin;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The thread that tags children before their programs run. */
class BirthWatchTest {
  /** No thread can be started: the process slots are full. */
  private static final class Full extends Time {
    @Override
    public void start(Thread thread) {
      throw new OutOfMemoryError("unable to create native thread");
    }
  }

  /** Returns what the descriptors of this watch refer to. */
  private static List<String> watches() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.map(BirthWatchTest::target)
          .filter(one -> one.matches(".*(inotify|eventpoll|eventfd|ns_last_pid).*"))
          .sorted()
          .toList();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // it is closed by now
    }
  }

  @Test
  void watchThatCannotStartLeavesNoDescriptor() throws Exception {
    long limit = KERNEL.fileLocks.get(Procfs.SELF);
    Tags numbers = Tags.claim(KERNEL, limit);
    try (PrivateDirectory directory = new PrivateDirectory(KERNEL);
        Spawner spawner = new Spawner(KERNEL, new Time(), directory, numbers, limit)) {
      ChildTags tags = new ChildTags(KERNEL, numbers, spawner, (pid, at) -> true);
      List<String> before = watches();
      assertThatThrownBy(() -> new BirthWatch(KERNEL, new Full(), tags))
          .isInstanceOf(OutOfMemoryError.class);
      assertThat(watches()).isEqualTo(before);

      new BirthWatch(KERNEL, new Time(), tags).close();
      assertThat(watches()).isEqualTo(before);
    } finally {
      KERNEL.fileLocks.set(Procfs.SELF, limit);
    }
  }
}
