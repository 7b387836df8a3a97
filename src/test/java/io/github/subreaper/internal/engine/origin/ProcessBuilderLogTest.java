package io.github.subreaper.internal.engine.origin;

import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.testing.Origins;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JDK's log of starts is read, and the user's logging is as it would be without that. */
class ProcessBuilderLogTest {
  private static final Logger ROOT = Logger.getLogger("");
  private static final Logger LOGGER = Logger.getLogger("java.lang.ProcessBuilder");

  /** What a user sees of a record. */
  private record Seen(Level level, String message) {}

  /** A user's handler for all there is. */
  private static final class Users extends Handler {
    final List<Seen> seen = new ArrayList<>();

    Users() {
      setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord logged) {
      if (LOGGER.getName().equals(logged.getLoggerName())) {
        String message = logged.getMessage().replaceAll("pid: \\d+", "pid: N");
        seen.add(new Seen(logged.getLevel(), message));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private final Level level = ROOT.getLevel();
  private final Users users = new Users();
  private final List<Start> taken = new ArrayList<>();

  @BeforeEach
  void listen() {
    assumeTrue(Origins.areLogged(), "this JDK does not log what it starts");
    TIME.nanos(); // loads JNA, which starts a program
    assertThat(LOGGER.getLevel()).as("left by another test").isNull();
    assertThat(LOGGER.getFilter()).isNull();
    ROOT.addHandler(users);
  }

  @AfterEach
  void putBack() {
    ROOT.removeHandler(users);
    ROOT.setLevel(level);
    LOGGER.setLevel(null);
    LOGGER.setFilter(null);
  }

  private static Start start(int pid, String command, Throwable stack) {
    return new Start(
        pid,
        TIME.nanos(),
        command,
        Thread.currentThread().getId(),
        Thread.currentThread().getName(),
        new CallSites(new MethodBindings()).of(List.of(stack.getStackTrace())),
        null);
  }

  private static ProcessBuilderLog begin() {
    return new ProcessBuilderLog(ProcessBuilderLogTest::start);
  }

  private static long run() throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", "exit 0").start();
    process.waitFor();
    return process.pid();
  }

  private List<Start> taken(ProcessBuilderLog log) {
    log.take(taken::add);
    return taken;
  }

  @Test
  void startIsKnownBeforeItReturnsWithPidThreadStackAndCommand() throws Exception {
    try (ProcessBuilderLog log = begin()) {
      Process process = new ProcessBuilder("sh", "-c", "read 'a b'").start();
      Start start = taken(log).get(0);
      process.destroyForcibly().waitFor();
      assertThat(start.pid()).isEqualTo(process.pid());
      assertThat(start.command()).isEqualTo("sh -c read 'a b'");
      assertThat(start.thread()).isEqualTo(Thread.currentThread().getId());
      assertThat(start.site().stack())
          .anyMatch(line -> line.getMethodName().startsWith("startIsKnownBeforeItReturns"));
      assertThat(log.wasDisturbed()).isFalse();
    }
  }

  @Test
  void startsOfManyThreadsAreAllKnown() throws Exception {
    Set<Long> started = ConcurrentHashMap.newKeySet();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (ProcessBuilderLog log = begin()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        all.add(threads.submit(() -> started.add(run())));
      }
      for (Future<?> one : all) {
        one.get();
      }
      Set<Long> known = new TreeSet<>();
      taken(log).forEach(one -> known.add((long) one.pid()));
      assertThat(known).containsExactlyInAnyOrderElementsOf(started);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void settingsAreTheUsersAgainAtTheEnd() throws Exception {
    Filter filter = one -> true;
    LOGGER.setFilter(filter);
    LOGGER.setLevel(Level.WARNING);
    begin().close();
    assertThat(LOGGER.getLevel()).isEqualTo(Level.WARNING);
    assertThat(LOGGER.getFilter()).isSameAs(filter);
    run();
    assertThat(users.seen).isEmpty();
  }

  @Test
  void settingsThatTheUserChangesMeanwhileStay() {
    ProcessBuilderLog log = begin();
    Filter filter = one -> true;
    LOGGER.setFilter(filter);
    LOGGER.setLevel(Level.WARNING);
    log.close();
    assertThat(LOGGER.getLevel()).isEqualTo(Level.WARNING);
    assertThat(LOGGER.getFilter()).isSameAs(filter);
  }

  /** Whatever the user wants to see, there is exactly that. */
  @ParameterizedTest
  @ValueSource(strings = {"INFO", "FINE", "FINER", "ALL", "OFF"})
  void usersHandlerGetsWhatItWouldGetWithoutUs(String wanted) throws Exception {
    ROOT.setLevel(Level.parse(wanted));
    run();
    List<Seen> without = List.copyOf(users.seen);
    users.seen.clear();
    try (ProcessBuilderLog log = begin()) {
      run();
      assertThat(taken(log)).hasSize(1);
    }
    assertThat(users.seen).isEqualTo(without);
    assertThat(without).hasSize(Level.parse(wanted).intValue() <= Level.FINE.intValue() ? 1 : 0);
  }

  @Test
  void usersLevelOfThisLoggerCountsToo() throws Exception {
    LOGGER.setLevel(Level.FINE);
    try (ProcessBuilderLog log = begin()) {
      run();
      LOGGER.setLevel(Level.FINER); // changed meanwhile
      run();
      assertThat(taken(log)).hasSize(2);
    }
    assertThat(users.seen).extracting(Seen::level).containsExactly(Level.FINE, Level.FINER);
    assertThat(LOGGER.getLevel()).isEqualTo(Level.FINER);
  }

  @Test
  void usersFilterIsAskedOnlyAboutWhatTheLevelLetsThrough() throws Exception {
    List<Level> asked = new ArrayList<>();
    LOGGER.setFilter(
        one -> {
          asked.add(one.getLevel());
          return false;
        });
    try (ProcessBuilderLog log = begin()) {
      run();
      assertThat(asked).isEmpty();
      ROOT.setLevel(Level.FINE);
      run();
      assertThat(asked).containsExactly(Level.FINE);
      assertThat(taken(log)).hasSize(2);
    }
    assertThat(users.seen).isEmpty();
  }

  /** As a library does that adds a condition to what is there. */
  @Test
  void filterThatAsksOursIsAskedOnceAndSoAreWe() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ROOT.setLevel(Level.FINE);
    try (ProcessBuilderLog log = begin()) {
      Filter ours = LOGGER.getFilter();
      LOGGER.setFilter(
          one -> {
            asked.incrementAndGet();
            return ours.isLoggable(one);
          });
      assertThat(log.wasDisturbed()).isTrue(); // it is on again
      run();
      assertThat(taken(log)).hasSize(1);
    }
    assertThat(asked).hasValue(1);
    assertThat(users.seen).hasSize(1);
    run();
    assertThat(asked).hasValue(2);
    assertThat(users.seen).hasSize(2);
    assertThat(taken).hasSize(1);
  }

  @Test
  void otherRecordsOfTheLoggerAreLeftAlone() {
    try (ProcessBuilderLog log = begin()) {
      LOGGER.warning("ProcessBuilder.start(): pid: 1, of a user");
      LOGGER.fine("nothing that the user wants to see");
      assertThat(taken(log)).isEmpty();
    }
    assertThat(users.seen).extracting(Seen::level).containsExactly(Level.WARNING);
  }

  @Test
  void logThatOtherCodeTurnsOffIsTurnedOnAgainAndThatIsKnown() throws Exception {
    try (ProcessBuilderLog log = begin()) {
      LOGGER.setLevel(Level.INFO);
      run();
      assertThat(log.wasDisturbed()).isTrue();
      run();
      assertThat(log.wasDisturbed()).isFalse();
      assertThat(users.seen).isEmpty();
      LOGGER.setFilter(null);
      run();
      assertThat(log.wasDisturbed()).isTrue();
      run();
      assertThat(taken(log)).hasSize(2);
    }
    assertThat(LOGGER.getLevel()).isEqualTo(Level.INFO);
  }

  /** As Spring Boot and bridges of logging libraries do. In a build's JVM nothing else is lost. */
  @Test
  void configurationThatIsReadAgainTurnsNothingOff() throws Exception {
    LogManager manager = LogManager.getLogManager();
    try (ProcessBuilderLog log = begin()) {
      manager.updateConfiguration(new ByteArrayInputStream(new byte[0]), key -> (old, now) -> old);
      run();
      assertThat(taken(log)).hasSize(1);
    }
  }

  /** The user's start must not fail, whatever happens to the note of it. */
  @Test
  void startThatCannotBeNotedSucceedsAndIsKnownToBeMissing() throws Exception {
    try (ProcessBuilderLog log =
        new ProcessBuilderLog(
            (pid, command, stack) -> {
              throw new StackOverflowError();
            })) {
      run();
      assertThat(taken(log)).isEmpty();
      assertThat(log.wasDisturbed()).isTrue();
    }
  }
}
