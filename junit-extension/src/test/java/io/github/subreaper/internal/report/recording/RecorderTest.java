package io.github.subreaper.internal.report.recording;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.Launch;
import io.github.subreaper.ProcessEvent.Source;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.report.ReadRecording;
import io.github.subreaper.internal.report.pages.RecordingWriter;
import io.github.subreaper.internal.report.recording.Recording.End;
import io.github.subreaper.internal.report.recording.Recording.Mark;
import io.github.subreaper.internal.report.recording.Recording.Output;
import io.github.subreaper.internal.report.recording.Recording.Phase;
import io.github.subreaper.internal.report.recording.Recording.Proc;
import io.github.subreaper.internal.report.recording.Recording.Result;
import io.github.subreaper.internal.text.PasswdFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Recordings of real processes. */
@Timeout(120)
class RecorderTest {
  private static final Recorder.Test TEST =
      new Recorder.Test("[engine]/[class:T]/[method:t()]", "t()", "com.acme.T", "t", 0, "T.t()");

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor =
      subreaper.open(
          "T.t()",
          ScopeOptions.defaults()
              .withAwait(Duration.ofHours(1))
              .withSettle(Duration.ZERO)
              .withGrace(Duration.ofMillis(100)));
  private final Recorder recorder = new Recorder(supervisor, TEST);

  @AfterEach
  void endAll() {
    supervisor.close();
    subreaper.close();
  }

  private Recording end() {
    recorder.phase("end");
    ScopeReport report = supervisor.end();
    return recorder.record(report, Secrets.with(List.of()), Result.PASSED, null);
  }

  private static Proc only(Recording recording, String title) {
    List<Proc> found =
        recording.processes().stream()
            .filter(one -> ReadRecording.title(one).equals(title))
            .toList();
    assertThat(found).as("%s", recording.processes()).hasSize(1);
    return found.get(0);
  }

  private static End end(Proc process) {
    return requireNonNull(process.end());
  }

  private static List<String> kinds(Recording recording, Proc process) {
    return recording.events().stream()
        .filter(event -> event.process() == process.number())
        .map(Event::kind)
        .toList();
  }

  /** Replaces what differs from run to run and from machine to machine. */
  private static String normalized(String lines) {
    Map<String, String> pids = new HashMap<>();
    return Pattern.compile("(pid\":|forked |by |sender\":\")([0-9]+)\\b")
        .matcher(lines)
        .replaceAll(
            found -> {
              pids.putIfAbsent(found.group(2), "100" + pids.size());
              return found.group(1) + pids.get(found.group(2));
            })
        .replaceAll("(\"(?:version|host|kernel|jvm|run|module)\"):\"[^\"]*\"", "$1:\"…\"")
        .replaceAll(":\"[0-9-]+T[0-9:.]+Z\"", ":\"1970-01-01T00:00:00Z\"")
        .replaceAll(
            "(\"(?:t|at|from|to|born|ended|adopted|began|[a-z]+_origin)\"):-?[0-9]+", "$1:0")
        .replaceAll("(\"(?:user|system)_micros\"):[0-9]+", "$1:0")
        .replaceAll("(\"exited\",\"source\"):\"trace\"", "$1:\"wait\"") // which saw it first
        .replaceAll(",\"peak_bytes\":[0-9]+", "")
        .replaceAll("(\"process.real_user.id\"):[0-9]+", "$1:1000")
        .replaceAll(",\"process.real_user.name\":\"[^\"]*\"", "")
        .replaceAll("(\"process.executable.path\"):\"[^\"]*/", "$1:\"/bin/")
        .replaceAll("(\"process.executable.[a-z]+\"):\"(/bin/)?(dash|bash)\"", "$1:\"$2sh\"")
        .replaceAll("(between [0-9.]+ and|after) [0-9.]+ s( after its start)?", "after 0.01 s")
        .replaceAll("RecorderTest.java:[0-9]+", "RecorderTest.java:1");
  }

  /**
   * Orders events by process. An end may be reported after what the parent did next, so the order
   * of the events of several processes differs from run to run.
   */
  private static String ordered(String lines) {
    Pattern number = Pattern.compile("^\\{\"seq\".*?\"number\":([0-9]+)");
    List<String> all = new ArrayList<>(lines.lines().toList());
    int first = 0;
    while (!all.get(first).startsWith("{\"seq\"")) {
      first++;
    }
    int end = first;
    while (all.get(end).startsWith("{\"seq\"")) {
      end++;
    }
    all.subList(first, end)
        .sort(
            Comparator.comparing(
                line -> {
                  Matcher found = number.matcher(line);
                  return found.find() ? Integer.parseInt(found.group(1)) : 0;
                }));
    return all.stream()
        .map(line -> line.replaceFirst("^\\{\"seq\":[0-9]+", "{\"seq\":1") + "\n")
        .collect(Collectors.joining());
  }

