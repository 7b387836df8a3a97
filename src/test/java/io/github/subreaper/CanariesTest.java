package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ProcessDetails.OpenFile;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.Canaries;
import io.github.subreaper.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** withCanaries() plants canaries before the program's first instruction, and nothing else. */
@Timeout(120)
class CanariesTest extends ScopeFixture {

  private String output(Program program) {
    Launch launch = scope.launch(program);
    assertThat(launch.awaitExit()).as(launch.stderr()).isEqualTo(ExitStatus.exited(0));
    return launch.stdout();
  }

  /** Repeats the check, since the program's loader has a library or its cache open for a moment. */
  private static void afterItsLoader(Launch launch, Consumer<List<OpenFile>> files) {
    Await.untilAsserted(() -> files.accept(launch.process().details().openFiles()));
  }

  private static String mask(Signal signal) {
    return String.format("%016x", 1L << (signal.number() - 1));
  }

  @Test
  void programFindsTheCanariesAtItsFirstInstruction() {
    Launch launch = scope.launch(Program.of("cat", "/proc/self/status").withCanaries());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    Canaries canaries = Access.get().canaries(launch).orElseThrow();

    assertThat(launch.stdout())
        .contains("\nUmask:\t" + String.format("%04o", canaries.umask().getAsInt()) + "\n")
        .contains("\nSigBlk:\t" + mask(canaries.blocked()) + "\n");
    String ignored = launch.stdout().split("\nSigIgn:\t", 2)[1].substring(0, 16);
    assertThat(Long.parseUnsignedLong(ignored, 16) & 1L << (canaries.ignored().number() - 1))
        .isNotZero();
  }

  @Test
  void programFindsTheDescriptorAndTheStandardInput() {
    Launch launch = scope.launch(Program.of("sleep", "1000").withCanaries());
    Canaries canaries = Access.get().canaries(launch).orElseThrow();

    afterItsLoader(
        launch,
        files ->
            assertThat(files)
                .extracting(OpenFile::toString)
                .containsExactly(
                    "0 → " + canaries.file(),
                    "1 → " + Access.get().standardStreams(launch).get(1),
                    "2 → " + Access.get().standardStreams(launch).get(2),
                    canaries.descriptor() + " → " + canaries.file()));
    assertThat(Access.get().standardStreams(launch).get(0)).isEqualTo(canaries.file());
  }

  @Test
  void requestedStandardInputIsKept() {
    assertThat(output(Program.of("cat").withStandardInput("text").withCanaries()))
        .isEqualTo("text");
  }

  @Test
  void programFindsNoCanariesByDefault() {
    Launch launch = scope.launch("sleep", "1000");

    assertThat(Access.get().canaries(launch)).isEmpty();
    assertThat(Access.get().listenersAfterReturn(launch, launch.process())).isEmpty();
    assertThat(launch.process().details().blockedSignals()).isEmpty();
    afterItsLoader(launch, files -> assertThat(files).hasSize(3));
    assertThat(Access.get().standardStreams(launch).get(0)).isEqualTo(Path.of("/dev/null"));
  }

  @Test
  void launchReturnsOnceTheProgramItselfRuns() {
    for (int i = 0; i < 50; i++) {
      Launch launch = scope.launch(Program.of("sleep", "1000").withCanaries());
      assertThat(launch.process().name()).isEqualTo("sleep");
      assertThat(launch.process().commandLine()).isEqualTo(List.of("sleep", "1000"));
    }
  }

  @Test
  void requestedUmaskIsNoCanary() {
    Launch launch = scope.launch(Program.of("sh", "-c", "umask").withUmask(027).withCanaries());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));

    assertThat(launch.stdout()).isEqualTo("0027\n");
    assertThat(Access.get().canaries(launch).orElseThrow().umask()).isEmpty();
  }

  @Test
  void failureNamesTheCanaries() {
    assertThat(scope.launch(Program.of("false").withCanaries()).describe())
        .contains(
            "  canaries  umask 0023, descriptor 9 open, SIGRTMIN+8 ignored, SIGRTMIN+9 blocked."
                + " If one of them made it fail, launch it without withCanaries()\n");
    assertThat(scope.launch(Program.of("false").withCanaries().withUmask(0)).describe())
        .contains("  canaries  descriptor 9 open, ");
    assertThat(scope.launch("false").describe()).doesNotContain("canaries");
  }

  /** Daemons such as varnishd run as several users that share files through a group. */
  @Test
  void umaskCanaryKeepsReadAndExecuteForTheGroup() {
    Program program =
        Program.of("sh", "-c", "mkdir own && echo text > own/file && stat -c %A own own/file")
            .withDirectory(directory);
    assertThat(output(program.withCanaries())).isEqualTo("drwxr-xr--\n-rw-r--r--\n");
  }

  @Test
  void aLaunchKnowsItsDirectory() throws Exception {
    assertThat(scope.launch(Program.of("true").withDirectory(directory)).directory())
        .isEqualTo(directory);
    assertThat(Files.isSameFile(scope.launch("true").directory(), Path.of(""))).isTrue();
  }
}
