package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.engine.crash.CrashKind;
import io.github.subreaper.internal.engine.crash.Point;
import io.github.subreaper.internal.engine.crash.Points;
import io.github.subreaper.testing.CProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Points of known programs, and crashes at each of them. */
@Timeout(300)
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class PointsTest {
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults()
          .withSettle(Duration.ZERO)
          .withAwait(LONG)
          .withGrace(Duration.ofSeconds(5));
  private static final int NOBODY = 65_534;

  /** What the program does in mode `known`, and the effect of each call. */
  private static final List<String> KNOWN =
      List.of(
          "points open state.tmp #1",
          "points write state.tmp #1",
          "points fsync state.tmp #1",
          "points rename state.tmp -> state #1",
          "points fork #1",
          "points open {pid}.pid #1",
          "points write {pid}.pid #1",
          "points fsync {pid}.pid #1",
          "points exit #1",
          "points mkdir sub #1",
          "points open sub/x.{random} #1",
          "points write sub/x.{random} #1",
          "points fsync sub/x.{random} #1",
          "points symlink link #1",
          "points truncate state #1",
          "points unlink sub/x.{random} #1",
          "points rmdir sub #1",
          "points exit #2");

  @TempDir private static Path built;
  private static String program = "";
  private static String firstCall = "";

  @TempDir private Path temporary;
  private Path directory = Path.of("/nonexistent");
  private int runs;

  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor = subreaper.open("crashes", OPTIONS);

  @BeforeAll
  static void build() throws Exception {
    program = CProgram.build(built, "points", "-pthread").toString();
    firstCall = CProgram.build(built, "firstcall", "-nostdlib", "-static").toString();
    Files.setPosixFilePermissions(built, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @BeforeEach
  void open() throws IOException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private record Ran(Points points, Launch launch) {
    List<String> keys() {
      return points.points().stream().map(Point::key).toList();
    }
  }

  private Ran run(String mode, @Nullable String target, boolean cut, boolean asUser)
      throws IOException {
    directory = Files.createDirectory(temporary.toRealPath().resolve("run" + runs++));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    String suffix = List.of("aB3dEf", "Zz09xY", "q1q1q1").get(runs % 3);
    Points crash = new Points(KERNEL, directory, target, cut ? CrashKind.CUT : CrashKind.KILL);
    Program points = Program.of(program, mode, directory.toString(), suffix);
    return run(crash, asUser ? points.withUser(NOBODY, NOBODY) : points);
  }

  private Ran run(Points crash, Program program) {
    Launch launch = supervisor.launch(program.crashing(crash));
    launch.awaitExit();
    launch.stop();
    for (ProcessEvent event : launch.journal().events()) {
      assertThat(Path.of("/proc/" + event.process().pid())).doesNotExist();
    }
    return new Ran(crash, launch);
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path one : all.filter(path -> !path.equals(directory)).toList()) {
        String name =
            directory
                .relativize(one)
                .toString()
                .replaceAll("\\d+\\.pid", "{pid}.pid")
                .replaceAll("x\\..*", "x.{random}");
        files.put(
            name,
            Files.isSymbolicLink(one)
                ? "-> " + Files.readSymbolicLink(one)
                : Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS) ? "/" : Files.readString(one));
      }
    }
    return files;
  }

  /** Returns what is in the directory before the call of a point of {@link #KNOWN}. */
  private static Map<String, String> before(int point) {
    Map<String, String> files = new TreeMap<>();
    for (String key : KNOWN.subList(0, point)) {
      String[] words = key.split(" ", -1);
      String name = words[2];
      switch (words[1]) {
        case "open" -> files.put(name, "");
        case "write" ->
            files.put(
                name,
                name.startsWith("state")
                    ? "one\n"
                    : name.startsWith("sub") ? "random\n" : "child\n");
        case "rename" -> files.put("state", files.remove("state.tmp"));
        case "mkdir" -> files.put(name, "/");
        case "symlink" -> files.put(name, "-> state");
        case "truncate" -> files.put(name, "on");
        case "unlink", "rmdir" -> files.remove(name);
        default -> {}
      }
    }
    return files;
  }

  @Test
  void pointsAreListedExactlyAndAreTheSameInEachRun() throws Exception {
    Ran first = run("known", null, false, false);
    assertThat(first.launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(first.keys()).isEqualTo(KNOWN);
    assertThat(files()).isEqualTo(before(KNOWN.size()));
    assertThat(run("known", null, false, false).keys()).isEqualTo(KNOWN);
    assertThat(first.points.foreignCalls() + first.points.ringCalls() + first.points.unknownCalls())
        .isZero();
  }

  private void crashAtEach(boolean asUser) throws IOException {
    for (int i = 0; i < KNOWN.size(); i++) {
      Ran ran = run("known", KNOWN.get(i), false, asUser);
      assertThat(ran.points.reached()).as(KNOWN.get(i)).isNotNull();
      assertThat(ran.keys()).isEqualTo(KNOWN.subList(0, i + 1));
      assertThat(files()).as("before " + KNOWN.get(i)).isEqualTo(before(i));
      assertThat(ran.launch.awaitExit())
          .as(KNOWN.get(i))
          .isEqualTo(ExitStatus.signaled(Signal.KILL));
    }
  }

  @Test
  void crashAtEachPointLeavesWhatWasThereBeforeTheCallAndNoProcess() throws Exception {
    crashAtEach(false);
  }

  @Test
  void programOfAnotherUserCrashesAtEachPoint() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can change the user");
    Ran recorded = run("known", null, false, true);
    assertThat(recorded.launch.stdout()).isEqualTo("NoNewPrivs 1\nend\n");
    assertThat(recorded.keys()).isEqualTo(KNOWN);
    crashAtEach(true);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void firstCallOfAProgramChangesNothingButItsResult(boolean asUser) throws Exception {
    assumeTrue(!asUser || "root".equals(System.getProperty("user.name")), "only root can");
    Points points = new Points(KERNEL, directory, null, CrashKind.KILL);
    Program first = Program.of(firstCall);
    Ran ran = run(points, asUser ? first.withUser(NOBODY, NOBODY) : first);
    assertThat(ran.launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(ran.keys()).containsExactly("firstcall exit #1");
    assertThat(points.refusal()).isNull();
  }

  @Test
  void programThatIsTracedWithoutPointsRunsToItsEnd() throws Exception {
    directory = Files.createDirectory(temporary.toRealPath().resolve("control"));
    Launch launch =
        supervisor.launch(Program.of(program, "known", directory.toString(), "aB3dEf").traced());
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.stdout()).isEqualTo("NoNewPrivs 0\nend\n");
    assertThat(files()).isEqualTo(before(KNOWN.size()));
  }

  @Test
  void runWhosePointIsNotReachedEndsAsUsual() throws Exception {
    Ran ran = run("known", "points write state.tmp #2", false, false);
    assertThat(ran.points.reached()).isNull();
    assertThat(ran.launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  /** Threads, and a tree of processes, each with a file of its own. */
  @ParameterizedTest
  @CsvSource({
    "threads, 4, 205, false",
    "tree, 15, 794, false",
    "threads, 4, 205, true",
    "tree, 15, 794, true"
  })
  void noThreadOrProcessMakesAnotherCallAfterTheCrash(
      String mode, int files, int points, boolean cut) throws Exception {
    Ran recorded = run(mode, null, false, false);
    assertThat(recorded.keys()).hasSize(points).doesNotHaveDuplicates();
    assertThat(files()).hasSize(files);
    for (int i = 1; i <= 50; i += 7) {
      Ran ran = run(mode, "points write t2 #" + i, cut, false);
      assertThat(ran.points.reached()).isNotNull();
      Map<String, Integer> allowed = new TreeMap<>();
      ran.keys().stream()
          .filter(key -> key.startsWith("points write"))
          .forEach(key -> allowed.merge(key.split(" ", -1)[2], 1, Integer::sum));
      allowed.merge("t2", -1, Integer::sum);
      files()
          .forEach(
              (name, text) ->
                  assertThat(text.length() / 2)
                      .as(name)
                      .isLessThanOrEqualTo(allowed.getOrDefault(name, 0)));
      assertThat(files().get("t2")).hasSize(2 * (i - 1) + (cut ? 1 : 0));
    }
  }

  /** One in some ten thousand threads ends before its birth is reported. */
  @Test
  @Tag("full")
  void threadsThatEndAtOnceAreNoForks() throws Exception {
    for (int i = 0; i < Integer.getInteger("runs", 10); i++) {
      assertThat(run("brief", null, false, false).keys()).containsExactly("points exit #1");
    }
  }

  @Test
  void writeIsCutAtABlockInItsMiddle() throws Exception {
    Ran ran = run("big", "points write big #1", true, false);
    assertThat(ran.points.reached()).hasToString("points write big #1 (20000 bytes)");
    assertThat(files().get("big")).hasSize(8192);
    assertThat(ran.launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    run("big", "points pwrite big #1", true, false);
    assertThat(files().get("big")).hasSize(20_000).contains("b12345b");
  }

  @Test
  void callsOfAnotherArchitectureAreCounted() throws Exception {
    Ran ran = run("foreign", null, false, false);
    assumeTrue(
        ran.launch.stdout().startsWith("foreign"), "this kernel has no calls of 32-bit programs");
    assertThat(ran.points.foreignCalls()).isEqualTo(1);
    assertThat(ran.points.unseen()).isEqualTo("1 calls of 32-bit programs");
    assertThat(ran.launch.stdout()).isEqualTo("foreign\nend\n");
  }

  @Test
  void pointsOfAProcessWhoseFirstThreadHasExitedNameItsProgram() throws Exception {
    assertThat(run("leaderfirst", null, false, false).keys())
        .containsExactly(
            "points open last #1",
            "points write last #1",
            "points fsync last #1",
            "points exit #1");
  }

  /** Several threads at once, of which the first, another or the last one ends the process. */
  @ParameterizedTest
  @ValueSource(strings = {"race", "group", "last", "killed", "signal"})
  void exitOfAProcessWithThreadsIsOnePoint(String how) throws Exception {
    for (int i = 0; i < Integer.getInteger("runs", 10); i++) {
      String target = i % 2 == 0 ? null : "points exit #1";
      Ran ran = run("exit-" + how, target, false, false);
      assertThat(ran.keys()).as("run " + i).containsExactly("points exit #1");
      assertThat(ran.points.reached() != null).as("run " + i).isEqualTo(target != null);
    }
  }

  @Test
  void filesAreFoundHoweverTheyAreNamed() throws Exception {
    Ran ran = run("paths", null, false, false);
    assertThat(
            ran.keys().stream()
                .map(key -> key.replaceAll("^points | #1$", "").replaceAll("fd/\\d+", "fd/N")))
        .containsExactly(
            "mkdir d",
            "open d/f",
            "open d/g",
            "open h",
            "rename h -> ../gone",
            "bind s",
            "open t",
            "unlink t",
            "write t",
            "chmod d",
            "setxattr d/f",
            "removexattr d/f",
            "open no/such",
            "link /proc/{pid}/fd/N -> named",
            "exit");
    assertThat(ran.points.ringCalls()).isEqualTo(1);
    assertThat(ran.points.unknownCalls()).isZero();
  }

  /** Makes the smallest 32-bit program: it exits with 3. */
  private Path tiny() throws IOException {
    ByteBuffer elf = ByteBuffer.allocate(96).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1}).position(16);
    elf.putShort((short) 2).putShort((short) 3).putInt(1); // executable, i386
    elf.putInt(0x8048054).putInt(52).putInt(0).putInt(0);
    elf.putShort((short) 52).putShort((short) 32).putShort((short) 1).position(52);
    elf.putInt(1).putInt(0).putInt(0x8048000).putInt(0x8048000).putInt(96).putInt(96);
    elf.putInt(5).putInt(0x1000);
    elf.put(
        new byte[] {(byte) 0xb8, 1, 0, 0, 0, (byte) 0xbb, 3, 0, 0, 0, (byte) 0xcd, (byte) 0x80});
    Path file = Files.write(temporary.resolve("tiny"), elf.array());
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  @Test
  void programOf32BitsIsRefusedAndCountedBelowAnother() throws Exception {
    String tiny = tiny().toString();
    assumeTrue(
        supervisor.launch(tiny).awaitExit().equals(ExitStatus.exited(3)),
        "this kernel runs no 32-bit programs");
    Points refused = new Points(KERNEL, directory, null, CrashKind.KILL);
    Ran ran = run(refused, Program.of(tiny));
    assertThat(refused.refusal()).startsWith("the program is not an x86-64 one");
    assertThat(ran.launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));

    Points counted = new Points(KERNEL, directory, null, CrashKind.KILL);
    ran = run(counted, Program.of("sh", "-c", tiny + "; exit $(($? + 1))"));
    assertThat(ran.launch.awaitExit()).isEqualTo(ExitStatus.exited(4));
    assertThat(counted.foreignCalls()).isEqualTo(1);
    assertThat(counted.refusal()).isNull();
  }

  @Test
  void eachRequestOfACallCounts() throws Exception {
    assertThat(run("requests", null, false, false).keys())
        .containsExactly("points open asked #1", "points io_submit asked #1", "points exit #1");
  }

  @Test
  void whatIsNoPointIsNamed() throws Exception {
    assertThat(run("known", null, false, false).points.unseen()).isEmpty();
    assertThat(run("paths", null, false, false).points.unseen())
        .isEqualTo("1 rings of io_uring(7)");
    assertThat(run("protects", null, false, false).points.unseen())
        .isEqualTo("stores to 1 shared mappings of files");
    assertThat(run("mapped", null, false, false).points.unseen())
        .isEqualTo("stores to 1 shared mappings of files");
  }

  @Test
  void sharedMappingsOfFilesArePoints() throws Exception {
    assertThat(run("mapped", null, false, false).keys())
        .containsExactly(
            "points open map #1",
            "points ftruncate map #1",
            "points mmap map #1",
            "points msync map #1",
            "points exit #1");
  }

  /** The files are the ledger: two bytes for each write that was let through. */
  @Test
  @Tag("full")
  void noWriteIsMadeAfterARandomCrash() throws Exception {
    boolean isRoot = "root".equals(System.getProperty("user.name"));
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < Integer.getInteger("crashes", 300); i++) {
      boolean tree = random.nextBoolean(); // of processes, or threads
      String file = "t" + random.nextInt(tree ? 15 : 4);
      String target = "points write " + file + " #" + (1 + random.nextInt(50));
      boolean cut = random.nextInt(3) == 0;
      Ran ran = run(tree ? "tree" : "threads", target, cut, isRoot && random.nextInt(3) == 0);
      String what = (cut ? "in the middle of " : "before ") + target + ", seed " + seed;
      assertThat(ran.points.reached()).as(what).isNotNull();
      assertThat(ran.launch.isGone()).as(what).isTrue();
      Map<String, Integer> seen = new TreeMap<>();
      ran.keys().stream()
          .filter(key -> key.startsWith("points write "))
          .forEach(key -> seen.merge(key.split(" ", -1)[2], 1, Integer::sum));
      assertThat(directory.resolve(file)).as(what).exists();
      for (Path one : list(directory)) {
        String name = String.valueOf(one.getFileName());
        int writes = seen.getOrDefault(name, 0);
        if (name.equals(file)) { // the last one was not made
          assertThat(Files.size(one)).as(what).isEqualTo(2L * (writes - 1) + (cut ? 1 : 0));
        } else { // one that was let through may have been killed before it was made
          assertThat(Files.size(one)).as(what + ": " + name).isLessThanOrEqualTo(2L * writes);
        }
      }
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }
}
