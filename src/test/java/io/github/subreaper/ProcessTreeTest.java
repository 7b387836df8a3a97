package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.SnapshotNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The data of a snapshot, refreshing it, and names as patterns. */
@Timeout(120)
class ProcessTreeTest extends WaitFixture {

  @Test
  void nodeKeepsTheStateOfTheMomentOfTheTree(@TempDir Path directory) throws Exception {
    Path home = directory.toRealPath();
    scope.launch(
        Program.of("sh", "-c", "setsid sh -c 'cd /; sleep 1001; :' & exit 0").withDirectory(home));
    ProcessTree tree = scope.tree().awaitUntil(now -> now.toShape().endsWith("\n  sleep 1001\n"));
    assertThat(Access.get().nodes(tree)).hasSize(1);
    SnapshotNode shell = Access.get().nodes(tree).get(0);
    SnapshotNode sleep = shell.children().get(0);
    assertThat(shell.name()).isEqualTo("sh");
    assertThat(shell.commandLine()).containsExactly("sh", "-c", "cd /; sleep 1001; :");
    assertThat(shell.isOrphan()).isTrue();
    assertThat(shell.isSessionLeader()).isTrue();
    assertThat(shell.isStopped()).isFalse();
    assertThat(shell.workingDirectory()).contains(Path.of("/"));
    assertThat(shell).hasToString("sh -c cd /; sleep 1001; : [orphan]");
    assertThat(sleep.isOrphan()).isFalse();
    assertThat(sleep.isSessionLeader()).isFalse();
    assertThat(sleep.children()).isEmpty();
    assertThat(sleep.uid()).hasValue((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    assertThat(sleep.user()).isPresent();

    sleep.process().signal(Signal.STOP);
    assertThat(tree.awaitUntil(now -> now.toShape().contains("[stopped]"), LONG).toShape())
        .isEqualTo("sh -c cd /; sleep 1001; : [orphan]\n  sleep 1001 [stopped]\n");
    assertThat(sleep.isStopped()).as("at the time of the tree").isFalse();

    scope.end();
    assertThat(sleep.process().isAlive()).isFalse();
    assertThat(sleep.commandLine()).containsExactly("sleep", "1001");
    assertThat(sleep.uid()).as("the last user seen").isPresent();
    assertThat(shell.children()).hasSize(1);
  }

  @Test
  void refreshedTreeHasTheSameSource() {
    Launch one = scope.launch("sleep", "1001");
    ProcessTree ofLaunch = one.tree();
    ProcessTree ofScope = scope.tree();
    scope.launch("sleep", "1002");
    assertThat(ofLaunch.refreshed().toShape()).isEqualTo("sleep 1001\n");
    assertThat(ofScope.refreshed().toShape().lines()).hasSize(2);
    assertThat(ofScope.toShape()).isEqualTo("sleep 1001\n");
    one.stop();
    assertThat(ofLaunch.refreshed().size()).isZero();
    assertThat(ofScope.refreshed().refreshed().toShape()).isEqualTo("sleep 1002\n");
    assertThat(ofLaunch.describe()).startsWith("  launcher  " + one.pid() + " ");
  }

  @Test
  void treeOfAProcessHasWhatIsBelowItOnly() {
    scope.launch("sleep", "1001");
    Launch launch = scope.launch("sh", "-c", "sh -c 'sleep 1002; :' & sleep 1003; :");
    Descendant inner =
        launch
            .tree()
            .awaitUntil(
                now -> !now.find("sleep 1002").isEmpty() && !now.find("sleep 1003").isEmpty())
            .find("sh -c sleep 1002; :")
            .get(0);
    ProcessTree tree = inner.tree();
    assertThat(tree.toShape()).isEqualTo("sh -c sleep 1002; :\n  sleep 1002\n");
    assertThat(settled(tree.describe())).isEqualTo(settled(launch.describe()));

    inner.signal(Signal.KILL);
    inner.awaitExit(LONG);
    WaitTimeoutException hopeless = failure(tree, LONG);
    assertThat(hopeless)
        .hasMessageStartingWith("No tree as wanted: the process has ended.\n")
        .hasMessageContaining("SIGKILL");
    assertThat(inner.tree().size()).as("its child is the JVM's now").isZero();
  }

  @Test
  void failureSaysWhichProcessIsAZombie() {
    Launch launch = scope.launch("sh", "-c", "sleep 1001 & exec sleep 1002");
    Descendant child =
        launch
            .tree()
            .awaitUntil(
                now -> !now.find("sleep 1001").isEmpty() && !now.find("sleep 1002").isEmpty())
            .find("sleep 1001")
            .get(0);
    child.signal(Signal.KILL);
    assertThat(failure(child.tree(), LONG))
        .hasMessageStartingWith("No tree as wanted: the process has ended.\n")
        .hasMessageContaining(
            "ended     %d sleep 1001: has ended, and its parent, pid %d, has not collected it yet"
                .formatted(child.pid(), launch.pid()));
  }

  /** Without the states: a shell may run yet. */
  private static String settled(String tree) {
    return tree.replaceAll("(\\? +)[A-Z]", "$1S");
  }

  @Test
  void awaitUntilDistinguishesATimeoutFromAHopelessWait() {
    Launch launch = scope.launch("sleep", "1001");
    WaitTimeoutException late = failure(launch.tree(), Duration.ZERO);
    assertThat(late.isTimeout()).isTrue();
    assertThat(late).hasMessageStartingWith("Waited 0.000 s for a tree as wanted.\n");
    launch.signal(Signal.KILL);
    WaitTimeoutException hopeless = failure(launch.tree(), LONG);
    assertThat(hopeless.isTimeout()).isFalse();
    assertThat(hopeless)
        .hasMessageStartingWith("No tree as wanted: every process of the launch has ended.\n")
        .hasMessageContaining("SIGKILL");
    ProcessTree tree = scope.tree();
    assertThat(failure(tree, Duration.ZERO).isTimeout()).as("the scope may still launch").isTrue();
    scope.end();
    assertThat(failure(tree, LONG))
        .hasMessageStartingWith("No tree as wanted: ProcessTreeTest has ended.\n");
  }

  private static WaitTimeoutException failure(ProcessTree tree, Duration timeout) {
    return Objects.requireNonNull(
        catchThrowableOfType(
            WaitTimeoutException.class, () -> tree.awaitUntil(now -> false, timeout)));
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void awaitUntilRefusesBadArgumentsAndEndsAtAnInterrupt() {
    ProcessTree tree = scope.tree();
    assertThatNullPointerException().isThrownBy(() -> tree.awaitUntil(null, LONG));
    assertThatNullPointerException().isThrownBy(() -> tree.awaitUntil(now -> true, null));
    assertThatNullPointerException().isThrownBy(() -> ProcessTree.quote(null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tree.awaitUntil(now -> true, Duration.ofSeconds(-1)));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> tree.awaitUntil(now -> false, LONG))
        .isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void deepTreeIsDrawnWithASmallStack() throws Exception {
    String nest = "i=$1; if [ $i -gt 0 ]; then sh \"$0\" $((i-1)) & fi; sleep 1001; :";
    Path script = Files.createTempFile("nest", ".sh");
    try {
      Files.writeString(script, nest);
      scope.launch("sh", script.toString(), "200");
      ProcessTree tree = scope.tree().awaitUntil(now -> now.find("sleep 1001").size() == 201, LONG);
      StackOverflowError[] overflow = new StackOverflowError[1];
      Thread small =
          new Thread(
              null,
              () -> {
                try {
                  assertThat(tree.size()).isEqualTo(402);
                  assertThat(tree.toShape().lines()).hasSize(402);
                  assertThat(tree.toString().lines()).hasSize(402);
                } catch (StackOverflowError e) {
                  overflow[0] = e;
                }
              },
              "small",
              1 << 17);
      small.start();
      small.join();
      assertThat(overflow[0]).isNull();
    } finally {
      Files.delete(script);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '"',
      value = {
        "sh -c [ -f x ] && y~sh -c [ -f x ] && y",
        "sh -c * ?~sh -c \\* \\?",
        "a\\b~a\\\\b",
        "x [orphan]~x [orphan\\]",
        "x {2}~x {2\\}",
        "...~\\...",
        "....~....",
        "\\_ x~\\\\_ x",
        "_ x~_ x",
        "| x~\\| x",
        "''~\\''",
        "a ← b~a \\← b",
        "\" a  b \"~\\x20a  b\\x20",
        "\"\"~''",
      })
  void quoteEscapesMetaCharacters(String text, String quoted) {
    assertThat(ProcessTree.quote(text)).isEqualTo(quoted);
  }

  @Test
  void quoteEscapesInvisibleCharacters() {
    assertThat(ProcessTree.quote("a\nb\tc\r\u001b\u009b\u007f\u0000"))
        .isEqualTo("a\\nb\\tc\\x0d\\x1b\\x9b\\x7f\\x00");
    assertThat(ProcessTree.quote("\u202e\u00a0\u2028\ud800 \ufeff"))
        .isEqualTo("\\x{202e}\\xa0\\x{2028}\\x{d800} \\x{feff}");
    assertThat(ProcessTree.quote("\ufffd \u00e4 \ud83d\ude00"))
        .as("as shown")
        .isEqualTo("\ufffd \u00e4 \ud83d\ude00");
  }
}
