package io.github.subreaper.internal.report;

import static io.github.subreaper.internal.report.ReportSamples.FIRST;
import static io.github.subreaper.internal.report.ReportSamples.names;
import static io.github.subreaper.internal.report.ReportSamples.reports;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.internal.report.ReportDirectory.Written;
import io.github.subreaper.internal.report.pages.FirstLine;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.pages.Viewer;
import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.RunSummary;
import io.github.subreaper.internal.report.recording.RunSummary.Leak;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportDirectoryTest {
  private static final String BASE = "com.acme.BillingTest.stops";

  @TempDir Path temp;

  private Path directory() {
    return temp.resolve("target").resolve("subreaper");
  }

  private ReportDirectory open() {
    return ReportDirectory.at(directory());
  }

  @AfterEach
  void nothingTemporaryIsLeft() throws IOException {
    if (Files.isDirectory(directory())) {
      assertThat(names(directory())).noneMatch(name -> name.matches("\\.subreaper-\\d.*tmp"));
    }
  }

  // names

  private static About of(String module, String run) {
    return new About("", "ci-7", "", "", run, module);
  }

  @Test
  void reportIsLinesAndAPage() throws IOException {
    Written written = open().write(FIRST.recording());

    assertThat(written.name()).isEqualTo(BASE);
    assertThat(names(directory()))
        .containsExactly(BASE + "-processes.html", BASE + "-processes.jsonl");
    assertThat(ReadRecording.of(written.lines())).isEqualTo(FIRST.recording());
    assertThat(written.page())
        .content()
        .isEqualTo(Viewer.page(RecordingWriter.write(FIRST.recording())));
  }

  @ParameterizedTest
  @CsvSource({
    "com.acme.T, t, 0, com.acme.T.t",
    "com.acme.T$N$M, t, 0, com.acme.T.N.M.t",
    "com.acme.T, '', 0, com.acme.T",
    "com.acme.T, t, 7, com.acme.T.t-7",
    "T, ../../etc/x, 0, T..._.._etc_x",
    "T, größe, 0, T.gr__e",
    "T, '😀 \u0001\u001b!', 0, T._____",
    ".T, t, 0, _.T.t",
    "-T, t, 0, _-T.t",
    "'', '', 0, test_run",
    "'', t, 0, t"
  })
  void nameIsMadeOfClassMethodAndInvocation(String type, String method, int number, String name) {
    assertThat(ReportFiles.base(new Recorder.Test("", "", type, method, number, "test run")))
        .isEqualTo(name);
  }

  @Test
  void longNamesAreCutAndStayDistinct() throws IOException {
    String type = "com.acme." + "Very".repeat(200) + "LongTest";
    ReportDirectory reports = open();

    Written one = reports.write(FIRST.of(type, "one", 3).recording());
    Written two = reports.write(FIRST.of(type, "two", 3).recording());

    assertThat(one.name()).startsWith("com.acme.VeryVery").endsWith("-3");
    assertThat(two.name()).endsWith("-3").isNotEqualTo(one.name());
    assertThat(names(directory())).hasSize(4).allMatch(name -> name.length() <= 220);
  }

  @Test
  void nameThatIsTakenGetsANumber() throws IOException {
    ReportDirectory reports = open();

    assertThat(reports.write(FIRST.recording()).name()).isEqualTo(BASE);
    assertThat(reports.write(FIRST.recording()).name()).isEqualTo(BASE + "-2");
    assertThat(open().write(FIRST.ofModule("/build/shop").recording()).name())
        .isEqualTo(BASE + "-3");
    assertThat(open().write(FIRST.of("com.acme.BillingTest", "stops", 2).recording()).name())
        .isEqualTo(BASE + "-2-2");
    assertThat(reports(directory())).hasSize(4);
  }

  @Test
  void differentMethodsWithTheSameNameInAFileAreKeptApart() throws IOException {
    open().write(FIRST.of("T", "größe", 0).recording());

    assertThat(open().write(FIRST.of("T", "grüße", 0).later(60).recording()).name())
        .isEqualTo("T.gr__e-2");
  }

  @Test
  void fileSystemWithoutLinksKeepsNamesApart() throws Exception {
    List<String> names = inParallel(8, () -> new ReportDirectory(directory(), false));

    assertThat(names).doesNotHaveDuplicates().hasSize(80);
    assertThat(reports(directory())).hasSize(80);
  }

  @Test
  void threadsThatWriteAtTheSameTimeLoseNothing() throws Exception {
    ReportDirectory shared = open();

    List<String> names = new ArrayList<>(inParallel(4, () -> shared));
    names.addAll(inParallel(4, this::open));

    assertThat(names).doesNotHaveDuplicates().hasSize(80);
    for (String name : names) {
      ReadRecording.of(directory().resolve(name + ReportFiles.LINES));
      assertThat(directory().resolve(name + ReportFiles.PAGE)).isNotEmptyFile();
    }
  }

  private static List<String> inParallel(int threads, Callable<ReportDirectory> directory)
      throws Exception {
    return Threads.run(
            threads,
            threads,
            () -> {
              ReportDirectory reports = directory.call();
              List<String> names = new ArrayList<>();
              for (int n = 0; n < 10; n++) {
                names.add(reports.write(FIRST.recording()).name());
              }
              return names;
            })
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  // earlier runs

  @Test
  void laterRunReplacesTheReportsOfATest() throws IOException {
    open().write(FIRST.recording());
    open().write(FIRST.recording());

    Written written = open().write(FIRST.later(60).recording());

    assertThat(written.name()).isEqualTo(BASE);
    assertThat(names(directory())).hasSize(2);
    assertThat(FirstLine.of(written.lines()).get("run")).isEqualTo(FIRST.later(60).run());
  }

  @Test
  void reportsOfOthersAreNotReplaced() throws IOException {
    open().write(FIRST.recording());
    open().write(FIRST.ofModule("/build/shop").later(60).recording());
    open().write(FIRST.ofHost("ci-8").later(60).recording());
    open().write(FIRST.of("com.acme.BillingTest", "stops", 1).later(60).recording());

    assertThat(reports(directory())).containsExactly(BASE, BASE + "-1", BASE + "-2", BASE + "-3");
  }

  @Test
  void reportOfARunThatGoesOnBesideThisOneIsNotReplaced() throws IOException {
    open().write(FIRST.later(60).recording()); // its test began 61 s after the first run

    assertThat(open().write(FIRST.recording()).name()).isEqualTo(BASE + "-2");
    assertThat(reports(directory())).hasSize(2);
  }

  @Test
  void testThatPassesRemovesItsOldReports() throws IOException {
    open().write(FIRST.recording());
    open().write(FIRST.recording());
    open().write(FIRST.ofModule("/build/shop").recording());
    open().write(FIRST.of("com.acme.BillingTest", "stopsCleanly", 0).recording());

    ReportDirectory reports = open();
    reports.removeStale(FIRST.test(), of("/build/billing", FIRST.run()));
    assertThat(names(directory())).as("its own run").hasSize(8);

    reports.removeStale(FIRST.test(), of("/build/billing", FIRST.later(60).run()));
    assertThat(reports(directory()))
        .containsExactly(BASE + "-3", "com.acme.BillingTest.stopsCleanly");
    assertThat(names(directory())).hasSize(4);
  }

  @Test
  void whatIsNoReportOfOursIsNeverRemoved() throws IOException {
    Files.createDirectories(directory());
    Path elsewhere = temp.resolve("elsewhere.jsonl");
    Files.writeString(elsewhere, RecordingWriter.write(FIRST.recording()));
    Files.createSymbolicLink(directory().resolve(BASE + "-processes.jsonl"), elsewhere);
    Files.writeString(directory().resolve(BASE + "-2-processes.jsonl"), "not JSON");
    Files.createDirectory(directory().resolve(BASE + "-3-processes.jsonl"));
    Files.writeString(directory().resolve(BASE + "-4-processes.jsonl"), "");
    ReportDirectory reports = open();

    reports.removeStale(FIRST.test(), of("/build/billing", FIRST.later(60).run()));
    Written written = reports.write(FIRST.later(60).recording());

    assertThat(written.name()).isEqualTo(BASE + "-5");
    assertThat(reports(directory())).hasSize(5);
    assertThat(ReadRecording.of(elsewhere)).isEqualTo(FIRST.recording());
  }

  @Test
  void reportThatAnotherRunHasWrittenMeanwhileIsNotRemoved() throws IOException {
    Written old = open().write(FIRST.recording());
    ReportDirectory reports = open();
    reports.removeStale(FIRST.test(), of("/build/shop", FIRST.later(60).run())); // reads it
    Files.writeString(old.lines(), RecordingWriter.write(FIRST.ofHost("ci-8").recording()));

    reports.removeStale(FIRST.test(), of("/build/billing", FIRST.later(60).run()));

    assertThat(old.lines()).exists();
  }

  /** Else a second JVM that removes it, too, removes what a third one writes meanwhile. */
  @Test
  void reportIsRemovedUnderTheLock() throws Exception {
    Written old = open().write(FIRST.recording());
    Thread other =
        new Thread(
            () -> open().removeStale(FIRST.test(), of("/build/billing", FIRST.later(60).run())));

    DirectoryLock.hold(
        directory().resolve(DirectoryLock.NAME),
        () -> {
          other.start();
          while (other.isAlive() && other.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
          }
          return assertThat(old.lines()).exists();
        });

    other.join();
    assertThat(names(directory())).isEmpty();
  }

  @Test
  void directoryWithTheNameOfAFileIsNotRemoved() throws IOException {
    Written old = open().write(FIRST.recording());
    Files.delete(old.page());
    Files.createDirectory(old.page());

    open().removeStale(FIRST.test(), of("/build/billing", FIRST.later(60).run()));

    assertThat(old.page()).isEmptyDirectory();
    assertThat(old.lines()).exists();
  }

  @Test
  void runWithoutATimeHasNoEarlierOnes() throws IOException {
    Written old = open().write(FIRST.recording());

    open().removeStale(FIRST.test(), of("/build/billing", "unknown"));

    assertThat(old.lines()).exists();
  }

  @Test
  void missingDirectoryIsNotMadeToRemoveSomething() {
    open().removeStale(FIRST.test(), of("/build/billing", FIRST.run()));

    assertThat(directory()).doesNotExist();
  }

  // the end of a run

  @Test
  void runWithoutNewsMakesNothing() throws IOException {
    RunSummary summary = FIRST.with(Recording.Result.PASSED, null).summary();

    assertThat(open().finish(summary)).isNull();
    assertThat(directory()).doesNotExist();
  }

  @Test
  void runWithNewsMakesTheIndexAndALaterOneWithoutMakesItAgain() throws IOException {
    Leak leak = new Leak("sleep 1000", null);
    ReportSamples passed = FIRST.with(Recording.Result.PASSED, null).later(60);

    Path index = open().finish(FIRST.summary(FIRST.end(null, leak)));
    assertThat(index).isEqualTo(directory().resolve("index.html")).content().contains("sleep 1000");

    assertThat(open().finish(passed.summary(passed.end(null)))).isEqualTo(index);
    assertThat(index).content().contains("2 runs");
    assertThat(names(directory())).hasSize(3);
  }

  /** The first run takes 61 seconds. */
  @ParameterizedTest
  @CsvSource({
    "61, com.acme.BillingTest, /build/billing, 0 failures",
    "60, com.acme.BillingTest, /build/billing, 1 failure",
    "61, com.acme.OtherTest, /build/billing, 1 failure",
    "61, com.acme.BillingTest, /build/shop, 1 failure"
  })
  void failureCountsUntilALaterRunHasRunItsClassWithoutIt(
      long later, String type, String module, String count) throws IOException {
    Written written = open().write(FIRST.recording());
    open().finish(FIRST.summary(FIRST.end(written.name())));
    ReportSamples next =
        FIRST.of(type, "starts", 0).ofModule(module).with(Recording.Result.PASSED, null);

    Path index = open().finish(next.later(later).summary());

    boolean counts = count.equals("1 failure");
    assertThat(index)
        .content()
        .contains(">" + count + "<", counts ? "✗ Failed" : "✓ Passed", "stops-processes.html");
    assertThat(Files.readString(index).contains("\"older\":true")).isNotEqualTo(counts);
  }

  @Test
  void twoRunsOfOneJvmAreTwoFiles() throws IOException {
    RunSummary summary = FIRST.summary(FIRST.end(BASE));
    open().finish(summary);
    open().finish(summary);

    long pid = ProcessHandle.current().pid();
    assertThat(names(directory()))
        .containsExactly(
            "index.html",
            "run-" + ReportSamples.T0 + "-" + pid + "-2.jsonl",
            "run-" + ReportSamples.T0 + "-" + pid + ".jsonl");
  }

  @Test
  void oldestSummariesAreRemoved() throws IOException {
    Files.createDirectories(directory());
    String lines = RunFile.write(FIRST.summary());
    for (int i = 0; i < 205; i++) {
      Files.writeString(directory().resolve("run-" + (1_000 + i) + "-7.jsonl"), lines);
    }

    open().finish(FIRST.summary(FIRST.end(BASE)));

    assertThat(names(directory()).stream().filter(name -> name.startsWith("run-")))
        .hasSize(200)
        .contains("run-1006-7.jsonl")
        .doesNotContain("run-1005-7.jsonl");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run-1-x.jsonl",
        "run-.jsonl",
        "run-1-7.jsonl.bak",
        "run-processes.jsonl",
        ".subreaper-x.tmp",
        ".subreaper-1-a.tmpx",
        "x.subreaper-1-a.tmp",
        "guardian-1.log",
        "index.htm"
      })
  void filesThatOnlyLookLikeOursStay(String name) throws IOException {
    Files.createDirectories(directory());
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofDays(400)));
    Path file = Files.writeString(directory().resolve(name), "precious");
    Files.setLastModifiedTime(file, old);
    for (int i = 0; i < 201; i++) {
      Files.writeString(directory().resolve("run-" + (1_000 + i) + "-7.jsonl"), "");
    }

    open().finish(FIRST.summary(FIRST.end(BASE)));

    assertThat(file).hasContent("precious");
  }

  @Test
  void temporaryFilesOfJvmsThatWereKilledAreRemovedAfterAnHour() throws IOException {
    Files.createDirectories(directory());
    Path old = Files.writeString(directory().resolve(".subreaper-7-abc.tmp"), "");
    Path young = Files.writeString(directory().resolve(".subreaper-8-abc.tmp"), "");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofMinutes(61))));
    Files.setLastModifiedTime(young, FileTime.from(Instant.now().minus(Duration.ofMinutes(59))));

    open().finish(FIRST.summary(FIRST.end(BASE)));

    assertThat(old).doesNotExist();
    assertThat(young).exists();
    Files.delete(young);
  }

  @Test
  void indexOfAnotherProgramStays() throws IOException {
    Files.createDirectories(directory());
    Path index = Files.writeString(directory().resolve("index.html"), "<h1>mine</h1>");

    assertThat(open().finish(FIRST.summary())).isNull();
    assertThatThrownBy(() -> open().finish(FIRST.summary(FIRST.end(BASE))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(index + " is not by subreaper")
        .hasMessageContaining("To fix: set subreaper.directory");
    assertThat(index).hasContent("<h1>mine</h1>");
  }

  // interrupts

  @Test
  void interruptedThreadWritesAllAndStaysInterrupted() throws IOException {
    Thread.currentThread().interrupt();
    try {
      ReportDirectory reports = new ReportDirectory(directory(), false); // by the lock
      Written written = reports.write(FIRST.recording());
      Path index = reports.finish(FIRST.summary(FIRST.end(written.name())));
      reports.removeStale(FIRST.test(), of("/build/billing", FIRST.later(60).run()));
      reports.remake();

      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      assertThat(index).isNotNull().exists();
      assertThat(written.page()).doesNotExist();
    } finally {
      Thread.interrupted();
    }
  }

  // what cannot be written

  @Test
  void directoryThatCannotBeMadeIsNamedWithTheReason() throws IOException {
    Path file = Files.writeString(temp.resolve("target"), "");

    assertThatThrownBy(() -> open().write(FIRST.recording()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot make the directory " + directory() + ": " + file + " is not a directory");
    assertThatThrownBy(() -> open().finish(FIRST.summary(FIRST.end(BASE))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + " is not a directory");
    assertThat(file).isEmptyFile();
    assertThatThrownBy(
            () -> ReportDirectory.at(Path.of("/proc/none/reports")).write(FIRST.recording()))
        .hasMessageStartingWith("cannot make the directory /proc/none/reports: ");
  }

  @Test
  void directoryThatIsRemovedMeanwhileIsMadeAgain() throws IOException {
    ReportDirectory reports = open();
    Written first = reports.write(FIRST.recording());
    for (Path file : List.of(first.lines(), first.page(), directory())) {
      Files.delete(file);
    }

    Written second = reports.write(FIRST.recording());

    assertThat(second.page()).exists();
    assertThat(names(directory())).hasSize(2);
  }

  @Test
  void pageThatCannotGetItsNameLeavesNothing() throws IOException {
    String ending = "-processes.html";
    Path inTheWay = directory().resolve(BASE + ending);
    Files.createDirectories(inTheWay.resolve("x"));

    assertThatThrownBy(() -> open().write(FIRST.recording()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write " + inTheWay + ": ");
    assertThat(names(directory())).containsExactly(BASE + ending);
  }

  // other users

  @Test
  void directoryWhereAllMayWriteGetsOneThatIsPrivate() throws IOException {
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path shared = temp.resolve("subreaper-x");
    Path deeper = shared.resolve("deeper");

    ReportDirectory.at(deeper).write(FIRST.recording());
    ReportDirectory.at(shared).write(FIRST.recording());

    // The first call made it as any other, but for one that may be read it is too late.
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deeper)))
        .startsWith("rwx");
    Path other = temp.resolve("subreaper-y");
    ReportDirectory.at(other).write(FIRST.recording());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(other)))
        .isEqualTo("rwx------");
  }

  @Test
  void linkThatAnotherUserMayHaveMadeIsNotFollowed() throws IOException {
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path target = Files.createDirectory(temp.resolve("home"));
    Path link = Files.createSymbolicLink(temp.resolve("subreaper-x"), target);

    assertThatThrownBy(() -> ReportDirectory.at(link).write(FIRST.recording()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nothing is written to " + link)
        .hasMessageContaining("To fix: ");
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void linksInTheDirectoryAreReplacedAndNotWrittenTo() throws IOException {
    Files.createDirectories(directory());
    Path precious = Files.writeString(temp.resolve("precious"), "precious");
    Files.createSymbolicLink(directory().resolve(BASE + "-processes.html"), precious);
    Files.createSymbolicLink(directory().resolve(BASE + "-2-processes.jsonl"), precious);
    open().write(FIRST.recording());
    open().write(FIRST.recording());
    Files.createSymbolicLink(directory().resolve(DirectoryLock.NAME), temp.resolve("new"));

    assertThatThrownBy(() -> open().finish(FIRST.summary(FIRST.end(BASE))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(DirectoryLock.NAME);
    assertThat(precious).content(StandardCharsets.UTF_8).isEqualTo("precious");
    assertThat(temp.resolve("new")).doesNotExist();
    try (Stream<Path> pages = Files.list(directory())) {
      assertThat(pages.filter(file -> file.toString().endsWith("html")))
          .noneMatch(Files::isSymbolicLink);
    }
    assertThat(reports(directory())).containsExactly(BASE, BASE + "-2", BASE + "-3");
  }
}
