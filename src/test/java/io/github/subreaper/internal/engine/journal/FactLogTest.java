package io.github.subreaper.internal.engine.journal;

import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Facts are read in order, wherever they are; what is lost is said. */
@Timeout(180)
class FactLogTest {
  private static final int MANY = 5 * FactLog.IN_MEMORY;

  @TempDir private Path directory;
  @AutoClose private FactLog log = new FactLog(TIME, Path.of("unused"));

  private FactLog in(Path file) {
    log = new FactLog(TIME, file);
    return log;
  }

  private static void add(FactLog log, int count) {
    for (int i = 0; i < count; i++) {
      log.add(
          System.nanoTime(),
          Fact.Kind.RENAMED,
          Fact.Source.SCAN,
          i,
          null,
          "näme",
          i % 64,
          List.of("word " + i, "ä → \0", ""));
    }
  }

  /** Registers a listener that hears all. */
  private Listener listen(Consumer<Fact> consumer) {
    return log.listen(consumer, () -> Long.MAX_VALUE);
  }

  private static List<Fact> read(FactLog log) {
    return readFrom(log, 0);
  }

  private static List<Fact> readFrom(FactLog log, long from) {
    List<Fact> facts = new ArrayList<>();
    try (FactReader reader = log.read(from)) {
      Fact fact = reader.next();
      while (fact != null) {
        facts.add(fact);
        fact = reader.next();
      }
      assertThat(reader.next()).isNull();
    }
    return facts;
  }

  private static boolean isReadableInFull(FactLog log) {
    return read(log).stream().noneMatch(fact -> fact.kind() == Fact.Kind.EVENTS_LOST);
  }

  @Test
  void factsBeyondMemoryComeFromTheFileUnchangedAndInOrder() throws Exception {
    Path file = directory.resolve("journal");
    add(in(file), MANY);
    Await.until(() -> Files.exists(file) && Files.size(file) > 0);
    List<Fact> facts = read(log);
    assertThat(facts.stream().map(Fact::number).toList())
        .isEqualTo(LongStream.range(0, MANY).boxed().toList());
    for (Fact fact : facts) {
      assertThat(fact.words()).containsExactly("word " + fact.number(), "ä → \0", "");
      assertThat(fact.process()).isEqualTo(fact.number());
      assertThat(fact.name()).isEqualTo("näme");
      assertThat(fact.value()).isEqualTo((int) (fact.number() % 64));
      assertThat(fact.kind()).isEqualTo(Fact.Kind.RENAMED);
      assertThat(fact.source()).isEqualTo(Fact.Source.SCAN);
    }
    assertThat(facts.stream().map(Fact::nanos).toList()).isSorted();
    assertThat(readFrom(log, MANY - 3))
        .extracting(Fact::number)
        .containsExactly(MANY - 3L, MANY - 2L, MANY - 1L);
    assertThat(readFrom(log, MANY)).isEmpty();
    assertThat(readFrom(log, 7)).hasSize(MANY - 7).first().extracting(Fact::number).isEqualTo(7L);
  }

  @Test
  void readerOfLateFactsOfTheFileReadsLittleOfIt() throws Exception {
    Path file = directory.resolve("journal");
    add(in(file), MANY);
    long last = MANY - FactLog.IN_MEMORY - 1; // of the file
    Await.until(() -> bytesUntil(last) > 0);
    assertThat(bytesUntil(last)).isLessThan(2 * FactIndex.STEP);
    assertThat(Files.size(file)).isGreaterThan(20 * FactIndex.STEP);
    for (long from = last - 2000;
        from <= last + 2;
        from = Math.max(from + 1, Math.min(from + 61, last - 2))) {
      assertThat(readFrom(log, from))
          .extracting(Fact::number)
          .isEqualTo(LongStream.range(from, MANY).boxed().toList());
    }
  }

  /** Returns how many bytes of the file a reader has gone through when it has read a fact. */
  private long bytesUntil(long number) {
    try (FactReader reader = log.read(number)) {
      assertThat(reader.next()).isNotNull().extracting(Fact::number).isEqualTo(number);
      return reader.bytesRead();
    }
  }

  @Test
  void fewFactsNeedNoFile() {
    Path file = directory.resolve("journal");
    add(in(file), FactLog.IN_MEMORY);
    assertThat(isReadableInFull(log)).isTrue();
    assertThat(file).doesNotExist();
  }

  @Test
  void fullDiskCostsTheOldestFactsAndReadersSeeHowMany() {
    add(in(Path.of("/dev/full")), MANY);
    Await.until(() -> read(log).size() <= FactLog.IN_MEMORY + FactLog.MOST_UNWRITTEN + 1);
    List<Fact> facts = read(log);
    Fact lost = facts.get(0);
    assertThat(lost.kind()).isEqualTo(Fact.Kind.EVENTS_LOST);
    assertThat(facts.get(1).number()).isEqualTo(lost.value());
    assertThat(facts.get(facts.size() - 1).number()).isEqualTo(MANY - 1);
    assertThat(lost.value() + facts.size() - 1).isEqualTo(MANY);
  }

  @Test
  void diskThatIsFullForAWhileCostsNothingIfFewFactsHaveToWait() throws Exception {
    Path file = Files.createSymbolicLink(directory.resolve("journal"), Path.of("/dev/full"));
    add(in(file), FactLog.IN_MEMORY + 10);
    Await.until(() -> pauses("subreaper journal"));
    Files.delete(file);
    Await.until(() -> Files.exists(file) && Files.size(file) > 0);
    assertThat(isReadableInFull(log)).isTrue();
    assertThat(read(log)).hasSize(FactLog.IN_MEMORY + 10);
  }

