package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.JdkReapers;
import io.github.subreaper.testing.PidNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ambient orphans that could be a child of the JDK whose thread has ended: they are in the
 * adopter's list, nothing else is known of them, and the JDK never says that it is done with them.
 */
@Tag("full")
class OrphanInDoubtTest {
  private static final ScopeOptions PATIENT = ScopeOptions.defaults().withAwait(Await.LONG);

  @TempDir private Path directory;

  @Test
  void orphanWithAnOnExitFromBeforeItsAdoptionIsReaped() throws Exception {
    ChildJvm.Result result = ChildJvm.runWithOrigins(Asked.class, directory.toString());
    assertThat(result.exitedNormally().value("status")).isEqualTo("exited 8");
  }

  static final class Asked {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        Orphan orphan = new Orphan(Path.of(arguments[0]));
        var asked = ProcessHandle.of(orphan.pid).orElseThrow().onExit();
        Await.until(orphan::isPolled);
        orphan.becomeOrphan();
        orphan.end();
        System.out.println("status=" + statusOf(orphan, scope));
        asked.join();
      }
    }
  }

  @Test
  void orphanThatEndedWhenTheJdkCouldStartNoThreadIsReaped() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            PidNamespace.with(400, ""),
            List.of("-Dsubreaper.origin=auto", "-XX:-UseDynamicNumberOfCompilerThreads"),
            Map.of(),
            Full.class,
            directory.toString());
    assertThat(result.exitedNormally().value("status")).isEqualTo("exited 8");
  }

  static final class Full {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("test", PATIENT)) {
        Orphan orphan = new Orphan(Path.of(arguments[0]));
        orphan.becomeOrphan();
        Launch most = scope.launch("sh", "-c", "(while :; do sleep 1000 & done); exec sleep 1000");
        most.awaitOutput("fork"); // the shell's last message
        assertThatThrownBy(
                () -> {
                  while (true) {
                    scope.launch("sleep", "1000");
                  }
                })
            .isInstanceOf(LaunchException.class)
            .hasMessageContaining("no process slot");
        orphan.end();
        while (isAlive(orphan)) {
          Thread.onSpinWait(); // nothing here may start a thread
        }
        scope.descendants(); // by then the reaper has observed it, and could not ask the JDK
        most.stop();
        System.out.println("status=" + statusOf(orphan, scope));
      }
    }

    private static boolean isAlive(Orphan orphan) {
      ProcessStat stat = KERNEL.procfs.stat((int) orphan.pid);
      return stat != null && !stat.hasEnded();
    }
  }

  private static ExitStatus statusOf(Orphan orphan, Supervisor scope) {
    return Await.until(
            () -> scope.orphans().stream().filter(one -> one.pid() == orphan.pid).findFirst(),
            found -> found.flatMap(Descendant::exitStatus).isPresent())
        .flatMap(Descendant::exitStatus)
        .orElseThrow();
  }

  /** An orphan in the JVM's session that no scan saw below its parent. */
  private static final class Orphan {
    final long pid;
    private final Process launcher;
    private final Path go;

    Orphan(Path directory) throws Exception {
      go = directory.resolve("go");
      assertThat(new ProcessBuilder("mkfifo", go.toString()).start().waitFor()).isZero();
      launcher =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  "sh -c 'read line < $0; exit 8' " + go + " >/dev/null & echo $!; read line")
              .start();
      BufferedReader reader =
          new BufferedReader(new InputStreamReader(launcher.getInputStream(), UTF_8));
      pid = Long.parseLong(reader.readLine());
    }

    boolean isPolled() {
      return JdkReapers.polling(pid).isPresent();
    }

    /** Ends its launcher, and gives idle threads of the JDK something to do. */
    void becomeOrphan() throws Exception {
      launcher.getOutputStream().close();
      launcher.waitFor();
      Await.until(() -> ProcessHandle.current().children().anyMatch(one -> one.pid() == pid));
      while (!JdkReapers.idle().isEmpty()) {
        new ProcessBuilder("sleep", "1000").start();
      }
    }

    void end() throws IOException {
      Files.writeString(go, "\n");
    }
  }
}
