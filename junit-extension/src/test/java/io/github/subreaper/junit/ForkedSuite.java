package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.leak;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Supervisor;
import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * A suite for eight forks of two modules: four classes with the same tests. No fork begins before
 * all are there.
 */
final class ForkedSuite {
  static final List<String> MODULES = List.of("first", "second");
  static final List<Class<?>> CLASSES =
      List.of(OneTestCases.class, TwoTestCases.class, ThreeTestCases.class, FourTestCases.class);

  /** A directory: each fork has a file there with its pid, named by its number from 0 to 7. */
  static final String MEETING = "meeting";

  /** The number of the only fork with failures; without it all have some. */
  static final String FAILING = "failing";

  /** Added to the number of a fork, it says which fork ends before it. */
  static final String PREVIOUS = "previous";

  private ForkedSuite() {}

  private static int number(Class<?> type) {
    String module = Path.of("").toAbsolutePath().getFileName().toString();
    return MODULES.indexOf(module) * CLASSES.size() + CLASSES.indexOf(type);
  }

  private static Path file(int number) {
    return Path.of(System.getProperty(MEETING)).resolve(String.valueOf(number));
  }

  private static boolean isThere(int number) {
    return Files.exists(file(number));
  }

  abstract static class Member {
    private final int only = Integer.getInteger(FAILING, -1);

    @BeforeAll
    static void meet(TestInfo info) throws IOException {
      Path file = file(number(info.getTestClass().orElseThrow()));
      Files.writeString(file, String.valueOf(ProcessHandle.current().pid()));
      int members = MODULES.size() * CLASSES.size();
      Await.until(
          () -> Stream.iterate(0, i -> i + 1).limit(members).allMatch(ForkedSuite::isThere));
    }

    private boolean hasFailures() {
      return only < 0 || only == number(getClass());
    }

    @Test
    void leaks() {
      if (hasFailures()) {
        ChildJvm.say("pid", leak());
      }
    }

    @Test
    void fails(Supervisor supervisor) {
      String status = supervisor.launch("true").awaitExit().toString();
      assertThat(status).isEqualTo(hasFailures() ? "another" : status);
    }

    @Test
    void passes(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
    }

    /** A fork ends soon after its last test, and what it does then is done. */
    @AfterAll
    static void awaitThePreviousEnd(TestInfo info) throws IOException {
      int step = Integer.getInteger(PREVIOUS, 0);
      Path previous = file(number(info.getTestClass().orElseThrow()) + step);
      if (step != 0 && Files.exists(previous)) {
        long pid = Long.parseLong(Files.readString(previous));
        Await.until(() -> !Processes.isAlive(pid));
      }
    }
  }

  static class OneTestCases extends Member {}

  static class TwoTestCases extends Member {}

  static class ThreeTestCases extends Member {}

  static class FourTestCases extends Member {}
}
