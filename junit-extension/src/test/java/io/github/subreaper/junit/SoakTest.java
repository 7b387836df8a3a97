package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs many tests in one JVM, each of which starts a daemon and forgets it. Nothing accumulates.
 */
@Tag("full")
class SoakTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int TESTS = Integer.getInteger("chaos.tests", 300);

  /** Before that, caches fill, classes load, and the JVM starts threads of its own. */
  private static final int WARM_UP = 100;

  /** JUnit itself keeps about 2 KB for each test that it has run. */
  private static final long HEAP_A_TEST = 12_000;

  /** The JVM's own threads and descriptors come and go; one leaked per test would be many more. */
  private static final int NOISE = 10;

  /** The resources of this JVM between two tests. */
  private record Sample(
      long heap, int threads, int descriptors, int children, int zombies, int files) {

    static Sample take() throws IOException {
      return new Sample(
          usedHeap(),
          ManagementFactory.getThreadMXBean().getThreadCount(),
          entries(Path.of("/proc/self/fd")).size(),
          childPids().size(),
          countZombies(),
          privateFiles());
    }

    private static long usedHeap() {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 5; i++) {
        System.gc();
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        least = Math.min(least, used);
      }
      return least;
    }

    private static List<Path> entries(Path directory) throws IOException {
      try (Stream<Path> entries = Files.list(directory)) {
        return entries.toList();
      }
    }

    private static List<String> childPids() throws IOException {
      List<String> children = new ArrayList<>();
      for (Path thread : entries(Path.of("/proc/self/task"))) {
        String pids = read(thread.resolve("children"));
        children.addAll(Stream.of(pids.split(" ", -1)).filter(pid -> !pid.isBlank()).toList());
      }
      return children;
    }

    private static int countZombies() throws IOException {
      int zombies = 0;
      for (String pid : childPids()) {
        String stat = read(Path.of("/proc", pid, "stat"));
        zombies += stat.contains(") Z ") ? 1 : 0;
      }
      return zombies;
    }

    /** Counts the private files of all activations of this JVM. */
    private static int privateFiles() throws IOException {
      int files = 0;
      String ours = "subreaper-" + ProcessHandle.current().pid() + "-*";
      Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
      try (DirectoryStream<Path> directories = Files.newDirectoryStream(temporary, ours)) {
        for (Path directory : directories) {
          files += entries(directory).size();
        }
      }
      return files;
    }

    private static String read(Path file) throws IOException {
      try {
        return Files.readString(file);
      } catch (NoSuchFileException e) {
        return ""; // it has ended
      }
    }
  }

  private static final List<Long> STARTS = new ArrayList<>();
  private static final List<Sample> SAMPLES = new ArrayList<>();
  private static int tests;

  static IntStream numbers() {
    return IntStream.rangeClosed(1, tests);
  }

  /** Samples at the start of each test. */
  private static void sample(int number) throws IOException {
    if (number == WARM_UP || number == tests) {
      SAMPLES.add(Sample.take());
    }
    STARTS.add(System.nanoTime());
  }

  /** Runs the tests of a class in a session of their own; returns the two samples. */
  private static List<Sample> run(Class<?> testCases, int count) {
    tests = count;
    STARTS.clear();
    SAMPLES.clear();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(testCases)).build();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    try (LauncherSession session = LauncherFactory.openSession()) {
      session.getLauncher().execute(request, summary);
    }
    assertThat(summary.getSummary().getFailures())
        .extracting(TestExecutionSummary.Failure::getException)
        .isEmpty();
    assertThat(summary.getSummary().getTestsSucceededCount()).isEqualTo(count);
    assertThat(SAMPLES).hasSize(2);
    return List.copyOf(SAMPLES);
  }

  @Test
  void nothingAccumulates() {
    List<Sample> samples = run(DaemonTestCases.class, TESTS);

    Sample first = samples.get(0);
    Sample last = samples.get(1);
    long heap = (last.heap - first.heap) / (TESTS - WARM_UP);
    System.out.printf(
        "soak: %,d tests; %.1f ms a test for the first %,d, %.1f ms for the last; heap %+,d bytes"
            + " a test, from %,d to %,d%nsoak: %s%nsoak: %s%n",
        TESTS, millis(0), part(), millis(TESTS - part()), heap, first.heap, last.heap, first, last);
    assertThat(heap).as("bytes of heap a test").isLessThan(HEAP_A_TEST);
    assertThat(last.threads).as("threads").isLessThan(first.threads + NOISE);
    assertThat(last.descriptors).as("descriptors").isLessThan(first.descriptors + NOISE);
    assertThat(last.children).as("processes").isLessThanOrEqualTo(first.children);
    assertThat(last.zombies).as("zombies").isZero();
    assertThat(last.files).as("private files").isLessThanOrEqualTo(first.files);
  }

  private static int part() {
    return Math.min(1000, TESTS / 3);
  }

  /** Returns the average time from the start of one test to the start of the next. */
  private static double millis(int from) {
    int to = Math.min(from + part(), STARTS.size() - 1);
    return (STARTS.get(to) - STARTS.get(from)) / 1e6 / (to - from);
  }

  @SubreaperTest
  static class DaemonTestCases {
    static IntStream numbers() {
      return SoakTest.numbers();
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void startsADaemon(int number, Supervisor supervisor) throws IOException {
      sample(number);
      Launch launch = supervisor.launch("sh", "-c", "(setsid sleep 1000 &); exit 3");
      assertThat(launch.awaitExit(PATIENCE)).isEqualTo(ExitStatus.exited(3));
      assertThat(supervisor.tree().size()).isEqualTo(1);
    }
  }

  @Test
  void controlThatAccumulatesIsDetected() throws Exception {
    int leaks = 50;
    try {
      List<Sample> samples = run(LeakingTestCases.class, WARM_UP + leaks);

      Sample first = samples.get(0);
      Sample last = samples.get(1);
      assertThat((last.heap - first.heap) / leaks).isGreaterThan(HEAP_A_TEST);
      assertThat(last.threads).isGreaterThan(first.threads + NOISE);
      assertThat(last.descriptors).isGreaterThan(first.descriptors + NOISE);
      assertThat(last.children).isGreaterThan(first.children);
    } finally {
      LeakingTestCases.LEFT.countDown();
      for (InputStream stream : LeakingTestCases.STREAMS) {
        stream.close();
      }
      LeakingTestCases.MEMORY.clear();
      for (Process process : LeakingTestCases.PROCESSES) {
        process.destroyForcibly().waitFor();
      }
    }
  }

  static class LeakingTestCases {
    private static final CountDownLatch LEFT = new CountDownLatch(1);
    private static final List<InputStream> STREAMS = new ArrayList<>();
    private static final List<byte[]> MEMORY = new ArrayList<>();
    private static final List<Process> PROCESSES = new ArrayList<>();

    static IntStream numbers() {
      return SoakTest.numbers();
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void leaks(int number) throws IOException {
      sample(number);
      STREAMS.add(Files.newInputStream(Path.of("/dev/null")));
      MEMORY.add(new byte[100_000]);
      PROCESSES.add(new ProcessBuilder("sleep", "1000").start());
      Thread thread =
          new Thread(
              () -> {
                try {
                  LEFT.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      thread.setDaemon(true);
      thread.start();
    }
  }
}
