package io.github.subreaper.internal.report.pages;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.github.subreaper.internal.report.MadeRecording;
import io.github.subreaper.internal.report.ReadRecording;
import io.github.subreaper.internal.report.RecordingSamples;
import io.github.subreaper.internal.report.RunFile;
import io.github.subreaper.internal.report.RunFileTest;
import io.github.subreaper.internal.report.SampleRecordings;
import io.github.subreaper.internal.report.recording.Bounds;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.internal.report.recording.RunSummary.ScopeSummary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written is what {@code REPORTS.md} and the schema say, and nothing of it is lost. */
class ReportFormatTest {
  private static final JsonSchema SCHEMA = schema();

  private static JsonSchema schema() {
    try (InputStream in = Viewer.class.getResourceAsStream("../report.schema.json")) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<Recording> recordings() {
    return Stream.of(
            Stream.of(RecordingSamples.ofADaemon(), SampleRecordings.small()),
            RecordingSamples.HOSTILE.stream().map(RecordingSamples::hostile),
            LongStream.range(0, 50).mapToObj(RecordingSamples::random))
        .flatMap(some -> some);
  }

  private static void assertValid(String lines) {
    assertThat(lines).endsWith("\n{\"record\":\"end\"}\n");
    for (JsonNode line : ReadRecording.lines(lines)) {
      assertThat(SCHEMA.validate(line)).as("%s", line).isEmpty();
    }
    assertThat(lines.chars().filter(c -> c != '\n')).noneMatch(Character::isISOControl);
    assertThat(lines.substring(0, lines.indexOf('\n') + 1).getBytes(StandardCharsets.UTF_8))
        .as("the first line")
        .hasSizeLessThanOrEqualTo(4_096);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("recordings")
  void recordingIsWrittenWholeAndByTheSchema(Recording recording) {
    String lines = RecordingWriter.write(recording);

    assertThat(ReadRecording.parse(lines).events()).isEqualTo(recording.events());
    assertThat(ReadRecording.parse(lines).processes()).isEqualTo(recording.processes());
    assertThat(ReadRecording.parse(lines).outputs()).isEqualTo(recording.outputs());
    assertValid(lines);
    assertThat(lines).hasSizeLessThan(1_000_000);
    assertThat(lines).startsWith("{\"record\":\"header\",\"format\":2,\"result\":\"");
  }

  static Stream<RunSummary> summaries() {
    ScopeSummary end =
        FIRST.end("x", new Leak("sleep 1", null), new Leak("sleep 1", "a.B.c(B.java)"));
    return Stream.concat(
        Stream.of(FIRST.summary(), FIRST.summary(FIRST.end(null), end)),
        RecordingSamples.HOSTILE.stream().map(RunFileTest::hostile));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("summaries")
  void runIsWrittenByTheSchema(RunSummary summary) {
    assertValid(RunFile.write(summary));
  }

  @Test
  void goldenFilesAreByTheSchema() throws IOException {
    List<Path> golden = new ArrayList<>();
    for (String module : List.of("", "../samples/")) {
      try (Stream<Path> files = Files.walk(Path.of(module + "src/test/resources"))) {
        files.filter(file -> file.toString().endsWith("-processes.jsonl")).forEach(golden::add);
      }
    }

    assertThat(golden).hasSizeGreaterThanOrEqualTo(6);
    for (Path file : golden) {
      assertValid(Files.readString(file));
    }
  }

  @Test
  void lineThatIsNotByTheSchemaIsFound() {
    assertThat(SCHEMA.validate(ReadRecording.line("{\"record\":\"end\",\"x\":1}"))).isNotEmpty();
    assertThat(SCHEMA.validate(ReadRecording.line("{\"record\":\"new\"}"))).isNotEmpty();
  }

  @Test
  void eachKeyOfTheSchemaIsDocumented() throws IOException {
    String page = Files.readString(Path.of("REPORTS.md"));
    TreeSet<String> keys = new TreeSet<>();
    for (JsonNode record : SCHEMA.getSchemaNode().get("$defs")) {
      record.get("properties").fieldNames().forEachRemaining(keys::add);
    }

    assertThat(keys).hasSizeGreaterThan(50).allMatch(key -> page.contains("`" + key + "`"));
  }

  /** The number that is wrong stands behind hundreds of lines. */
  @Test
  void longFailureKeepsItsVerdict() {
    String tree = String.join("\n", Collections.nCopies(5_000, "  41002 S sleep 1200"));
    String failure = "Expected 3 processes in the tree:\n" + tree + "\nbut it has 301 processes";
    MadeRecording made =
        new MadeRecording()
            .with(MadeRecording.header("T", "t", "t()", Recording.Result.FAILED, failure));

    String lines = RecordingWriter.write(made.make());

    FirstLine first = new FirstLine(lines.substring(0, lines.indexOf('\n')));
    assertThat(first.get("verdict"))
        .startsWith("Expected 3 processes in the tree:")
        .endsWith("but it has 301 processes")
        .hasSizeLessThan(700);
    assertThat(ReadRecording.line(lines.lines().toList().get(1)).get("text").asText())
        .endsWith("but it has 301 processes")
        .contains(" more characters) …");
    assertThat(Viewer.page(lines))
        .containsPattern("(?s)<pre class=\"failure\">Expected 3 .*but it has 301 processes</pre>");
  }

  @Test
  void cutTextSaysHowMuchIsMissing() {
    assertThat(Bounds.text("x".repeat(2_001))).contains("x… (65 more characters) …x");
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

  private static JsonNode line(String event, int number) {
    return ReadRecording.lines(RecordingWriter.write(RecordingSamples.ofADaemon())).stream()
        .filter(line -> event.equals(line.path("event").asText()))
        .filter(line -> line.path("number").asInt() == number)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void eventHasTheNamesOfOpenTelemetry() {
    assertThat(line("executed", 2).toString())
        .isEqualTo(
            """
            {"seq":5,"t":6000000,"event":"executed","source":"trace","number":2,"process.pid":101,\
            "process.parent_pid":100,"process.creation.time":"2026-01-02T03:04:05.683Z",\
            "process.executable.name":"daemon","process.executable.path":"/usr/bin/daemon",\
            "process.command_args":["daemon","-d"],"text":"executed"}""");
  }

  @Test
  void signalIsNoExitCode() {
    assertThat(line("exited", 3).get("process.exit.signal").asText()).isEqualTo("SIGKILL");
    assertThat(line("exited", 3).has("process.exit.code")).isFalse();
    assertThat(line("exited", 2).get("process.exit.core_dumped").asBoolean()).isTrue();
    assertThat(line("signaled", 3).get("other.pid").asInt()).isEqualTo(101);
  }

  // texts

  @Test
  void noCharacterCommandsATerminalOrEndsAScript() {
    StringBuilder all = new StringBuilder();
    for (char c = 0; c < Character.MAX_VALUE; c++) {
      if (!Character.isSurrogate(c)) {
        all.append(c);
      }
    }

    String written = Json.write(all.toString());

    assertThat(ReadRecording.line(written).textValue()).isEqualTo(all.toString());
    assertThat(written.chars())
        .noneMatch(Character::isISOControl)
        .noneMatch(c -> Character.getType(c) == Character.FORMAT)
        .noneMatch(c -> "<>&\u2028\u2029".indexOf(c) >= 0);
    String picked = new FirstLine("{\"text\":" + written + "}").get("text");
    assertThat(picked).isEqualTo(all.toString());
  }

  @Test
  void keyInATextIsNoKey() {
    String line = Json.write(java.util.Map.of("a", "\",\"result\":\"passed\",\"n\":7,\"x\\"));

    assertThat(new FirstLine(line).get("result")).isEmpty();
    assertThat(new FirstLine(line).number("n")).isZero();
  }

  @Test
  void halfAPairOfSurrogatesIsReplaced() {
    assertThat(Json.write("a\ud800b\udc00")).isEqualTo("\"a\\ufffdb\\ufffd\"");
    assertThat(Json.write("\ud83d\ude00")).isEqualTo("\"😀\"");
  }

  @Test
  void whatIsNoValueIsNotWritten() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Json.write(Double.NaN))
        .withMessage("no JSON value: a java.lang.Double");
  }
}
