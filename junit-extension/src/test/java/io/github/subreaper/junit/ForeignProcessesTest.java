package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adopted process that this JVM is not proven to have started is reported. */
class ForeignProcessesTest {
  /** Forks a shell that starts a daemon on demand, and then becomes the JVM. */
  private static final String ELDER =
      "{ read -r _ <\"$0/go\"; setsid sh -c 'sleep 1009 & echo $! >\"$0/new\"' \"$0\";"
          + " mv \"$0/new\" \"$0/pid\"; } & exec \"$@\"";

  @Test
  void daemonOfAProcessOlderThanTheJvmIsReportedAndStaysAlive(@TempDir Path directory)
      throws Exception {
    assertThat(new ProcessBuilder("mkfifo", directory.resolve("go").toString()).start().waitFor())
        .isZero();
    ChildJvm.Output output =
        ChildJvm.tests(TestCases.class)
            .below("sh", "-c", ELDER, directory.toString())
            .with("directory", directory.toString())
            .run()
            .assertExit(0);
    long pid = Long.parseLong(Files.readString(directory.resolve("pid")).strip());
    try {
      assertThat(output.text()).containsOnlyOnce("not ended, since nothing proves");
      assertThat(output.lines("not ended, since")).contains("(pid " + pid + ")");
      assertThat(output.text()).contains("SUCCESSFUL adoptsTheDaemon");
      assertThat(Processes.isAlive(pid)).isTrue();
    } finally {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @SubreaperTest
  static class TestCases {
    @Test
    void adoptsTheDaemon(Supervisor supervisor) throws Exception {
      Path directory = Path.of(System.getProperty("directory"));
      Files.writeString(directory.resolve("go"), "\n");
      try (Subreaper subreaper = Subreaper.activate()) {
        Await.until(
            () ->
                Files.exists(directory.resolve("pid"))
                    && subreaper.foreign().stream()
                        .anyMatch(one -> one.isAlive() && one.name().equals("sleep")));
      }
      assertThat(supervisor.leaks()).isEmpty();
    }
  }
}
