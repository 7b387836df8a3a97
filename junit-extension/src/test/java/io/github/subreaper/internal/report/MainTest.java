package io.github.subreaper.internal.report;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.pages.Viewer;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import io.github.subreaper.waits.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @TempDir Path temp;

  private record Ran(int code, String out, String err) {}

  private static Ran run(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            arguments);
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Leaves the JSON lines of a report and of its run, as if they were copied from a machine. */
  private String lines(ReportSamples sample, Path directory) throws IOException {
    ReportDirectory reports = ReportDirectory.at(directory);
    String name = reports.write(sample.recording()).name();
    reports.finish(sample.summary(sample.end(name, new Leak("leak of " + sample.host(), null))));
    Files.delete(directory.resolve(name + ReportFiles.PAGE));
    Files.delete(directory.resolve(ReportFiles.INDEX));
    return name;
  }

  @Test
  void reportsOfManyMachinesGetOneIndex() throws Exception {
    String name = lines(FIRST, temp);
    lines(FIRST.ofHost("ci-8"), temp.resolve("shard 2: a#b"));
    lines(FIRST.ofHost("ci-9"), temp.resolve("shard-3/deeper"));

    Ran ran = run(temp.toString());

    assertThat(ran)
        .isEqualTo(new Ran(0, "3 reports, 3 runs: " + temp.resolve("index.html") + "\n", ""));
    assertThat(temp.resolve(name + "-processes.html"))
        .content()
        .isEqualTo(Viewer.page(RecordingWriter.write(FIRST.recording())));
    assertThat(temp.resolve("shard-3/deeper/" + name + "-processes.html")).isNotEmptyFile();
    assertThat(Files.readString(temp.resolve("index.html")))
        .contains("href=\"" + name + "-processes.html\"")
        .contains("href=\"shard%202:%20a%23b/" + name + "-processes.html\"")
        .contains("\"path\":\"shard-3/deeper/" + name + "-processes.jsonl\"")
        .contains("leak of ci-7", "leak of ci-8", "leak of ci-9");
    assertThat(temp.resolve("shard-3/deeper/index.html")).doesNotExist();
  }

  @Test
  void directoryMayBeALink() throws Exception {
    Path directory = temp.resolve("real");
    lines(FIRST, directory);
    Path link = Files.createSymbolicLink(temp.resolve("link"), directory);

    assertThat(run(link.toString()).code()).isZero();
    assertThat(directory.resolve("index.html")).isNotEmptyFile();
  }

  @Test
  void linksBelowTheDirectoryAreNotFollowed() throws Exception {
    Path elsewhere = temp.resolve("elsewhere");
    String name = lines(FIRST, elsewhere);
    Path directory = temp.resolve("reports");
    lines(FIRST.ofHost("ci-8"), directory);
    Files.createSymbolicLink(directory.resolve("link"), elsewhere);

    assertThat(run(directory.toString()).out()).startsWith("1 report, 1 run: ");
    assertThat(elsewhere.resolve(name + ReportFiles.PAGE)).doesNotExist();
  }

  @Test
  void brokenFileIsNamedAndTheRestIsMade() throws Exception {
    String name = lines(FIRST, temp);
    Path broken = temp.resolve("x/\u001b[31mbroken-processes.jsonl");
    Files.createDirectories(broken.getParent());
    Files.writeString(broken, "no <b>JSON</b>\n" + RecordingWriter.write(FIRST.recording()));

    Ran ran = run(temp.toString());

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err())
        .isEqualTo(
            "subreaper: x/\\e[31mbroken-processes.jsonl: its first line is not a header of this"
                + " format\n");
    assertThat(ran.out()).startsWith("2 reports, 1 run: ");
    assertThat(temp.resolve(name + ReportFiles.PAGE)).exists();
    assertThat(broken.resolveSibling("\u001b[31mbroken-processes.html"))
        .content()
        .contains("\nno \\u003cb>JSON\\u003c/b>\n");
    assertThat(temp.resolve("index.html")).content().contains("broken-processes.jsonl");
  }

  @Test
  void directoryWithoutLinesGetsNoIndex() {
    assertThat(run(temp.toString()))
        .isEqualTo(new Ran(1, "", "subreaper: no JSON lines in " + temp + "\n"));
    assertThat(temp.resolve("index.html")).doesNotExist();
  }

  @Test
  void missingDirectoryIsNamed() {
    Path missing = temp.resolve("missing");

    assertThat(run(missing.toString()))
        .isEqualTo(new Ran(1, "", "subreaper: " + missing + " is not a directory\n"));
    assertThat(missing).doesNotExist();
  }

  @Test
  void helpIsNoMistake() {
    assertThat(run("--help").code()).isZero();
    assertThat(run("--help").out()).startsWith("Usage: java -jar subreaper-junit-");
    assertThat(run("--help").err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--x", "a b"})
  void wrongUsageIsExplained(String arguments) {
    Ran ran = run(arguments.isEmpty() ? new String[0] : arguments.split(" "));

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).startsWith("Usage: ");
  }

  @Test
  void commandNeedsNothingButItsOwnClasses() throws Exception {
    String name = lines(FIRST, temp);
    Path classes = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", classes.toString(), Main.class.getName(), temp.toString()));
    Path output = temp.resolve("output");

    Process child =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    assertThat(Await.end(child)).isTrue();
    assertThat(Files.readString(output)).startsWith("1 report, 1 run: ");
    assertThat(child.exitValue()).isZero();
    assertThat(temp.resolve(name + ReportFiles.PAGE)).isNotEmptyFile();
  }
}
