package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A test is judged after all other cleanup, in whatever order its extensions were registered. */
class VerdictOrderTest {

  /** Starts a process for each class or test, and stops it in a callback. */
  static class Server
      implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
      beforeEach(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
      store(context).put(key(context), new ProcessBuilder("sleep", "1000").start());
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
      Process process = Objects.requireNonNull(store(context).get(key(context), Process.class));
      process.destroy();
      process.waitFor();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
      afterEach(context);
    }

    private static String key(ExtensionContext context) {
      return context.getUniqueId();
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
      return context.getStore(Namespace.create(Server.class));
    }
  }

  /** The same, stopped when the store of the context closes. */
  static final class StoredServer extends Server {
    @SuppressWarnings("deprecation") // JUnit 5.12 closes nothing else
    private record Resource(Process process) implements ExtensionContext.Store.CloseableResource {
      @Override
      public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
      }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
      context
          .getStore(Namespace.create(StoredServer.class))
          .put(context.getUniqueId(), new Resource(new ProcessBuilder("sleep", "1000").start()));
    }

    @Override
    public void afterEach(ExtensionContext context) {}
  }

  abstract static class Tests {
    @Test
    void test() {}

    @TestFactory
    Stream<DynamicTest> factory() {
      return Stream.of(dynamicTest("one", () -> {}), dynamicTest("other", () -> {}));
    }

    @Nested
    class Inner {
      @Test
      void test() {}
    }
  }

  @ExtendWith(Server.class)
  @SubreaperTest(settle = "10 ms")
  static class BeforeOursTestCases extends Tests {}

  @SubreaperTest(settle = "10 ms")
  @ExtendWith(Server.class)
  static class AfterOursTestCases extends Tests {}

  @ExtendWith(StoredServer.class)
  @SubreaperTest(settle = "10 ms")
  static class StoredBeforeOursTestCases extends Tests {}

  @SubreaperTest(settle = "10 ms")
  @ExtendWith(StoredServer.class)
  static class StoredAfterOursTestCases extends Tests {}

  @ExtendWith(Server.class)
  @SubreaperTest(settle = "10 ms")
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class PerClassTestCases extends Tests {}

  @ExtendWith(Server.class)
  static class DetectedTestCases extends Tests {}

  @ParameterizedTest
  @ValueSource(
      classes = {
        BeforeOursTestCases.class,
        AfterOursTestCases.class,
        StoredBeforeOursTestCases.class,
        StoredAfterOursTestCases.class,
        PerClassTestCases.class,
        DetectedTestCases.class
      })
  void processThatAnotherExtensionStopsIsNoLeak(Class<?> testCases) {
    // Where it is on, it registers ours before all others.
    boolean isDetected = testCases.equals(DetectedTestCases.class);
    for (String parallel : new String[] {"false", "true"}) {
      Kit.with("junit.jupiter.execution.parallel.enabled", parallel)
          .and("junit.jupiter.execution.parallel.mode.default", "concurrent")
          .and(RegistrationTest.AUTO_DETECTION, Boolean.toString(isDetected))
          .start(testCases)
          .assertPassed();
    }
  }

  @SubreaperTest(settle = "10 ms")
  static class DirectoryTestCases {
    @TempDir private Path field;

    private static final String WRITES = "while :; do mktemp -p . >/dev/null; done";

    @Test
    void launches(Supervisor supervisor, @TempDir Path parameter) {
      for (Path directory : new Path[] {field, parameter}) {
        Launch launch = supervisor.launch(Program.of("sh", "-c", WRITES).withDirectory(directory));
        Await.until(() -> !isEmpty(directory));
        assertThat(launch.process().isAlive()).isTrue();
      }
    }

    private static boolean isEmpty(Path directory) throws IOException {
      try (Stream<Path> files = Files.list(directory)) {
        return files.findAny().isEmpty();
      }
    }
  }

  @Test
  void launchedProcessEndsBeforeItsDirectoryIsRemoved() {
    Kit.run(DirectoryTestCases.class).assertPassed();
  }

  @SubreaperTest(settle = "10 ms")
  static class LifecycleTestCases {
    private static long ofClass;
    private long ofTest;

    @BeforeAll
    static void start() {
      ofClass = Processes.leak();
    }

    @AfterAll
    static void stop() {
      Processes.kill(ofClass);
    }

    @Test
    void test() {
      ofTest = Processes.leak();
    }

    @AfterEach
    void stopOfTest() {
      Processes.kill(ofTest);
    }
  }

  @Test
  void processThatALifecycleMethodStopsIsNoLeak() {
    Kit.run(LifecycleTestCases.class).assertPassed();
  }
}
