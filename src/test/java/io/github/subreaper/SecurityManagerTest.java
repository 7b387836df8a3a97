package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Doomed;
import java.nio.file.Path;
import java.security.Permission;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Code under test may install a security manager that forbids calls of a deactivation. */
class SecurityManagerTest {
  private static final int WITHOUT = 24;

  /** All that the JDK's own policy forbids, which lets the JDK itself load classes. */
  private static final String POLICY = "policy";

  @TempDir private Path directory;

  @BeforeEach
  void require() {
    assumeTrue(Runtime.version().feature() < WITHOUT, "this JDK has no security manager");
  }

  /** Runs a class, and returns once all processes that it has started have ended. */
  private String assertNothingLeftBy(Class<?> main, String forbidden) throws Exception {
    List<String> options = List.of("-Dsubreaper.origin=auto", "-Djava.security.manager=allow");
    try (Doomed jvm = Doomed.startJvm(directory, options, main, forbidden)) {
      jvm.value("ready=(yes)");
      jvm.awaitNoneLeft();
      jvm.value("denied=(.*)");
      assertThat(Doomed.living(jvm.session())).isEmpty();
      return jvm.output();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "modifyThread", "delete", "read"})
  @Tag("full")
  void jvmExitLeavesNothing(String forbidden) throws Exception {
    assertNothingLeftBy(Ends.class, forbidden);
    assertThat(Doomed.temporary(directory)).isEmptyDirectory();
  }

  @Test
  void eachStepOfTheLastCloseRunsThoughOthersFail() throws Exception {
    assertThat(assertNothingLeftBy(Closes.class, "modifyThread")).contains("closed=false true");
    assertThat(Doomed.temporary(directory)).isEmptyDirectory();
  }

  /** No process may have been recorded before, nor can another guardian start. */
  @Test
  void daemonOfProcessBuilderIsEndedThoughAllIsForbidden() throws Exception {
    assertNothingLeftBy(ClosesAfterADaemon.class, POLICY);
  }

  static final class ClosesAfterADaemon {
    @SuppressWarnings("removal")
    public static void main(String[] arguments) throws Exception {
      Subreaper subreaper = Subreaper.activate();
      System.out.println("session=" + KERNEL.fileLocks.get(Procfs.SELF));
      System.out.println("ready=yes");
      SecurityManager manager = new SecurityManager();
      new ProcessBuilder("sleep", "1000").start();
      System.setSecurityManager(manager);
      System.out.println("denied=all");
      try {
        subreaper.close();
      } catch (RuntimeException | Error e) {
        System.out.println("failed=" + e);
      }
    }
  }

  static final class Ends {
    public static void main(String[] arguments) throws Exception {
      Subreaper subreaper = Subreaper.activate();
      use(subreaper);
      forbid(arguments[0]);
    }
  }

  static final class Closes {
    public static void main(String[] arguments) throws Exception {
      Subreaper subreaper = Subreaper.activate();
      long tag = KERNEL.fileLocks.get(Procfs.SELF);
      use(subreaper);
      forbid(arguments[0]);
      try {
        subreaper.close();
      } catch (RuntimeException | Error e) {
        System.out.println("failed=" + e);
      }
      // not what it was before: the JVM that has started this one may have changed that meanwhile
      boolean restored = KERNEL.fileLocks.get(Procfs.SELF) != tag;
      System.out.println("closed=" + KERNEL.subreaper.get() + " " + restored);
    }
  }

  private static void use(Subreaper subreaper) throws Exception {
    System.out.println("session=" + KERNEL.fileLocks.get(Procfs.SELF));
    Supervisor supervisor = subreaper.open("test");
    // its time limit needs the clock thread
    supervisor.launch(
        Program.of("sh", "-c", "setsid sleep 1000 & exec sleep 1000")
            .withTimeout(Duration.ofHours(1)));
    System.out.println("ready=yes");
  }

  @SuppressWarnings("removal")
  private static void forbid(String what) {
    System.setSecurityManager(what.equals(POLICY) ? new SecurityManager() : new Forbidding(what));
    System.out.println("denied=" + what);
  }

  /** Without lambdas: it is called while the JDK links one. */
  @SuppressWarnings("removal")
  private static final class Forbidding extends SecurityManager {
    private final String what;

    Forbidding(String what) {
      this.what = what;
    }

    @Override
    public void checkPermission(Permission permission) {
      if (what.equals("all")
          || what.equals(permission.getName())
          || what.equals(permission.getActions())) {
        throw new SecurityException("denied");
      }
    }
  }
}
