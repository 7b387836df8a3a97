package io.github.subreaper.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.ScopeReport;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Code under test starts a daemon with {@link ProcessBuilder}; the leak report names the line. */
@SubreaperTest
@Tag("full")
class LeakedDaemonsTest {

  @ParameterizedTest
  @EnumSource
  void leakOfARealDaemonNamesTheLineThatStartedIt(
      RealDaemon daemon, Supervisor supervisor, @TempDir Path dir) throws Exception {
    String file = daemon.require();
    assumeTrue(!daemon.needsRoot() || DaemonsTest.isRoot(), "needs root");
    assertNamesTheLine(daemon.command(file, dir.toRealPath()), supervisor, dir);
  }

  /** The ways in which scripts and tools make a daemon of a program. */
  private enum Wrapper {
    AND("sh", "-c", "sleep 1000 &"),
    PARENTHESES("sh", "-c", "(sleep 1000 &)"),
    SETSID("sh", "-c", "setsid sleep 1000 &"),
    SETSID_FORK("setsid", "--fork", "sleep", "1000"),
    NOHUP("sh", "-c", "nohup sleep 1000 >/dev/null 2>&1 &"),
    SCRIPT("sh", "-c", "sh -c 'sh -c \"setsid sleep 1000 &\"; true'; true"),
    OTHERS_BEFORE("sh", "-c", "true; (true &); setsid sleep 1000 &"),
    WAITS_FOR_IT("sh", "-c", "setsid sleep 1000 & until [ -e /proc/$! ]; do :; done"),
    DOUBLE("sh", "-c", "(setsid sh -c 'sleep 1000 &' &)");

    private final String lines;

    Wrapper(String... command) {
      this.lines = String.join("\n", command);
    }

    List<String> command() {
      return List.of(lines.split("\n", -1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void leakOfAScriptsDaemonNamesTheLineThatStartedIt(
      Wrapper wrapper, Supervisor supervisor, @TempDir Path dir) throws Exception {
    assertNamesTheLine(wrapper.command(), supervisor, dir);
  }

  private static void assertNamesTheLine(List<String> command, Supervisor supervisor, Path dir)
      throws IOException, InterruptedException {
    Supervisor scope = supervisor.open("code under test");
    builder(List.of("true"), dir).start().waitFor();
    assertThat(scope.leaks()).isEmpty(); // so that a scan has seen its end
    ProcessBuilder builder = builder(command, dir);
    int line = line() + 1;
    Process launcher = builder.start();
    assertThat(launcher.waitFor()).isZero();
    ScopeReport report = scope.end();
    assertThat(report.leaked())
        .as(report.toString())
        .isNotEmpty()
        .allSatisfy(
            leaked ->
                assertThat(leaked.origin()).map(StackTraceElement::getLineNumber).contains(line));
  }

  private static ProcessBuilder builder(List<String> command, Path dir) {
    return new ProcessBuilder(command)
        .directory(dir.toFile())
        .redirectOutput(Redirect.DISCARD)
        .redirectError(Redirect.DISCARD);
  }

  private static int line() {
    return StackWalker.getInstance()
        .walk(frames -> frames.skip(1).findFirst().orElseThrow().getLineNumber());
  }
}
