package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.report.Recording.Proc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link RecordingWriter} writes, and {@link RecordingReader} reads. */
class RecordingFileTest {

  static Stream<Recording> recordings() {
    return Stream.of(
            Stream.of(RecordingSamples.ofADaemon()),
            RecordingSamples.HOSTILE.stream().map(RecordingSamples::hostile),
            LongStream.range(0, 50).mapToObj(RecordingSamples::random))
        .flatMap(some -> some);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void recordingThatIsReadIsTheOneThatWasWritten(Recording recording, @TempDir Path dir)
      throws IOException {
    String written = RecordingWriter.write(recording);
    Path file = dir.resolve("x.jsonl");
    RecordingWriter.write(recording, file);

    assertThat(file).content(StandardCharsets.UTF_8).isEqualTo(written);
    assertThat(RecordingReader.read(file)).isEqualTo(recording);
    assertThat(RecordingWriter.write(RecordingReader.parse(written))).isEqualTo(written);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void eachLineIsOneJsonObjectOfPrintableCharacters(Recording recording) {
    String written = RecordingWriter.write(recording);

    assertThat(written).hasSizeLessThan(1_000_000).endsWith("\n");
    assertThat(written.lines()).allMatch(line -> Json.read(line) instanceof Map);
    assertThat(written.chars().filter(c -> c != '\n')).noneMatch(Character::isISOControl);
  }

  @Test
  void fileOfAnEarlierVersionIsRead() throws IOException {
    String written = RecordingWriter.write(RecordingSamples.ofADaemon());
    String earlier =
        written.replace(",\"may_miss\":true", "").replace("\"last_alive\":46000000,", "");
    assertThat(earlier).hasSizeLessThan(written.length() - 30);

    Recording recording = RecordingReader.parse(earlier);
    assertThat(recording.header().mayMiss()).isFalse();
    assertThat(recording.processes()).extracting(Recording.Proc::aliveAt).containsOnlyNulls();
    assertThat(RecordingWriter.write(recording)).isEqualTo(earlier);
  }

  private static Map<?, ?> line(String event, int number) {
    return RecordingWriter.write(RecordingSamples.ofADaemon())
        .lines()
        .map(line -> (Map<?, ?>) Json.read(line))
        .filter(line -> event.equals(line.get("event")))
        .filter(line -> Long.valueOf(number).equals(line.get("number")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void eventHasTheNamesOfOpenTelemetry() {
    assertThat(Json.write(line("exited", 1)))
        .isEqualTo(
            """
            {"seq":10,"t":9000000,"event":"exited","source":"wait","number":1,"process.pid":100,\
            "process.creation.time":"2026-01-02T03:04:05.679Z","process.executable.name":"sh",\
            "process.exit.code":0,"text":"exited"}""");
    assertThat(Json.write(line("executed", 2)))
        .isEqualTo(
            """
            {"seq":5,"t":6000000,"event":"executed","source":"trace","number":2,"process.pid":101,\
            "process.parent_pid":100,"process.creation.time":"2026-01-02T03:04:05.683Z",\
            "process.executable.name":"daemon","process.executable.path":"/usr/bin/daemon",\
            "process.command_args":["daemon","-d"],"text":"executed"}""");
  }

  @Test
  void signalIsNoExitCode() {
    assertThat(line("exited", 3).get("process.exit.signal")).isEqualTo("SIGKILL");
    assertThat(line("exited", 3).containsKey("process.exit.code")).isFalse();
    assertThat(line("exited", 2).get("process.exit.core_dumped")).isEqualTo(true);
    assertThat(line("signaled", 3).get("sender")).isEqualTo("101 (daemon)");
    assertThat(line("signaled", 3).get("other.pid")).isEqualTo(101L);
  }

  @Test
  void fileThatIsCutAnywhereAfterItsHeaderIsReadUpToThere() throws IOException {
    String whole = RecordingWriter.write(RecordingSamples.ofADaemon());
    byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
    int header = whole.indexOf('\n') + 1;
    List<Integer> sizes = new ArrayList<>();

    for (int end = header; end < bytes.length - 1; end += bytes[end] == '\n' ? 1 : 5) {
      String cut = new String(bytes, 0, end, StandardCharsets.UTF_8);
      Recording recording = RecordingReader.parse(cut);
      boolean isWhole = cut.endsWith("}") && cut.contains("\"record\":\"end\"");
      assertThat(recording.header().complete()).as(cut).isEqualTo(isWhole);
      sizes.add(recording.events().size());
      if (cut.endsWith("\n")) {
        RecordingWriter.write(recording);
        ChromeTrace.write(recording);
      }
    }

    assertThat(sizes).isSorted().contains(0, 1, RecordingSamples.ofADaemon().events().size());
  }

  @Test
  void fileThatIsCutWithinACharacterIsRead(@TempDir Path dir) throws IOException {
    byte[] bytes =
        RecordingWriter.write(RecordingSamples.ofADaemon()).getBytes(StandardCharsets.UTF_8);
    int end = 0;
    while (bytes[end] != (byte) 0xe2) { // the first byte of an ellipsis
      end++;
    }
    Path file = Files.write(dir.resolve("x"), Arrays.copyOf(bytes, end + 1));

    assertThat(RecordingReader.read(file).outputs()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '`',
      value = {
        "2 → x → line 2: not JSON",
        "2 → [] → line 2: no JSON object",
        "2 → {\"record\":1} → line 2: \"record\" is no String",
        "2 → {\"seq\":1} → line 2: \"record\" is missing",
        "9 → {\"event\":\"x\",\"seq\":1,\"t\":1} → line 9: unknown kind: x",
        "9 → {\"event\":\"seen\",\"seq\":1} → line 9: \"t\" is missing",
        "9 → {\"event\":\"seen\",\"seq\":1,\"t\":1,\"source\":\"scan\",\"number\":9} → no process 9",
        "5 → {\"record\":\"process\",\"number\":1,\"parent\":1} → line 5: there is no process 1",
        "6 → {\"record\":\"process\",\"number\":1} → line 6: a process has the number 1",
        "6 → {\"record\":\"process\",\"number\":4294967297} → line 6: \"number\" is too large",
        "1 → {\"record\":\"process\"} → line 1: it is not a recording: the first line is not a header",
        "1 → {\"record\":\"header\",\"format\":2} → line 1: a recording in the format 2; this",
      })
  void fileThatIsNoRecordingIsRefusedWithItsLine(int number, String line, String message) {
    List<String> lines =
        new ArrayList<>(RecordingWriter.write(RecordingSamples.ofADaemon()).lines().toList());
    lines.add(number - 1, line);

    assertThatThrownBy(() -> RecordingReader.parse(String.join("\n", lines) + "\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void emptyFileIsNoRecording() {
    assertThatThrownBy(() -> RecordingReader.parse(""))
        .isInstanceOf(IOException.class)
        .hasMessage("the text: it is not a recording, but empty");
  }

  @Test
  void whatALaterVersionAddsIsIgnored() throws IOException {
    String written = RecordingWriter.write(RecordingSamples.ofADaemon());

    assertThat(
            RecordingReader.parse(
                written
                    .replace(
                        "{\"record\":\"end\"}",
                        "{\"record\":\"new\",\"x\":1}\n{\"record\":\"end\"}")
                    .replace("\"name\":", "\"new\":{\"x\":[1]},\"name\":")))
        .isEqualTo(RecordingSamples.ofADaemon());
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void processesAndEventsAreBoundedInLength(Recording recording) {
    for (Proc process : recording.processes()) {
      assertThat(process.title()).hasSizeLessThan(9_000);
      assertThat(process.name()).hasSizeLessThanOrEqualTo(2_000);
    }
    for (Event event : recording.events()) {
      assertThat(event.text()).hasSizeLessThanOrEqualTo(2_000);
    }
    assertThat(recording.outputs()).allMatch(output -> output.tail().length() <= 64_000);
  }

  @Test
  void cutTextSaysHowMuchIsMissing() {
    assertThat(Bounds.text("x".repeat(2_001))).endsWith("x… (65 more characters)");
    assertThat(Bounds.words(List.of("x".repeat(20_000), "y"))).hasSize(2);
    assertThat(Bounds.words(Collections.nCopies(1_000, "x")))
        .hasSize(256)
        .endsWith("… (745 more words)");
    assertThat(Bounds.text("x" + "😀".repeat(2_000))).doesNotContain("\ufffd");
    assertThat(Bounds.tail("😀".repeat(2_000) + "x", 1_000)).doesNotContain("\ufffd");
    assertThat(Bounds.lines(Collections.nCopies(3_000, "x")))
        .hasSize(2_000)
        .endsWith("… (1,001 more lines)");
  }
}
