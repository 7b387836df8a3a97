package io.github.subreaper.internal.report;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of the Trace Event Format, as far as Perfetto depends on them. */
class ChromeTraceTest {

  static Stream<Recording> recordings() {
    return Stream.of(
            Stream.of(RecordingSamples.ofADaemon()),
            RecordingSamples.HOSTILE.stream().map(RecordingSamples::hostile),
            LongStream.range(0, 2_000).mapToObj(RecordingSamples::random))
        .flatMap(some -> some);
  }

  private static List<TraceItem> items(Recording recording) {
    return TraceItem.of(ChromeTrace.write(recording));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void traceKeepsTheRulesOfItsFormat(Recording recording) {
    List<TraceItem> items = items(recording);

    assertThat(items).allSatisfy(ChromeTraceTest::assertHasWhatEachNeeds);
    assertThat(items.stream().filter(item -> !item.is("M")).map(item -> item.nanos("ts")))
        .isSorted()
        .allMatch(time -> time >= 0);
    assertSlicesNest(items);
    assertArrowsJoin(items);
    assertTracksHaveNames(items);
    assertThat(items.stream().filter(item -> item.is("f") && item.text("name").equals("fork")))
        .hasSize((int) recording.processes().stream().filter(one -> one.parent() != 0).count());
  }

  private static void assertHasWhatEachNeeds(TraceItem item) {
    assertThat(item.text("ph")).isIn("M", "X", "i", "s", "f");
    assertThat(item.text("name")).hasSizeLessThanOrEqualTo(200);
    assertThat(item.number("pid")).isPositive().isEqualTo(item.number("tid"));
    if (item.is("X")) {
      assertThat(item.nanos("dur")).isNotNegative();
    } else if (item.is("i")) {
      assertThat(item.text("s")).isEqualTo("t");
    } else if (item.is("f")) {
      assertThat(item.text("bp")).isEqualTo("e");
    }
  }

  private static void assertSlicesNest(List<TraceItem> items) {
    Map<String, Deque<TraceItem>> open = new HashMap<>();
    for (TraceItem slice : items) {
      if (slice.is("X")) {
        Deque<TraceItem> around = open.computeIfAbsent(slice.track(), track -> new ArrayDeque<>());
        while (!around.isEmpty() && around.peek().end() <= slice.nanos("ts")) {
          around.pop();
        }
        if (!around.isEmpty()) {
          assertThat(slice.end())
              .as("%s in %s", slice, around)
              .isLessThanOrEqualTo(around.peek().end());
        }
        around.push(slice);
      }
    }
  }

  private static void assertArrowsJoin(List<TraceItem> items) {
    Map<Long, TraceItem> starts = new HashMap<>();
    for (int i = 0; i < items.size(); i++) {
      TraceItem item = items.get(i);
      if (item.is("s")) {
        assertThat(starts.put(item.number("id"), item)).isNull();
      } else if (item.is("f")) {
        assertThat(starts).as("the start of %s", item).containsKey(item.number("id"));
        TraceItem start = requireNonNull(starts.remove(item.number("id")));
        assertThat(item.text("name")).isEqualTo(start.text("name"));
        assertThat(item.text("cat")).isEqualTo(start.text("cat"));
        assertThat(start.nanos("ts")).isLessThanOrEqualTo(item.nanos("ts"));
      }
      if (item.is("s") || item.is("f") || item.is("i")) {
        // in a slice that has begun before, in the order of the file
        assertThat(items.subList(0, i))
            .as("%s", item)
            .anyMatch(slice -> slice.is("X") && slice.contains(item));
      }
    }
    assertThat(starts).isEmpty();
  }

  private static void assertTracksHaveNames(List<TraceItem> items) {
    List<Long> named = new ArrayList<>();
    for (TraceItem item : items) {
      if (item.is("M") && item.text("name").equals("process_name")) {
        named.add(item.number("pid"));
      }
    }
    assertThat(named).doesNotHaveDuplicates();
    assertThat(items).allMatch(item -> named.contains(item.number("pid")));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void perfettoDrawsEachArrowFromWhereItBeginsToWhereItEnds(Recording recording) {
    List<TraceItem> items = items(recording);

    PerfettoImport imported = new PerfettoImport(items);

    assertThat(imported.errors()).isEmpty();
    assertThat(imported.arrows())
        .hasSize((int) items.stream().filter(item -> item.is("f")).count())
        .allSatisfy(
            arrow -> {
              assertThat(arrow.drawnFrom()).as("%s", arrow).isEqualTo(arrow.start().begin());
              assertThat(arrow.drawnTo()).as("%s", arrow).isEqualTo(arrow.finish().begin());
            });
  }

  private static List<String> drawn(List<TraceItem> items, String phase, int pid) {
    return items.stream()
        .filter(item -> item.is(phase) && item.number("pid") == pid)
        .map(
            item ->
                item.nanos("ts") / 1_000
                    + (item.is("X") ? "-" + item.end() / 1_000 : "")
                    + " "
                    + item.text("name"))
        .toList();
  }

  @Test
  void daemonIsDrawn() {
    List<TraceItem> items = items(RecordingSamples.ofADaemon());

    assertThat(drawn(items, "X", 1))
        .containsExactly("0-61000 t()", "100-900 before", "900-44000 test", "44000-61000 end");
    assertThat(drawn(items, "i", 1)).containsExactly("60000 events_lost");
    assertThat(drawn(items, "X", 3))
        .containsExactly(
            "5000-50000 101 daemon",
            "5500-6000 sh start.sh",
            "6000-30000 daemon -d",
            "7000-8000 daemon: starting",
            "8000-30000 daemon: ready",
            "30000-50000 daemon2",
            "46000-50000 ended in this time");
    assertThat(drawn(items, "i", 3))
        .containsExactly(
            "9100 adopted", "11000 fork 100", "13000 SIGSTOP", "14000 continued", "45000 SIGTERM");
    assertThat(drawn(items, "i", 2))
        .containsExactly("5000 fork 101", "8100 ready", "8999 adoption 101");
    assertThat(drawn(items, "s", 2)).containsExactly("5000 fork", "8999 adoption");
    assertThat(drawn(items, "f", 3)).containsExactly("5000 fork", "9100 adoption");
    assertThat(drawn(items, "s", 3)).containsExactly("11000 fork");
    assertThat(drawn(items, "f", 4)).containsExactly("11000 fork");
    assertThat(drawn(items, "X", 5)).containsExactly("0-61000 99 other", "2000-61000 other");
  }

  @Test
  void floodAtOneMomentStaysWithinTheDepthThatPerfettoDraws() {
    MadeRecording made = new MadeRecording();
    int parent = made.exited(0, 0, 900, 0, "server");
    for (int i = 0; i < 600; i++) {
      made.exited(parent, 10, 20, 0, "worker");
      made.event(30, Event.Kind.SIGNALED, parent, "got SIGUSR1", 0, "SIGUSR1");
    }
    List<TraceItem> items = items(made.make());

    PerfettoImport imported = new PerfettoImport(items);

    assertThat(imported.errors()).isEmpty();
    assertThat(imported.arrows())
        .hasSize(600)
        .allSatisfy(arrow -> assertThat(arrow.drawnFrom()).isEqualTo(arrow.drawnTo()));
    assertThat(drawn(items, "i", 2))
        .contains("10000 more that is not shown", "30000 more that is not shown")
        .hasSize(100);
  }

  @Test
  void perfettoShowsTheMachineAndTheTest() {
    Map<?, ?> trace =
        (Map<?, ?>) requireNonNull(Json.read(ChromeTrace.write(RecordingSamples.ofADaemon())));

    Map<?, ?> metadata = (Map<?, ?>) requireNonNull(trace.get("metadata"));

    assertThat(metadata.get("host")).isEqualTo("host");
    assertThat(metadata.get("test")).isEqualTo("[class:T]/[method:t()]");
    assertThat(metadata.values()).noneMatch(value -> value instanceof Map || value instanceof List);
  }

  static Stream<Recording> hostileRecordings() {
    return RecordingSamples.HOSTILE.stream().map(RecordingSamples::hostile);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("hostileRecordings")
  void textHasNoEscapeThatPerfettoRefuses(Recording recording) {
    // it refuses the whole file for half a character, even where the other half follows
    assertThat(ChromeTrace.write(recording)).doesNotContainPattern("\\\\u[dD][89a-fA-F]");
  }

  @Test
  void processesWithOnePidHaveTracksOfTheirOwn() {
    List<TraceItem> items = items(RecordingSamples.ofADaemon());

    assertThat(
            items.stream()
                .filter(item -> item.is("M") && item.text("name").equals("process_name"))
                .map(item -> item.argument("name")))
        .containsExactly("test t()", "100 sh start.sh", "101 daemon2", "100 worker", "99 other");
  }
}
