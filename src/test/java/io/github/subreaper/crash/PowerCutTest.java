package io.github.subreaper.crash;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.engine.crash.CrashKind;
import io.github.subreaper.internal.engine.crash.Points;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is left of files and names when the power fails. */
@Timeout(300)
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
@Tag("slow")
class PowerCutTest {
  private static final int NOBODY = 65_534;
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withSettle(Duration.ZERO).withAwait(Await.LONG);

  @TempDir private static Path built;
  @TempDir private Path temporary;
  private int runs;

  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor = subreaper.open("power cuts", OPTIONS);

  /** Returns what is left if the power fails before the program opens `end`. */
  private Map<String, String> left(Program program, String name, CrashKind kind)
      throws IOException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path directory = Files.createDirectory(temporary.toRealPath().resolve("run" + runs++));
    Files.createDirectory(directory.resolve("sub"));
    Files.writeString(directory.resolve("state"), "old ");
    Files.writeString(directory.resolve("sub/f"), "f ");
    for (String one : List.of("", "sub", "state", "sub/f")) {
      Files.setPosixFilePermissions(
          directory.resolve(one), PosixFilePermissions.fromString("rwxrwxrwx"));
    }
    Points points = new Points(KERNEL, directory, name + " open end #1", kind);
    Launch launch =
        supervisor.launch(Access.get().crashing(program.withDirectory(directory), points));
    launch.awaitExit();
    launch.stop();
    assertThat(points.reached()).as(points.points().toString()).isNotNull();
    assertThat(points.unseenCalls()).isEmpty();
    points.cutPower();
    points.close();
    return files(directory);
  }

  private static Map<String, String> files(Path directory) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path one : all.filter(path -> !path.equals(directory)).toList()) {
        boolean isPlain = Files.isRegularFile(one, LinkOption.NOFOLLOW_LINKS);
        files.put(
            directory.relativize(one).toString(),
            isPlain ? Files.readString(one).replace("\n", " ").trim() : "/");
      }
    }
    return files;
  }

  private static String shell() throws IOException {
    return Path.of("/bin/sh").toRealPath().getFileName().toString();
  }

  private void check(Program program, String kept, String lost) throws IOException {
    assertThat(left(program, shell(), CrashKind.NAMES_KEPT)).as("kept").hasToString(braced(kept));
    assertThat(left(program, shell(), CrashKind.NAMES_LOST)).as("lost").hasToString(braced(lost));
  }

  private static String braced(String files) {
    return "{" + files + "}";
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      value = {
        // contents
        "true                              => state=old, sub=/, sub/f=f        => the same",
        "echo new >state                   => state=old, sub=/, sub/f=f        => the same",
        "echo new >state; chmod 400 state  => state=old, sub=/, sub/f=f        => the same",
        "echo new >state; sync state       => state=new, sub=/, sub/f=f        => the same",
        "echo new >state; sync sub/f       => state=old, sub=/, sub/f=f        => the same",
        "echo new >state; sync             => state=new, sub=/, sub/f=f        => the same",
        "echo new >state; sync -f sub      => state=new, sub=/, sub/f=f        => the same",
        "echo a >>state; sync -d state; echo b >>state"
            + "                                => state=old a, sub=/, sub/f=f      => the same",
        "truncate -s 1 state               => state=old, sub=/, sub/f=f        => the same",
        "printf ne | dd of=state conv=notrunc oflag=dsync"
            + "                                => state=ned, sub=/, sub/f=f        => the same",
        "cp state copy; sync .             => copy=, state=old, sub=/, sub/f=f => the same",
        // names
        "echo new >tmp; mv tmp state       => state=, sub=/, sub/f=f => state=old, sub=/, sub/f=f",
        "echo new >tmp; sync tmp; mv tmp state"
            + "                             => state=new, sub=/, sub/f=f => state=old, sub=/, sub/f=f",
        "echo new >tmp; sync tmp; mv tmp state; sync ."
            + "                             => state=new, sub=/, sub/f=f => the same",
        "rm state                          => sub=/, sub/f=f => state=old, sub=/, sub/f=f",
        "rm state; sync .                  => sub=/, sub/f=f => the same",
        "echo new >state; rm state         => sub=/, sub/f=f => state=old, sub=/, sub/f=f",
        "exec 3>>state; rm state; echo new >&3"
            + "                             => sub=/, sub/f=f => state=old, sub=/, sub/f=f",
        "mv sub/f g                        => g=f, state=old, sub=/ => state=old, sub=/, sub/f=f",
        "mv sub/f g; sync .                => g=f, state=old, sub=/"
            + "                             => g=f, state=old, sub=/, sub/f=f",
        "mv sub/f g; sync sub              => g=f, state=old, sub=/ => state=old, sub=/",
        "mv sub/f ../f                     => state=old, sub=/ => state=old, sub=/, sub/f=f",
        "mv sub other                      => other=/, other/f=f, state=old"
            + "                             => state=old, sub=/, sub/f=f",
        "rm -r sub                         => state=old => state=old, sub=/, sub/f=f",
        "ln -s x l; ln state h; mkfifo p   => h=old, l=/, p=/, state=old, sub=/, sub/f=f"
            + "                             => state=old, sub=/, sub/f=f",
        "ln -s x l; sync .; rm l           => state=old, sub=/, sub/f=f"
            + "                             => l=/, state=old, sub=/, sub/f=f",
        "mkdir d; echo a >d/a; sync d/a d  => d=/, d/a=a, state=old, sub=/, sub/f=f"
            + "                             => state=old, sub=/, sub/f=f",
        "mkdir d; sync .; echo a >d/a; sync d/a"
            + "                             => d=/, d/a=a, state=old, sub=/, sub/f=f"
            + "                             => d=/, state=old, sub=/, sub/f=f",
      })
  void whatNoSyncHasSecuredIsUndone(String script, String kept, String lost) throws IOException {
    Program program = Program.of("/bin/sh", "-c", script + "; : >end");
    String expected = lost.equals("the same") ? kept : lost;
    check(program, kept, expected);
    if (System.getProperty("user.name").equals("root") && !script.contains("../f")) {
      check(program.withUser(NOBODY, NOBODY), kept, expected);
    }
  }

  @Test
  void storesToMappingsAreSecuredByMsyncAndWritesByTheirFlags() throws Exception {
    Path program = CProgram.build(temporary, "points", "-pthread");
    Program stores = Program.of(program.toString(), "stores", ".", "x");
    assertThat(left(stores, "points", CrashKind.NAMES_KEPT))
        .hasToString("{flag=f, map=12345678, ranged=, state=old, sub=/, sub/f=f, synced=s}");
    assertThat(left(stores, "points", CrashKind.NAMES_LOST))
        .hasToString("{state=old, sub=/, sub/f=f}");
  }

  private static void acknowledgedIsThere(CrashRun run) throws Exception {
    List<String> acknowledged = new ArrayList<>();
    run.during(
        launch -> {
          launch.awaitExit(Duration.ofMinutes(4));
          launch.stdout().lines().forEach(acknowledged::add);
        });
    run.recover(
        Program.of("true"),
        launch -> {
          for (String line : acknowledged) {
            String[] words = line.split(" ", -1);
            assertThat(run.directory().resolve("state" + words[0])).exists();
            assertThat(Files.readString(run.directory().resolve("state" + words[0])).strip())
                .isGreaterThanOrEqualTo(words[1]);
          }
        });
  }

  /** Programs that count, each in a file that it replaces, and acknowledge each number. */
  private CrashPoints counters(String sync, int count) {
    String counter = "echo $i >tmp$1; sync tmp$1; mv tmp$1 state$1; " + sync + " echo $1 $i";
    String all = "c() { for i in 1 2 3; do " + counter + "; done; }; ";
    for (int i = 0; i < count; i++) {
      all += "c " + i + " & ";
    }
    return CrashPoints.of(Program.of("sh", "-c", all + "wait"), temporary).withPowerCuts();
  }

  @Test
  void renameThatIsNotSecuredLosesWhatWasAcknowledged() {
    assertThatThrownBy(() -> counters("", 1).check(PowerCutTest::acknowledgedIsThere))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("does not come back after a power cut before ")
        .hasMessageContaining(", names lost: ")
        .hasMessageContaining("A second run failed, too.")
        .hasMessageContaining("\").withPowerCuts()")
        .hasMessageContaining("Changed by the power cut:\n");
  }

  /** What is acknowledged is secured, while others write. */
  @Test
  void securedStateSurvivesEachPowerCut() {
    counters("sync .;", 2).withBudget(12, 3).check(PowerCutTest::acknowledgedIsThere);
  }

  /** Six threads secure records in as many ways; RENAME, the third, keeps the last one only. */
  @Test
  @Tag("full")
  void noAcknowledgedRecordIsLostInARandomPowerCut() throws Exception {
    Path program = CProgram.build(built, "points", "-pthread");
    for (int i = 0; i < 6; i++) {
      Files.createFile(temporary.resolve("f" + i));
    }
    long seed = Long.getLong("seed", System.nanoTime());
    AtomicInteger records = new AtomicInteger();
    CrashPoints.of(Program.of(program.toString(), "ledgers", ".", "x"), temporary)
        .withPowerCuts()
        .withMissedPoints(1)
        .withBudget(Integer.getInteger("crashes", 40), seed)
        .check(
            run -> {
              List<String> acknowledged = new ArrayList<>();
              run.during(
                  launch -> {
                    launch.awaitExit(Duration.ofMinutes(4));
                    launch.stdout().lines().forEach(acknowledged::add);
                  });
              acknowledged.remove("end");
              records.addAndGet(acknowledged.size());
              Map<String, String> secured = files(run.directory());
              for (String record : acknowledged) {
                if (record.startsWith("2 ")) {
                  assertThat(secured.get("f2")).as("seed " + seed).isGreaterThanOrEqualTo(record);
                } else {
                  assertThat(secured.toString()).as("seed " + seed).contains(record);
                }
              }
            });
    assertThat(records).hasPositiveValue();
  }

  @Test
  void powerCutIsRefusedWhereASyncMayBeMissed() throws Exception {
    Path program = CProgram.build(temporary, "points", "-pthread");
    CrashPoints ring = CrashPoints.of(Program.of(program.toString(), "paths", ".", "x"), temporary);
    assertThatThrownBy(() -> ring.withPowerCuts().check(run -> run.during(Launch::awaitExit)))
        .isInstanceOf(UnsupportedSystemException.class)
        .hasMessageContaining("Power cuts are impossible here")
        .hasMessageContaining("1 rings of io_uring(7)");
  }
}
