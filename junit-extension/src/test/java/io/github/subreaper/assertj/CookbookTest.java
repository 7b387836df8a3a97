package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.exited;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.Frozen;
import io.github.subreaper.Launch;
import io.github.subreaper.LaunchException;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** Tests each row of the cookbook in ASSERTIONS.md, with a daemon that does all of it. */
@Timeout(300)
class CookbookTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| (.+?) \\| (`.+`) \\|$");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```java\n(.*?)```");

  @TempDir private static Path built;

  private final RealScope scope = new RealScope();
  private final Supervisor supervisor = scope.patient();

  /** Long, so that no test fails because the machine is busy. */
  private final Duration limit = RealScope.LONG;

  @TempDir private Path directory;
  private Path pidFile;
  private Path socket;
  private Path log;
  private Path secret;

  @BeforeAll
  static void compile() throws IOException {
    Path source = built.resolve("exemplary.c");
    try (InputStream resource = CookbookTest.class.getResourceAsStream("/c/exemplary.c")) {
      Files.copy(Objects.requireNonNull(resource), source);
    }
    try (RealScope scope = new RealScope()) {
      String program = built.resolve("exemplary").toString();
      assertThat(scope.patient().launch("cc", "-o", program, source.toString())).exitsWith(0);
    } catch (LaunchException e) {
      if ("true".equals(System.getenv("CI"))) {
        throw e;
      }
      throw new TestAbortedException("no C compiler: apt-get install gcc libc6-dev", e);
    }
  }

  @BeforeEach
  void nameItsFiles() throws IOException {
    directory = directory.toRealPath();
    pidFile = directory.resolve("pid");
    socket = directory.resolve("socket");
    log = directory.resolve("log");
    secret = directory.resolve("secret");
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private String[] command(String... words) {
    List<String> command =
        new ArrayList<>(List.of(built.resolve("exemplary").toString(), directory.toString()));
    command.addAll(List.of(words));
    return command.toArray(String[]::new);
  }

  private Launch start(String... words) {
    Launch launch = supervisor.launch(command(words));
    assertThat(launch).exitsWith(0);
    return launch;
  }

  private static Descendant workerOf(Launch launch) {
    assertThat(launch).hasShapeWithin(RealScope.LONG, "...\nexemplary\n  worker * {2}");
    return launch.tree().find("worker *").get(0);
  }

  // the text -------------------------------------------------------------------------------------

  private static String chapter() throws IOException {
    String guide = Files.readString(Path.of("ASSERTIONS.md"));
    return guide.substring(guide.indexOf("## Cookbook\n")).split("\n## ", 2)[0];
  }

  /** Ignores white space, which the formatter changes. */
  private static String bare(String code) {
    return code.replaceAll("\\s+", "");
  }

  private static List<String> tests() throws IOException {
    String source =
        Files.readString(
            Path.of("src/test/java", CookbookTest.class.getName().replace('.', '/') + ".java"));
    String rows = source.substring(source.lastIndexOf("// the rows -"));
    return Stream.of(rows.split("@Test\n")).skip(1).map(CookbookTest::bare).toList();
  }

  @Test
  void eachRowIsATestAndEachTestARow() throws IOException {
    List<String> tests = new ArrayList<>(tests());
    List<MatchResult> rows = ROW.matcher(chapter()).results().toList();
    for (MatchResult row : rows) {
      List<String> lines = CODE.matcher(row.group(2)).results().map(code -> code.group(1)).toList();
      String code = bare(String.join("", lines));
      assertThat(lines).allMatch(line -> line.endsWith(";") || line.matches(".*[{}]"));
      assertThat(tests.removeIf(test -> test.contains(code)))
          .as("a test with the lines of: " + row.group(1))
          .isTrue();
    }
    assertThat(tests)
        .as("tests that are in no row")
        .hasSize(1)
        .first()
        .asString()
        .startsWith("voideveryRowBeginsSo");
  }

  @Test
  void theExampleIsATest() throws IOException {
    List<String> examples =
        EXAMPLE.matcher(chapter()).results().map(example -> example.group(1)).toList();
    assertThat(examples).hasSize(1);
    assertThat(tests()).anyMatch(test -> test.contains(bare(examples.get(0))));
  }

  // the rows -------------------------------------------------------------------------------------

  @Test
  void everyRowBeginsSo() {
    String[] command = command();

    Program program = Program.of(command).withDirectory(directory).withCanaries();
    Launch launch = supervisor.launch(program);
    assertThat(launch).exitsWith(0);
    Descendant daemon = launch.awaitOrphan();

    assertThat(daemon).isAlive();
  }

  @Test
  void daemonizes() {
    Program program = Program.of(command()).withDirectory(directory).withCanaries();
    Launch launch = supervisor.launch(program);
    Descendant daemon = launch.awaitOrphan();

    assertThat(daemon).isDaemonized(pidFile);
  }

  @Test
  void isReady() {
    Launch launch = supervisor.launch(command());

    launch.awaitReady(Ready.unixSocket(socket), limit);
  }

  @Test
  void saysThatItIsReady() {
    Launch launch = supervisor.launch(command());

    launch.awaitReady(Ready.logLine(log, "ready to serve$"));
  }

  @Test
  void writesItsPidFile() {
    Launch launch = supervisor.launch(command());

    launch.awaitReady(Ready.pidFile(pidFile));
  }

  @Test
  void startsQuicklyAndQuietly() {
    Launch launch = supervisor.launch(command());

    assertThat(launch).exitsWith(0).tookLessThan(limit).hasStdout("");
    assertThat(launch.stderr()).isEmpty();
  }

  @Test
  void listensOnLoopbackOnly() {
    Descendant daemon = start("tcp").awaitOrphan();

    assertThat(daemon.listeningAddresses())
        .isNotEmpty()
        .allMatch(address -> address.getAddress().isLoopbackAddress());
  }

  @Test
  void listensOnAUnixSocketOnly() {
    Descendant daemon = start().awaitOrphan();

    assertThat(daemon).listensOn(socket);
    assertThat(daemon.listeningAddresses()).isEmpty();
    assertThat(daemon.udpAddresses()).isEmpty();
  }

  @Test
  void hasItsWorkers() {
    Launch launch = supervisor.launch(command());

    assertThat(launch).hasShapeWithin(limit, "*exemplary * [orphan]\n  worker * {2}");
  }

  @Test
  void dropsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can");
    Descendant daemon = start("nobody", "alone").awaitOrphan();

    assertThat(daemon).runsAs("nobody");
  }

  @Test
  void writesPrivateFiles() {
    Descendant daemon = start().awaitOrphan();

    assertThat(daemon).hasUmask(077);
  }

  @Test
  void leaksNoDescriptorToAWorker() {
    Launch launch = start();
    Descendant daemon = launch.awaitOrphan();
    Descendant worker = workerOf(launch);

    assertThat(daemon).hasOpenFile(secret);
    assertThat(worker).doesNotHaveOpenFile(secret);
  }

  @Test
  void leaksNoDescriptorOverTime() {
    Descendant daemon = start("alone").awaitOrphan();
    Launch launch = daemon.launch().orElseThrow();

    int before = daemon.details().openFiles().size();
    daemon.signal(Signal.USR1);
    launch.awaitReady(Ready.logLine(log, "log reopened"));
    assertThat(daemon.details().openFiles()).hasSizeLessThanOrEqualTo(before);
  }

  @Test
  void keepsASecretFromAWorker() {
    Launch launch = supervisor.launch(Program.of(command()).withEnvironment("SECRET", "swordfish"));
    Descendant worker = workerOf(launch);

    assertThat(worker).doesNotHaveEnvironmentVariable("SECRET");
  }

  @Test
  void restartsAWorker() {
    Launch launch = start();
    Descendant daemon = launch.awaitOrphan();
    Descendant worker = workerOf(launch);

    Descendant next = worker.killAndAwaitRespawn(limit);
    assertThat(next).hasParent(daemon);
  }

  @Test
  void survivesAKilledWorker() {
    Launch launch = start();
    Descendant daemon = launch.awaitOrphan();
    Descendant worker = workerOf(launch);

    worker.signal(Signal.KILL);
    assertThat(worker).isRespawnedWithin(limit);
    assertThat(daemon).isAlive();
  }

  @Test
  void doesNotCrashLoop() {
    Launch launch = start();

    assertThat(launch).isRespawnedAtMost(3, Duration.ofMillis(500));
  }

  @Test
  void takesItsWorkersAlong() {
    Launch launch = start();
    Descendant daemon = launch.awaitOrphan();
    workerOf(launch);

    daemon.signal(Signal.KILL);
    assertThat(launch).hasShapeWithin(limit, "");
  }

  @Test
  void reloads() {
    Launch launch = start();
    Descendant daemon = launch.awaitOrphan();

    daemon.signal(Signal.HUP);
    launch.awaitReady(Ready.logLine(log, "reloaded"));
    assertThat(daemon).isAlive();
  }

  @Test
  void rotatesItsLog() throws IOException {
    Launch launch = start();
    Descendant daemon = launch.awaitOrphan();
    Path old = directory.resolve("log.1");

    Files.move(log, old);
    daemon.signal(Signal.USR1);
    launch.awaitReady(Ready.logLine(log, "log reopened"));
    assertThat(daemon).hasOpenFile(log).doesNotHaveOpenFile(old);
  }

  @Test
  void handlesItsSignals() {
    Descendant daemon = start().awaitOrphan();

    assertThat(daemon).catches(Signal.TERM).catches(Signal.HUP).ignores(Signal.PIPE);
  }

  @Test
  void stopsInTime() {
    Descendant daemon = start().awaitOrphan();

    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWithin(limit).with(exited(0));
  }

  @Test
  void finishesItsWork() {
    Launch launch = start();
    Descendant daemon = launch.awaitOrphan();
    workerOf(launch);

    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWith(0);
    assertThat(log).content().endsWith("job done\njob done\n");
  }

  @Test
  void tidiesUp() {
    Descendant daemon = start().awaitOrphan();

    daemon.signal(Signal.TERM);
    assertThat(daemon).exitsWith(0);
    assertThat(supervisor).hasNoProcesses();
    assertThat(pidFile).doesNotExist();
    assertThat(socket).doesNotExist();
  }

  @Test
  void runsOnce() {
    start();
    Program program = Program.of(command());

    assertThat(supervisor.launch(program)).exitsWith(1).hasStderrMatching("already running");
  }

  @Test
  void isThrifty() {
    Descendant daemon = start().awaitOrphan();

    assertThat(daemon).usesMemoryBelow(64 << 20).hasThreadsAtMost(4);
  }

  @Test
  void runsUnderLimits() {
    Program program = Program.of(command());

    Launch tight = supervisor.launch(program.withLimit("nofile", 32, 32).withNice(19));
    assertThat(tight).exitsWith(0);
    assertThat(tight.awaitOrphan()).hasLimit("nofile", 32).hasNice(19);
  }

  @Test
  void saysThatDescriptorsAreFew() {
    Program program = Program.of(command());

    Launch starved = supervisor.launch(program.withLimit("nofile", 10, 10));
    assertThat(starved).exitsWith(1).hasStderrMatching("Too many open files$");
  }

  @Test
  void saysThatTheDiskIsFull() {
    String[] toDevFull = command("full");

    Launch full = supervisor.launch(toDevFull);
    assertThat(full).exitsWith(1).hasStderrMatching("No space left on device$").hasNoOrphans();
  }

  @Test
  void outlivesAPeerThatHangs() {
    Launch answering =
        supervisor.launch(
            inDirectory(
                """
                mkfifo ask answer
                exec 8<>ask 9<>answer
                echo made
                while read -r line <&8; do echo pong >&9; done
                """));
    answering.awaitOutput("made");
    Descendant peer = answering.process();
    Launch launch =
        supervisor.launch(
            inDirectory(
                """
                exec 8<>ask 9<>answer
                peer=new
                while :; do
                  echo ping >&8
                  case $peer-$(timeout 1 head -c 5 <&9) in
                    new-pong) peer=up; echo peer answers ;;
                    up-) peer=down; echo peer timed out ;;
                    down-pong) peer=up; echo peer is back ;;
                  esac
                  sleep 0.1
                done
                """));
    Descendant daemon = launch.process();
    launch.awaitOutput("peer answers");

    try (Frozen hanging = peer.freeze()) {
      assertThat(hanging.processes()).contains(peer);
      launch.awaitOutput("peer timed out");
    }
    launch.awaitOutput("peer is back");
    assertThat(daemon).isAlive();
  }

  private Program inDirectory(String script) {
    return Program.of("sh", "-c", script).withDirectory(directory);
  }
}
