package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An activation changes the JVM, and the last close restores it. */
class ActivationTest {
  private static ChildJvm.Result again;

  @BeforeAll
  static void activateAgain() throws Exception {
    again = ChildJvm.run(Refused.class).exitedNormally();
  }

  @Test
  void jvmIsLeftAsItWasFound() throws Exception {
    ChildJvm.Result result = ChildJvm.runWithOrigins(LeftAsFound.class).exitedNormally();
    assertThat(result.output()).contains("left as found");
  }

  static final class LeftAsFound {
    public static void main(String[] arguments) throws Exception {
      // The JDK and JNA open and start some things once and keep them: no close can undo that.
      new ProcessBuilder("true").start().waitFor();
      Subreaper.capabilities();
      try (Subreaper subreaper = Subreaper.activate()) {
        Access.get().awaitOrigins(subreaper, Duration.ofMinutes(1));
      }
      use();
      Set<String> threads = threads();
      List<String> descriptors = descriptors();
      boolean flag = KERNEL.subreaper.get();
      long limit = KERNEL.fileLocks.get(Procfs.SELF);
      Set<String> files = Traces.look().files();
      for (int i = 0; i < 3; i++) {
        use();
        assertThat(threads()).isEqualTo(threads);
        assertThat(descriptors()).isEqualTo(descriptors);
        assertThat(KERNEL.subreaper.get()).isEqualTo(flag).isFalse();
        assertThat(KERNEL.fileLocks.get(Procfs.SELF)).isEqualTo(limit);
        assertThat(Traces.look().files()).isEqualTo(files);
      }
      System.out.println("left as found");
    }

