package io.github.subreaper.internal.report;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.report.Recording.Result;
import io.github.subreaper.internal.report.RunSummary.Leak;
import io.github.subreaper.internal.report.RunSummary.ScopeEnd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RunFileTest {
  @TempDir Path temp;

  private RunFile.Content read(String text) throws IOException {
    return RunFile.read(Files.writeString(temp.resolve("run-1-1.jsonl"), text));
  }

  static RunSummary hostile(String text) {
    ScopeEnd end =
        new ScopeEnd(
            text,
            Result.FAILED,
            1,
            true,
            2,
            3,
            List.of(new Leak(text, text)),
            Long.MAX_VALUE,
            text);
    return new RunSummary(
        text,
        text,
        text,
        text,
        text,
        text,
        text,
        Instant.EPOCH,
        Instant.EPOCH,
        1,
        1,
        1,
        1,
        List.of(text),
        List.of(end),
        List.of(text));
  }

  static Stream<RunSummary> summaries() {
    return Stream.concat(
        Stream.of(
            FIRST.summary(),
            FIRST.summary(
                FIRST.end(null),
                FIRST.end("x", new Leak("sleep 1", null), new Leak("sleep 1", null)))),
        RecordingSamples.HOSTILE.stream().map(RunFileTest::hostile));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("summaries")
  void summaryThatIsReadIsTheOneThatWasWritten(RunSummary summary) throws IOException {
    String written = RunFile.write(summary);

    assertThat(read(written)).isEqualTo(new RunFile.Content(summary, true));
    assertThat(written.contains("may_miss")).isEqualTo(summary.mayMiss());
    assertThat(written).hasSizeLessThan(60_000).endsWith("{\"record\":\"end\"}\n");
    assertThat(written.lines()).allMatch(line -> Json.read(line) instanceof Map);
    assertThat(written.chars().filter(c -> c != '\n')).noneMatch(Character::isISOControl);
  }

  @Test
  void fileThatIsCutAnywhereAfterItsFirstLineIsReadUpToThere() throws IOException {
    ScopeEnd end = FIRST.end("größe", new Leak("sleep 1", "a.B.c(B.java:1)"));
    byte[] bytes = RunFile.write(FIRST.summary(end, end)).getBytes(StandardCharsets.UTF_8);
    int first = new String(bytes, StandardCharsets.UTF_8).indexOf('\n') + 1;
    Path file = temp.resolve("run-1-1.jsonl");

    for (int size = first; size < bytes.length; size++) {
      RunFile.Content read = RunFile.read(Files.write(file, Arrays.copyOf(bytes, size)));
      assertThat(read.isWhole()).as("%s", size).isEqualTo(size == bytes.length - 1);
      assertThat(read.summary().scopes().size()).isBetween(0, 2);
    }
    for (int size = 1; size < first - 1; size += 7) {
      Files.write(file, Arrays.copyOf(bytes, size));
      assertThatThrownBy(() -> RunFile.read(file))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(file + ", line 1: ");
    }
  }

  @Test
  void emptyFileIsNoSummary() {
    assertThatThrownBy(() -> read(""))
        .isInstanceOf(IOException.class)
        .hasMessage(temp.resolve("run-1-1.jsonl") + ": it is empty");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '`',
      value = {
        "1 → x → line 1: not JSON",
        "1 → {\"record\":\"header\"} → line 1: it is not a summary of a run",
        "1 → {\"record\":\"run\",\"format\":2} → line 1: a summary in the format 2; this version",
        "2 → x → line 2: not JSON",
        "2 → {\"record\":\"scope\"} → line 2: \"scope\" is missing",
        "2 → {\"record\":\"note\",\"text\":1} → line 2: \"text\" is no String",
        "2 → {\"record\":\"scope\",\"scope\":\"x\",\"leaks\":[{\"count\":2000000}]} → so many leaks",
        "2 → {\"record\":\"scope\",\"scope\":\"x\",\"leaks\":[{\"count\":-1}]} → so many leaks: -1",
      })
  void fileThatIsNoSummaryIsRefusedWithItsLine(int number, String line, String message) {
    List<String> lines = new java.util.ArrayList<>(RunFile.write(FIRST.summary()).lines().toList());
    lines.add(number - 1, line);

    assertThatThrownBy(() -> read(String.join("\n", lines) + "\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void leaksThatWouldFillTheMemoryAreRefused() {
    Leak[] many = Collections.nCopies(600_000, new Leak("bomb", null)).toArray(Leak[]::new);
    String written = RunFile.write(FIRST.summary(FIRST.end(null, many), FIRST.end(null, many)));

    assertThatThrownBy(() -> read(written)).hasMessageContaining("line 3: so many leaks: 600000");
  }

  @Test
  void whatALaterVersionAddsIsIgnored() throws IOException {
    RunSummary summary = FIRST.summary(FIRST.end(null));
    String written =
        RunFile.write(summary)
            .replace("\"scope\":", "\"new\":[1],\"scope\":")
            .replace("{\"record\":\"end\"}", "{\"record\":\"new\"}\n{\"record\":\"end\"}");

    assertThat(read(written).summary()).isEqualTo(summary);
  }

  @Test
  void leaksOfAForkBombAreCountedAndNotAllListed() throws IOException {
    Leak[] same = Collections.nCopies(5_000, new Leak("bomb", null)).toArray(Leak[]::new);
    Leak[] different =
        IntStream.range(0, 5_000).mapToObj(i -> new Leak("bomb " + i, null)).toArray(Leak[]::new);

    String written =
        RunFile.write(FIRST.summary(FIRST.end(null, same), FIRST.end(null, different)));

    assertThat(written).hasSizeLessThan(5_000);
    assertThat(read(written).summary().leaks()).isEqualTo(10_000);
  }

  @Test
  void ofTooManyScopesThoseWithNewsAreKept() throws IOException {
    ReportSamples passed = FIRST.with(Result.PASSED, null);
    ScopeEnd[] scopes =
        IntStream.rangeClosed(1, 20_001)
            .mapToObj(i -> passed.of("T", "t", i).end(i == 20_001 ? "report" : null))
            .toArray(ScopeEnd[]::new);

    RunSummary read = read(RunFile.write(FIRST.summary(scopes))).summary();

    assertThat(read.scopes())
        .hasSize(20_000)
        .contains(scopes[20_000])
        .doesNotContain(scopes[19_999]);
  }

  @Test
  void runIsNewsIfAnythingNeedsALook() {
    ReportSamples passed = FIRST.with(Result.PASSED, null);
    ScopeEnd survivor = new ScopeEnd("x", Result.PASSED, 1, false, 0, 1, List.of(), 0, null);

    assertThat(passed.summary().isNews()).isFalse();
    assertThat(passed.summary(passed.end(null)).isNews()).isFalse();
    assertThat(passed.summary(passed.end("report")).isNews()).isTrue();
    assertThat(passed.summary(passed.end(null, new Leak("x", null))).isNews()).isTrue();
    assertThat(passed.summary(survivor).isNews()).isTrue();
    assertThat(passed.summary(FIRST.end(null)).isNews()).isTrue();
  }
}
