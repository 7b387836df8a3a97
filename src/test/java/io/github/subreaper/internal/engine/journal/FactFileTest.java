package io.github.subreaper.internal.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reader begins near the fact that it wants, and misses none from there on. */
class FactFileTest {
  private static final int BATCH = 500;
  private static final int MANY = 100 * BATCH;

  /** What the facts between two known places take, and the one that is wanted. */
  private static final long FEW_BYTES = FactIndex.STEP + 1000;

  @TempDir private Path directory;
  private Path path;
  @AutoClose private FactFile file;

  @BeforeEach
  void open() {
    path = directory.resolve("journal");
    file = new FactFile(path);
  }

  private static Fact fact(long number) {
    return new Fact(
        number,
        Fact.Kind.RENAMED,
        Fact.Source.SCAN,
        number,
        number,
        null,
        "näme",
        0,
        List.of("word " + number, "x".repeat((int) (number % 100))));
  }

  private boolean append(long from, long to) {
    return file.append(LongStream.range(from, to).mapToObj(FactFileTest::fact).toList());
  }

  private void appendInBatches(long from, long to) {
    for (long next = from; next < to; next += BATCH) {
      assertThat(append(next, next + BATCH)).isTrue();
    }
  }

  private List<Long> read(long from, long bytes) throws IOException {
    List<Long> numbers = new ArrayList<>();
    try (FactFile.Reader reader = file.read(from, bytes)) {
      for (Fact fact = reader.next(); fact != null; fact = reader.next()) {
        if (!fact.equals(fact(fact.number()))) {
          fail("%s", fact);
        }
        if (fact.number() >= from) {
          numbers.add(fact.number());
        }
      }
    }
    return numbers;
  }

  /** Returns how many bytes lie between where the reader begins and the end of a fact. */
  private long bytesUntil(long number) throws IOException {
    try (FactFile.Reader reader = file.read(number, file.length())) {
      for (Fact fact = reader.next(); fact != null; fact = reader.next()) {
        if (fact.number() >= number) {
          return reader.bytesRead();
        }
      }
    }
    throw new AssertionError("fact " + number + " is not in the file");
  }

  private static List<Long> numbers(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @Test
  void readerFromAnyFactReadsAllFromThereOnAndLittleBefore() throws Exception {
    appendInBatches(0, MANY);
    assertThat(file.length()).isGreaterThan(50 * FactIndex.STEP);
    for (long from = 0; from < MANY; from += 997) {
      if (from % (8 * 997) == 0) {
        assertThat(read(from, file.length())).isEqualTo(numbers(from, MANY));
      }
      assertThat(bytesUntil(from)).isLessThan(FEW_BYTES);
    }
    assertThat(read(MANY - 1, file.length())).containsExactly(MANY - 1L);
    assertThat(read(MANY, file.length())).isEmpty();
    assertThat(read(Long.MAX_VALUE, file.length())).isEmpty();
  }

  @Test
  void readerOfTheBeginningOfTheFileReadsNoFurther() throws Exception {
    appendInBatches(0, MANY / 2);
    long half = file.length();
    appendInBatches(MANY / 2, MANY);
    assertThat(read(MANY / 4, half)).isEqualTo(numbers(MANY / 4, MANY / 2));
    assertThat(read(MANY - 10, half)).isEmpty();
  }

  @Test
  void gapsBetweenTheNumbersHideNoFact() throws Exception {
    appendInBatches(0, MANY / 4);
    appendInBatches(10 * MANY, 10 * MANY + MANY / 4);
    for (long from : new long[] {MANY / 4 - 1, MANY / 4, 5 * MANY, 10 * MANY, 10 * MANY + 1}) {
      List<Long> expected = new ArrayList<>(numbers(Math.min(from, MANY / 4), MANY / 4));
      expected.addAll(numbers(Math.max(from, 10 * MANY), 10 * MANY + MANY / 4));
      assertThat(read(from, file.length())).isEqualTo(expected);
      assertThat(bytesUntil(from)).isLessThan(FEW_BYTES);
    }
  }

  /** The facts of a write that failed are lost, or come again at another place. */
  @Test
  void failedWriteLeavesNoPlaceBehind() throws Exception {
    appendInBatches(0, MANY / 4);
    file.close();
    Path away = Files.move(path, directory.resolve("away"));
    Files.createSymbolicLink(path, Path.of("/dev/full"));
    assertThat(append(MANY / 4, MANY / 2)).isFalse();
    Files.delete(path);
    Files.move(away, path);
    appendInBatches(MANY / 2, MANY);
    assertThat(read(0, file.length())).hasSize(MANY / 4 + MANY / 2);
    for (long from = MANY / 4 - 1; from < MANY; from += 4 * 997) {
      List<Long> expected = new ArrayList<>(numbers(Math.min(from, MANY / 4), MANY / 4));
      expected.addAll(numbers(Math.max(from, MANY / 2), MANY));
      assertThat(read(from, file.length())).isEqualTo(expected);
      assertThat(bytesUntil(from)).isLessThan(FEW_BYTES);
    }
  }

  @Test
  void indexOfAnEndlessFileStaysSmallAndKnowsAPlaceNearEachFact() {
    FactIndex index = new FactIndex();
    long facts = 10_000_000;
    int most = 0;
    for (long number = 0; number < facts; number++) {
      index.add(number, 100 * number);
      most = Math.max(most, index.size());
    }
    assertThat(most).isLessThanOrEqualTo(FactIndex.MOST);
    long farthest = 4 * 100 * facts / FactIndex.MOST;
    for (long number = 0; number < facts; number += 9_973) {
      assertThat(index.offsetOf(number)).isBetween(100 * number - farthest, 100 * number);
    }
    assertThat(index.offsetOf(0)).isZero();
  }
}
