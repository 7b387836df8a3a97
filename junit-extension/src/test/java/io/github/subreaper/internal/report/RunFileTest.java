package io.github.subreaper.internal.report;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

public class RunFileTest {
  private static List<JsonNode> scopes(RunSummary summary) {
    return ReadRecording.lines(RunFile.write(summary)).stream()
        .filter(line -> line.get("record").asText().equals("scope"))
        .toList();
  }

  public static RunSummary hostile(String text) {
    ScopeSummary end =
        new ScopeSummary(
            text,
            Result.FAILED,
            1,
            true,
            2,
            3,
            List.of(new Leak(text, text)),
            Long.MAX_VALUE,
            text,
            new RunSummary.Failure(text, text, true));
    return new RunSummary(
        new About(text, text, text, text, text, text),
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

  @Test
  void leaksOfAForkBombAreCountedAndNotAllListed() throws IOException {
    Leak[] same = Collections.nCopies(5_000, new Leak("bomb", null)).toArray(Leak[]::new);
    Leak[] different =
        IntStream.range(0, 5_000).mapToObj(i -> new Leak("bomb " + i, null)).toArray(Leak[]::new);

    String written =
        RunFile.write(FIRST.summary(FIRST.end(null, same), FIRST.end(null, different)));

    assertThat(written).hasSizeLessThan(5_000).contains("\"leaks\":10000,");
    assertThat(ReadRecording.line(written.lines().toList().get(2)).get("leaks").get(0).toString())
        .isEqualTo("{\"command\":\"bomb\",\"count\":5000}");
  }

  @Test
  void scopesWithNewsAndTheSlowestAreWritten() {
    ReportSamples passed = FIRST.with(Result.PASSED, null);
    ScopeSummary[] ends =
        IntStream.rangeClosed(1, 3_000)
            .mapToObj(i -> passed.of("T", "t", i).end(i == 3_000 ? "report" : null))
            .toArray(ScopeSummary[]::new);
    ScopeSummary slow =
        new ScopeSummary("slow", Result.PASSED, 1, false, 0, 0, List.of(), 1L << 40, null, null);
    ends[1_500] = slow;

    assertThat(scopes(FIRST.summary(ends)))
        .hasSizeBetween(20, 21)
        .anyMatch(line -> line.get("scope").asText().equals("slow"))
        .anyMatch(line -> line.path("report").asText().equals("report"));
  }

  @Test
  void runIsNewsIfAnythingNeedsALook() {
    ReportSamples passed = FIRST.with(Result.PASSED, null);
    ScopeSummary survivor =
        new ScopeSummary("x", Result.PASSED, 1, false, 0, 1, List.of(), 0, null, null);

    assertThat(passed.summary().isNews()).isFalse();
    assertThat(passed.summary(passed.end(null)).isNews()).isFalse();
    assertThat(passed.summary(passed.end("report")).isNews()).isTrue();
    assertThat(passed.summary(passed.end(null, new Leak("x", null))).isNews()).isTrue();
    assertThat(passed.summary(survivor).isNews()).isTrue();
    assertThat(passed.summary(FIRST.end(null)).isNews()).isTrue();
  }
}