    private static void use() {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test")) {
        assertThat(KERNEL.subreaper.get()).isTrue();
        Launch launch =
            supervisor.launch(
                Program.of("sh", "-c", "cat; (setsid sleep 1000 &); exit 3")
                    .withStandardInput("text")
                    .withTimeout(Duration.ofMinutes(5)));
        assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(3));
        assertThat(launch.awaitOrphan().isAlive()).isTrue();
        assertThat(launch.stdout()).isEqualTo("text");
      }
    }

    /** Leaves out threads of the JDK and JNA that come and go: reaper pool, compiler, cleaner. */
    private static Set<String> threads() throws InterruptedException {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("subreaper origin")) {
          thread.join(); // close() does not wait for it
        }
      }
      return Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> !name.startsWith("process reaper") && !name.equals("JNA Cleaner"))
          .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> descriptors() {
      List<String> targets = new ArrayList<>();
      for (int fd : KERNEL.descriptors().open(Procfs.SELF)) {
        String target = KERNEL.descriptors().target(Procfs.SELF, fd);
        // the listing itself holds a descriptor of the directory
        if (target != null && !target.endsWith("/fd")) {
          targets.add(target);
        }
      }
      targets.sort(null);
      return targets;
    }
  }

  /** For want of a guardian, whose script is longer than a file may be. */
  @Test
  void refusedActivationLeavesNoDescriptor() {
    assertThat(again.value("refused")).contains("File too large");
    assertThat(again.output()).contains("left as found");
  }

  static final class Refused {
    public static void main(String[] arguments) throws Exception {
      Twice.main(arguments);
      String pid = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("prlimit", "--pid", pid, "--fsize=1000:").inheritIO().start().waitFor();
      System.out.println("refused=" + catchThrowable(Subreaper::activate).getMessage());
      List<String> descriptors = LeftAsFound.descriptors();
      assertThat(catchThrowable(Subreaper::activate)).isNotNull();
      assertThat(LeftAsFound.descriptors()).isEqualTo(descriptors);
      System.out.println("left as found");
    }
  }

  @Test
  void lastCloseReturnsThoughTheFlightRecorderCannotStart(@TempDir Path directory)
      throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
                List.of(),
                List.of("-Djava.io.tmpdir=" + directory, "-Dsubreaper.origin=auto"),
                Map.of(),
                ClosesWhileItStarts.class)
            .exitedNormally();
    assertThat(result.value("again")).as("the new activation has a recorder").isEqualTo("true");
    assertThat(directory.toFile().list((in, name) -> !name.startsWith("jna"))).isEmpty();
  }

  /** Closes while the recorder cannot start, since the lock of the class that starts it is held. */
  static final class ClosesWhileItStarts {
    private ClosesWhileItStarts() {}

    public static void main(String[] arguments) throws Exception {
      synchronized (Class.forName("jdk.jfr.internal.PlatformRecorder")) {
        Subreaper subreaper = Subreaper.activate();
        subreaper.open("test");
        subreaper.close();
      }
      try (Subreaper subreaper = Subreaper.activate()) {
        System.out.println("again=" + Access.get().awaitOrigins(subreaper, Duration.ofMinutes(1)));
      }
      try (Subreaper subreaper = Subreaper.activate()) {
        subreaper.open("the JVM ends at once").close();
      }
    }
  }

  @Test
  void secondActivationWorksLikeTheFirst() {
    assertThat(again.value("statuses")).isEqualTo("7 7 7");
  }

  static final class Twice {
    public static void main(String[] arguments) {
      List<String> statuses = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        try (Subreaper subreaper = Subreaper.activate();
            Supervisor supervisor = subreaper.open("test")) {
          Launch launch = supervisor.launch("sh", "-c", "(sh -c 'exit 7' &)");
          statuses.add(launch.awaitOrphan().awaitExit().toString().replace("exited ", ""));
        }
      }
      System.out.println("statuses=" + String.join(" ", statuses));
    }
  }

  @Test
  void nestedActivationEndsOnlyItsOwnProcesses(@TempDir Path directory) throws Exception {
    ScopeOptions patient = ScopeOptions.defaults().withAwait(Await.LONG);
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor outer = subreaper.open("outer", patient)) {
      Launch before = outer.launch("sleep", "1000");
      Launch inner = outer.launch(ChildJvm.command(Nested.class, "close").toArray(String[]::new));
      assertThat(inner.awaitExit()).as(inner.describe()).isEqualTo(ExitStatus.exited(0));
      assertThat(inner.stdout()).contains("orphan exited 7").contains("ended");
      assertThat(inner.tree().size()).isZero();
      assertThat(before.isAlive()).isTrue();

      // the inner JVM is killed: its own guardian ends its processes, and nothing else
      Launch killed = outer.launch(ChildJvm.command(Nested.class, "halt").toArray(String[]::new));
      killed.awaitExit();
      Descendant left = killed.awaitOrphan("sleep 2000");
      assertThat(left.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.TERM));
      assertThat(killed.stop().isClean()).isTrue();
      assertThat(before.isAlive()).isTrue();
    }
  }

  static final class Nested {
    public static void main(String[] arguments) {
      Subreaper subreaper = Subreaper.activate();
      Supervisor supervisor =
          subreaper.open("inner", ScopeOptions.defaults().withAwait(Await.LONG));
      Launch launch = supervisor.launch("sh", "-c", "(sh -c 'exit 7' &)");
      System.out.println("orphan " + launch.awaitOrphan().awaitExit());
      Launch daemon = supervisor.launch("sh", "-c", "(setsid sleep 2000 &)");
      daemon.awaitOrphan("sleep*");
      if (arguments[0].equals("halt")) {
        Runtime.getRuntime().halt(9);
      }
      subreaper.close();
      System.out.println("ended");
    }
  }

  @Test
  void capabilitiesDoNotActivate() throws Exception {
    String text = Subreaper.capabilities().toString();
    assertThat(Subreaper.capabilities().isSupported()).as(text).isTrue();
    assertThat(text).contains("subreaper").contains("tag").contains("pidfd");
    assertThat(ChildJvm.run(CapabilitiesOnly.class).exitedNormally().value("flag"))
        .isEqualTo("false");
  }

  static final class CapabilitiesOnly {
    public static void main(String[] arguments) {
      Subreaper.capabilities();
      System.out.println("flag=" + KERNEL.subreaper.get());
    }
  }
}