  @Test
  void factThatFindsNoMemoryIsSaidToBeLost() {
    add(in(directory.resolve("journal")), 3);
    log.skip();
    add(log, 2);
    List<Fact> facts = read(log);
    assertThat(facts.remove(3).kind()).isEqualTo(Fact.Kind.EVENTS_LOST);
    assertThat(facts).extracting(Fact::kind).hasSize(5).containsOnly(Fact.Kind.RENAMED);
  }

  @Test
  void closedLogKeepsWhatIsInMemory() {
    add(in(directory.resolve("journal")), MANY);
    log.close();
    List<Fact> facts = read(log);
    assertThat(facts.get(facts.size() - 1).number()).isEqualTo(MANY - 1);
    assertThat(facts.size()).isGreaterThan(FactLog.IN_MEMORY - FactLog.BATCH);
    boolean allInMemory = facts.size() == MANY;
    assertThat(facts.get(0).kind())
        .isEqualTo(allInMemory ? Fact.Kind.RENAMED : Fact.Kind.EVENTS_LOST);
  }

  @Test
  void slowListenerHearsAllInOrderAndDelaysNobody() throws Exception {
    in(directory.resolve("journal"));
    CountDownLatch go = new CountDownLatch(1);
    List<Long> slow = Collections.synchronizedList(new ArrayList<>());
    List<Long> quick = Collections.synchronizedList(new ArrayList<>());
    Listener slowOne =
        listen(
            fact -> {
              Await.opened(go);
              slow.add(fact.number());
            });
    Listener quickOne = listen(fact -> quick.add(fact.number()));
    add(log, MANY);
    Await.until(() -> quick.size() == MANY); // close() waits for 5 s
    quickOne.close();
    assertThat(quick).hasSize(MANY).isSorted();
    assertThat(slow).isEmpty();
    go.countDown();
    Await.until(() -> slow.size() == MANY);
    slowOne.close();
    assertThat(slow).hasSize(MANY).isSorted();
    add(log, 1);
    assertThat(slow).hasSize(MANY);
  }

  /** As when no descriptor is left for a while. */
  @Test
  void listenerThatCannotOpenTheFileForAWhileMissesNothing() throws Exception {
    Path file = directory.resolve("journal");
    Path away = directory.resolve("away");
    in(file);
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<Long> heard = Collections.synchronizedList(new ArrayList<>());
    Listener listener =
        listen(
            fact -> {
              first.countDown();
              Await.opened(go);
              heard.add(fact.number());
            });
    add(log, 1); // the listener waits with this one
    first.await();
    add(log, MANY);
    Await.until(() -> Files.exists(file) && state("subreaper journal", Thread.State.WAITING));
    Files.move(file, away);
    go.countDown();
    Await.until(() -> heard.size() == 1 && pauses("subreaper journal listener"));
    Files.move(away, file);
    Await.until(() -> heard.size() > MANY);
    listener.close();
    assertThat(heard).isEqualTo(LongStream.rangeClosed(0, MANY).boxed().toList());
  }

  private static boolean pauses(String name) {
    return state(name, Thread.State.TIMED_WAITING);
  }

  private static boolean state(String name, Thread.State state) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .anyMatch(thread -> thread.getState() == state);
  }

  /** As code does that catches an InterruptedException, or is written in another language. */
  @Test
  void listenerThatLeavesItsFlagSetOrThrowsWhatItMustNotHearsAll() {
    in(directory.resolve("journal"));
    List<Long> heard = Collections.synchronizedList(new ArrayList<>());
    Listener listener =
        listen(
            fact -> {
              heard.add(fact.number());
              Thread.currentThread().interrupt();
              FactLogTest.<RuntimeException>sneak(new Exception("checked"));
            });
    for (int i = 0; i < 20; i++) {
      add(log, 1);
      int number = i;
      Await.until(() -> heard.contains((long) number));
    }
    listener.close();
    assertThat(heard).hasSize(20);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable checked) throws T {
    throw (T) checked;
  }

  @Test
  void closedLogEndsItsListenersWhenTheyHaveHeardAll() {
    in(directory.resolve("journal"));
    List<Long> heard = Collections.synchronizedList(new ArrayList<>());
    Listener listener = listen(fact -> heard.add(fact.number()));
    add(log, 100);
    log.close();
    listener.close();
    assertThat(heard).hasSize(100);
  }

  @Test
  void listenerEndsWhenNoLaterFactConcernsIt() {
    in(directory.resolve("journal"));
    AtomicReference<Thread> thread = new AtomicReference<>();
    AtomicLong silence = new AtomicLong(Long.MAX_VALUE);
    List<Long> heard = Collections.synchronizedList(new ArrayList<>());
    Listener listener =
        log.listen(
            fact -> {
              thread.set(Thread.currentThread());
              if (fact.number() == 5) {
                silence.set(8);
              }
              heard.add(fact.number());
            },
            silence::get);
    add(log, 5);
    Await.until(() -> heard.size() == 5);
    Thread hearing = Objects.requireNonNull(thread.get());
    assertThat(hearing.isAlive()).isTrue();
    add(log, 3);
    Await.until(() -> !hearing.isAlive());
    assertThat(heard).isEqualTo(LongStream.range(0, 8).boxed().toList());
    add(log, 1);
    listener.close();
    assertThat(heard).hasSize(8);
  }
}