  @Test
  void tracedLaunchAsJsonLines() throws IOException {
    recorder.phase("test");
    String script = "env true --password=hunter2; kill -USR1 $$; exit 3";
    Launch launch =
        supervisor.launch(Program.of("sh", "-c", "trap 'echo got it' USR1; " + script).traced());
    var unused = launch.awaitExit();

    Recording recording = end();

    String lines = RecordingWriter.write(recording);
    assertThat(lines).doesNotContain("hunter2");
    assertThat(ReadRecording.parse(lines)).isEqualTo(recording);
    try (var golden = RecorderTest.class.getResourceAsStream("traced-processes.jsonl")) {
      assertThat(golden).isNotNull();
      assertThat(ordered(normalized(lines)))
          .isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void daemonIsAdoptedAndAskedToEnd() {
    recorder.phase("test");
    Launch launch =
        supervisor.launch(
            "sh", "-c", "setsid sh -c 'echo ready; exec sleep 1000' & echo off >&2; exit 0");
    launch.awaitReady(Ready.output("ready"));
    var daemon = launch.awaitOrphan("sleep 1000");

    Recording recording = end();

    Proc launcher = // its daemon may have been seen before the launch was reported
        recording.processes().stream()
            .filter(one -> one.is(Mark.LAUNCHED))
            .findFirst()
            .orElseThrow();
    Proc sleep = only(recording, "sleep 1000");
    assertThat(sleep.pid()).isEqualTo(daemon.pid());
    assertThat(launcher.marks()).containsExactly(Mark.LAUNCHED);
    assertThat(launcher.origin()).contains("RecorderTest.java");
    assertThat(end(launcher).code()).isZero();
    assertThat(kinds(recording, launcher)).contains("launched", "ready", "exited");
    assertThat(sleep.launch()).isEqualTo(launcher.launch()).startsWith("sh -c setsid");
    assertThat(sleep.origin()).isEqualTo(launcher.origin());
    assertThat(sleep.marks()).containsExactly(Mark.ADOPTED);
    assertThat(end(sleep).signal()).isEqualTo("SIGTERM");
    assertThat(end(sleep).cause()).isEqualTo(Recording.Cause.STOP_SIGNAL);
    assertThat(kinds(recording, sleep)).containsSubsequence("adopted", "exited");
    assertThat(launcher.bornAt()).isNotNegative();
    assertThat(sleep.bornAt()).isBetween(launcher.bornAt(), sleep.adoptedAt());
    assertThat(sleep.endedAt()).isBetween(sleep.adoptedAt(), recording.phases().get(1).to());
    assertThat(recording.treeBefore()).singleElement().asString().contains("sleep 1000");
    assertThat(recording.treeAfter()).isEmpty();
    assertThat(recording.outputs().stream().map(output -> output.stream() + " " + output.tail()))
        .containsExactly("stdout ready\n", "stderr off\n");
    assertThat(recording.phases().stream().map(Phase::name)).containsExactly("test", "end");
    assertThat(recording.phases().get(0).to()).isEqualTo(recording.phases().get(1).from());
    assertThat(recording.header().complete()).isTrue();
    assertThat(recording.header().exact()).isFalse();
    assertThat(recording.header().about().kernel()).startsWith("Linux ");
    assertThat(recording.events()).extracting(Event::seq).isSorted().startsWith(1L);
    assertThat(recording.events().get(0).kind()).isEqualTo("scope_opened");
    assertThat(recording.events().get(0).at()).isZero();
  }

  @Test
  void leakHasTheLineThatStartedItAndWhatKilledIt() throws IOException {
    assertThat(Access.get().awaitOrigins(subreaper, Duration.ofMinutes(1))).isTrue();
    var leak = new ProcessBuilder("sh", "-c", "trap '' TERM; echo on; read x").start();
    assertThat(leak.inputReader().readLine()).isEqualTo("on");

    Recording recording = end();

    Proc process = only(recording, "sh -c trap '' TERM; echo on; read x");
    assertThat(process.marks()).contains(Mark.LEAKED);
    assertThat(process.launch()).isNull();
    assertThat(process.origin()).contains("RecorderTest.java");
    assertThat(end(process).signal()).isEqualTo("SIGKILL");
    assertThat(end(process).cause()).isEqualTo(Recording.Cause.KILL);
    assertThat(end(process).sender()).startsWith("this JVM");
    assertThat(kinds(recording, process)).contains("seen", "leaked", "signaled");
  }

  @Test
  void onlyWhatExitsOrRaisesItsOwnSignalEndsByItself() {
    String script = "sleep 1000 & kill -KILL $!; wait $!; (exit 3); kill -TERM $$";
    var unused = supervisor.launch(Program.of("sh", "-c", script).traced()).awaitExit();

    assertThat(end().processes().stream().map(one -> end(one)))
        .extracting(one -> one.code() == null ? one.signal() : one.code(), End::cause)
        .containsExactlyInAnyOrder(
            tuple("SIGKILL", Recording.Cause.OTHER),
            tuple(3, Recording.Cause.BY_ITSELF),
            tuple("SIGTERM", Recording.Cause.BY_ITSELF));
  }

  @Test
  void secretIsNowhereInTheRecording() {
    recorder.phase("test");
    Launch launch =
        supervisor.launch(
            "sh",
            "-c",
            "echo \"$0 $2 TOKEN=$2\"; sleep 1000 & wait",
            "--secret",
            "hunter-2",
            "https://me:hunter-2@host/");
    launch.awaitReady(Ready.output("TOKEN"));

    Recording recording = end();

    String lines = RecordingWriter.write(recording);
    assertThat(recording.treeBefore()).anyMatch(line -> line.contains("--secret ***"));
    assertThat(lines).contains("***").doesNotContain("hunter");
  }

  @Test
  void secretInTheNameOfATestOrAPhaseIsMasked() {
    Recorder named =
        new Recorder(
            supervisor, new Recorder.Test("id", "[1] token=hunter", "com.acme.T", "t", 1, "T.t()"));
    named.phase("dynamic test with --password hunter");

    Recording recording =
        named.record(null, Secrets.with(List.of()), Result.PASSED, "token: hunter2");

    assertThat(RecordingWriter.write(recording)).contains("***").doesNotContain("hunter");
  }

  @Test
  void processHasItsUserAndTheScopeInWhichItWasStarted() {
    Supervisor nested = supervisor.open("nested");
    Launch inner = nested.launch("sleep", "1000");
    Launch outer = supervisor.launch("sleep", "2000");
    assertThat(inner.isAlive() && outer.isAlive()).isTrue();

    Recording recording = end();

    Proc sleep = only(recording, "sleep 1000");
    assertThat(sleep.scope()).isEqualTo("nested");
    assertThat(only(recording, "sleep 2000").scope()).isEqualTo("T.t()");
    assertThat(sleep.uid()).isEqualTo(inner.process().uid().orElseThrow());
    assertThat(sleep.user())
        .isEqualTo(PasswdFile.ofThisMachine().name(requireNonNull(sleep.uid())));
    assertThat(nested.end().isClean()).isTrue();
  }

  @Test
  void livingScopeIsRecordedAsItIsNow() throws IOException {
    recorder.phase("test");
    Launch launch = supervisor.launch("sh", "-c", "echo ready; sleep 1000 & wait");
    launch.awaitReady(Ready.output("ready"));
    supervisor.awaitDescendant("sleep 1000");

    Recording recording = recorder.record(null, Secrets.with(List.of()), Result.UNKNOWN, null);

    Proc sleep = only(recording, "sleep 1000");
    assertThat(sleep.end()).isNull();
    assertThat(sleep.endedAt()).isNull();
    assertThat(recording.treeBefore()).hasSize(2);
    assertThat(recording.treeAfter()).isEmpty();
    assertThat(recording.outputs()).extracting(Output::tail).containsExactly("ready\n");
    assertThat(ReadRecording.parse(RecordingWriter.write(recording))).isEqualTo(recording);
  }

  @Test
  void scopeMayBeRecordedWhileOthersUseIt() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> use =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                var unused =
                    supervisor
                        .launch(
                            Program.of("sh", "-c", "(exec true) & (exec sleep 1000) &").traced())
                        .awaitExit();
              }
            });
    try {
      for (int i = 0; i < 5; i++) {
        Recording recording = recorder.record(null, Secrets.with(List.of()), Result.UNKNOWN, null);
        assertThat(ReadRecording.parse(RecordingWriter.write(recording))).isEqualTo(recording);
      }
    } finally {
      over.set(true);
    }
    use.get();
  }

  @Test
  void interruptIsKeptAndHindersNoRecording() throws IOException {
    assertThat(Access.get().awaitOrigins(subreaper, Duration.ofMinutes(1))).isTrue();
    var leak = new ProcessBuilder("sh", "-c", "trap '' TERM; echo on; read x").start();
    assertThat(leak.inputReader().readLine()).isEqualTo("on");
    var unused = supervisor.launch("echo", "written").awaitExit();
    ScopeReport report = supervisor.end();

    Thread.currentThread().interrupt();
    Recording recording = recorder.record(report, Secrets.with(List.of()), Result.PASSED, null);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(recording.header().about().host()).isNotEqualTo("unknown");
    assertThat(recording.processes()).extracting(Proc::user).doesNotContainNull();
    assertThat(recording.outputs()).extracting(Output::tail).containsExactly("written\n");
    assertThat(only(recording, "sh -c trap '' TERM; echo on; read x").origin())
        .contains("RecorderTest.java");
  }

  @Test
  void virtualThreadMayRecord() throws Exception {
    assumeThat(Runtime.version().feature()).isGreaterThanOrEqualTo(21);
    var unused = supervisor.launch("true").awaitExit();
    ScopeReport report = supervisor.end();
    CompletableFuture<Recording> recorded = new CompletableFuture<>();

    var thread =
        Thread.class
            .getMethod("startVirtualThread", Runnable.class)
            .invoke(
                null,
                (Runnable)
                    () ->
                        recorded.complete(
                            recorder.record(report, Secrets.with(List.of()), Result.PASSED, null)));

    assertThat(thread).isNotNull();
    assertThat(recorded.get().processes()).hasSize(1);
  }

  @Test
  void scopeWithoutProcessesIsRecorded() {
    recorder.phase("test");

    Recording recording = end();

    assertThat(recording.processes()).isEmpty();
    assertThat(recording.events().stream().map(Event::kind))
        .containsExactly("scope_opened", "scope_ended");
    assertThat(recording.events().stream().map(Event::source)).containsOnly(Source.LIBRARY);
  }

  @Test
  void scopeHasProcessesIfThereEverWasOne() {
    Supervisor without = supervisor.open("without");
    Supervisor with = supervisor.open("with");
    Supervisor nested = with.open("nested");
    var unused = nested.launch("true").awaitExit();
    nested.close();

    assertThat(new Recorder(without, TEST).hasProcesses(without.end())).isFalse();
    assertThat(new Recorder(with, TEST).hasProcesses(with.end())).isTrue();
    assertThat(new Recorder(nested, TEST).hasProcesses(nested.end())).isTrue();
  }

  @Test
  void environmentIsNowhereInTheRecording() {
    recorder.phase("test");
    Launch launch =
        supervisor.launch(Program.of("sleep", "1000").withEnvironment("HUNTER", "hunter-3"));
    assertThat(launch.isAlive()).isTrue();

    assertThat(RecordingWriter.write(end())).doesNotContainIgnoringCase("hunter");
  }

  @Test
  void outputThatIsTooLongBeginsWithALine() {
    Launch launch =
        supervisor.launch(
            "sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo \"line $i\"; i=$((i+1)); done");
    var unused = launch.awaitExit();

    assertThat(end().outputs())
        .singleElement()
        .satisfies(
            output -> {
              assertThat(output.cut()).isTrue();
              assertThat(output.tail()).startsWith("line ").endsWith("line 19999\n");
              assertThat(output.tail()).hasSizeBetween(Bounds.TAIL - 20, Bounds.TAIL);
            });
  }

  @Test
  void equalLaunchesHaveLabelsOfTheirOwn() {
    for (int i = 0; i < 3; i++) {
      var unused = supervisor.launch("true").awaitExit();
    }
    var unused = supervisor.launch("true", "#2").awaitExit();

    assertThat(end().processes())
        .extracting(Proc::launch)
        .containsExactly("true", "true #2", "true #3", "true #2 #2");
  }

  @Test
  void ofTooManyEventsTheFirstAndTheLastAreRecorded() throws IOException {
    for (int i = 0; i < 4; i++) {
      var unused = supervisor.launch("true").awaitExit();
    }
    Recorder small = new Recorder(supervisor, TEST, 2, 3);

    Recording recording =
        small.record(supervisor.end(), Secrets.with(List.of()), Result.PASSED, null);

    int all = (int) Access.get().entries(supervisor.journal()).count();
    assertThat(recording.events().stream().map(Event::seq)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(recording.events().get(2).text())
        .isEqualTo(all - 5 + " events are left out here: there are too many");
    assertThat(recording.events().get(5).kind()).isEqualTo("scope_ended");
    assertThat(recording.header().lost()).isEqualTo(all - 5);
    assertThat(recording.header().complete()).isFalse();
    assertThat(recording.processes()).hasSizeBetween(2, 3);
    assertThat(ReadRecording.parse(RecordingWriter.write(recording))).isEqualTo(recording);
  }
}
