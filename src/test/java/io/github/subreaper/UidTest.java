package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.Hostile;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The user of a process that changes it by setuid(2), long after its exec. */
class UidTest extends ScopeFixture {
  private static final int OTHER = 65534;

  private final Map<String, RandomAccessFile> fifos = new HashMap<>();
  private String command = "";

  @BeforeEach
  void build() throws Exception {
    assumeTrue(Hostile.isRoot(), "only root may become another user");
    Path program = CProgram.build(directory, "becomeuser");
    for (String name : List.of("go", "end")) {
      Path fifo = directory.resolve(name);
      KERNEL.fifos.create(fifo);
      fifos.put(name, new RandomAccessFile(fifo.toFile(), "rw"));
    }
    command = program + " " + OTHER + " go end";
  }

  @AfterEach
  void closeFifos() throws Exception {
    subreaper.close();
    for (RandomAccessFile fifo : fifos.values()) {
      fifo.close();
    }
  }

  @Override
  Launch launch(String script) {
    return super.launch(script.replace("PROGRAM", command));
  }

  private Descendant changing() {
    return scope.awaitDescendant("becomeuser");
  }

  private void write(String fifo) throws Exception {
    Objects.requireNonNull(fifos.get(fifo)).write(0);
  }

  @ParameterizedTest
  @CsvSource({
    "the launched process, exec PROGRAM",
    "an orphan, PROGRAM &",
    "a worker, PROGRAM & wait",
    "a worker that is not reaped, PROGRAM & exec sleep 1000"
  })
  void uidIsTheCurrentOneAndTheLastOneAfterTheEnd(String what, String script) throws Exception {
    Launch launch = launch(script);
    Descendant process = changing();
    assertThat(process.uid()).as("control: %s before", what).hasValue(0);

    write("go");
    launch.awaitOutput("changed");
    assertThat(process.uid()).as(what).hasValue(OTHER);

    write("end");
    Await.until(() -> !process.isAlive());
    assertThat(process.uid()).as("%s after its end", what).hasValue(OTHER);
  }

  /** The collecting wait returns the user, and a zombie shows it. */
  @ParameterizedTest
  @CsvSource({
    "the launched process, exec PROGRAM",
    "an orphan, PROGRAM &",
    "a worker that is not reaped, PROGRAM & exec sleep 1000"
  })
  void uidThatWasNeverAskedForIsTheOneAtDeath(String what, String script) throws Exception {
    launch(script);
    Descendant process = changing();
    write("end");
    write("go");
    Await.until(() -> !process.isAlive());
    assertThat(process.uid()).as(what).hasValue(OTHER);
  }

  /** Its parent collects it: a change that no scan has seen is lost. */
  @Test
  void uidOfADeadWorkerIsTheOneOfTheLatestScan() throws Exception {
    try (Pidfd own = KERNEL.pidfd((int) ProcessHandle.current().pid())) {
      assumeTrue(own.realUid().isPresent(), "PIDFD_GET_INFO: Linux 6.13");
    }
    Launch launch = launch("PROGRAM & wait");
    Descendant process = changing();
    write("go");
    launch.awaitOutput("changed");
    assertThat(launch.tree().find("becomeuser")).as("seen by a scan").containsExactly(process);
    write("end");
    process.awaitExit();
    assertThat(process.uid()).hasValue(OTHER);
  }
}
