package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.ChildJvm;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The library is loaded twice in one JVM, as by plugins, application servers and isolated test
 * runners.
 */
@Tag("slow")
class TwoClassLoadersTest {
  private static final String PROPERTY = "io.github.subreaper.active";

  @Test
  void activationFailsAndNamesTheClassLoaderThatIsActive() throws Exception {
    assertThat(run(Both.class).exitedNormally().output()).contains("done");
  }

  static final class Both {
    public static void main(String[] arguments) throws Exception {
      try (Copy other = new Copy()) {
        Subreaper here = Subreaper.activate();
        assertThat(catchThrowable(other::activate))
            .isExactlyInstanceOf(IllegalStateException.class) // else SKIP would hide the tests
            .hasMessageContaining("loaded by " + getClassLoaderText())
            .hasMessageContaining("To fix: ");
        assertThat(statusOfALaunch(here)).isEqualTo(ExitStatus.exited(7));
        assertThat(KERNEL.subreaper.get()).isTrue();

        Subreaper again = Subreaper.activate();
        here.close();
        assertThat(catchThrowable(other::activate)).isInstanceOf(IllegalStateException.class);
        again.close();
        assertThat(System.getProperty(PROPERTY)).isNull();
        assertThat(KERNEL.subreaper.get()).isFalse();

        AutoCloseable there = other.activate();
        assertThatExceptionOfType(IllegalStateException.class)
            .isThrownBy(Subreaper::activate)
            .withMessageContaining("java.net.URLClassLoader@")
            .withMessageContaining("(the other)");
        assertThat(KERNEL.subreaper.get()).isTrue();
        there.close();
        try (Subreaper last = Subreaper.activate()) {
          assertThat(statusOfALaunch(last)).isEqualTo(ExitStatus.exited(7));
        }
        System.out.println("done");
      }
    }

    private static String getClassLoaderText() {
      return Both.class.getClassLoader().getClass().getName() + "@";
    }
  }

  @Test
  void failedActivationLeavesNoMarker() throws Exception {
    assertThat(run(Failed.class).exitedNormally().output()).contains("done");
  }

  static final class Failed {
    public static void main(String[] arguments) throws Exception {
      String system = System.setProperty("os.name", "Plan 9");
      assertThatExceptionOfType(UnsupportedSystemException.class).isThrownBy(Subreaper::activate);
      assertThat(System.getProperty(PROPERTY)).isNull();
      System.setProperty("os.name", system);
      try (Copy other = new Copy()) {
        other.activate().close();
      }
      System.out.println("done");
    }
  }

  @Test
  void staleMarkerDoesNotPreventAnActivation() throws Exception {
    String passedOn = "-D" + PROPERTY + "=1 some.Loader@1"; // by a JVM that passes on its own
    assertThat(run(Stale.class, passedOn).exitedNormally().output()).contains("done");
  }

  static final class Stale {
    public static void main(String[] arguments) {
      Properties during = new Properties();
      try (Subreaper subreaper = Subreaper.activate()) {
        assertThat(statusOfALaunch(subreaper)).isEqualTo(ExitStatus.exited(7));
        during.putAll(System.getProperties());
      }
      System.setProperties(during); // as an extension does that restores properties after a test
      try (Subreaper subreaper = Subreaper.activate()) {
        assertThat(statusOfALaunch(subreaper)).isEqualTo(ExitStatus.exited(7));
      }
      assertThat(System.getProperty(PROPERTY)).isNull();
      System.out.println("done");
    }
  }

  @Tag("full")
  @Test
  void markerRestoredAfterTheLastCloseDoesNotPreventAnActivationByAnotherLoader() throws Exception {
    assertThat(run(PutBack.class).exitedNormally().output()).contains("done");
  }

  static final class PutBack {
    public static void main(String[] arguments) throws Exception {
      Properties during = new Properties();
      try (Subreaper subreaper = Subreaper.activate()) {
        assertThat(statusOfALaunch(subreaper)).isEqualTo(ExitStatus.exited(7));
        during.putAll(System.getProperties());
      }
      System.setProperties(during);
      try (Copy other = new Copy()) {
        other.activate().close();
      }
      System.out.println("done");
    }
  }

  @Test
  void launchFailsWhereTheJvmCarriesAnotherTag() throws Exception {
    assertThat(run(OtherTag.class).exitedNormally().output()).contains("done");
  }

  static final class OtherTag {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("test")) {
        long own = KERNEL.fileLocks.get(Procfs.SELF);
        KERNEL.fileLocks.set(Procfs.SELF, 4_000_000);
        AtomicBoolean over = new AtomicBoolean();
        Thread scans =
            new Thread(
                () -> {
                  while (!over.get()) {
                    supervisor.descendants(); // a scan may see the process before it is killed
                  }
                });
        scans.start();
        for (int i = 0; i < 20; i++) {
          assertThatExceptionOfType(LaunchException.class)
              .isThrownBy(() -> supervisor.launch("sleep", "1000"))
              .withMessageContaining("RLIMIT_LOCKS")
              .withMessageContaining("To fix: ");
        }
        over.set(true);
        scans.join();
        KERNEL.fileLocks.set(Procfs.SELF, own);
        assertThat(supervisor.descendants()).isEmpty();
        assertThat(statusOfALaunch(subreaper)).isEqualTo(ExitStatus.exited(7));
      }
      System.out.println("done");
    }
  }

  /** Runs a class with a time limit, since two active copies could block each other for ever. */
  private static ChildJvm.Result run(Class<?> main, String... options) throws Exception {
    List<String> bound = List.of("timeout", "-s", "KILL", "120");
    List<String> all = new ArrayList<>(ChildJvm.ORIGINS);
    all.addAll(List.of(options));
    return ChildJvm.run(bound, all, Map.of(), main);
  }

  private static ExitStatus statusOfALaunch(Subreaper subreaper) {
    try (Supervisor supervisor = subreaper.open("launch")) {
      return supervisor.launch("sh", "-c", "exit 7").awaitExit();
    }
  }

  /** Loads the whole class path again, in its own class loader. */
  private static final class Copy implements Closeable {
    private final URLClassLoader loader;

    Copy() throws MalformedURLException {
      String[] entries = System.getProperty("java.class.path").split(File.pathSeparator, -1);
      URL[] urls = new URL[entries.length];
      for (int i = 0; i < urls.length; i++) {
        urls[i] = new File(entries[i]).toURI().toURL();
      }
      loader = new URLClassLoader("the other", urls, ClassLoader.getPlatformClassLoader());
    }

    AutoCloseable activate() throws Exception {
      try {
        return (AutoCloseable)
            loader.loadClass(Subreaper.class.getName()).getMethod("activate").invoke(null);
      } catch (InvocationTargetException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }

    @Override
    public void close() throws IOException {
      loader.close();
    }
  }
}
