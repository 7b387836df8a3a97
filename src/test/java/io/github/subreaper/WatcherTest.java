package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import com.sun.jna.ptr.IntByReference;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.BusyCores;
import io.github.subreaper.testing.CProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What lives and dies while no caller asks is recorded. A program forks processes, collects them,
 * and writes a ledger; until that is there, no code calls the library.
 *
 * <p>{@code -Dwatcher.table=FILE} measures the table of DESIGN.md, on a machine that does nothing
 * else.
 */
@Tag("slow")
class WatcherTest {
  private static final String TABLE = System.getProperty("watcher.table", "");

  private static final NativeLibrary C = NativeLibrary.getInstance(null);

  /** Built before a scope is open: so what is started at once is tested. */
  private static Path brief = Path.of("");

  private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor scope =
      subreaper.open(
          "WatcherTest",
          ScopeOptions.defaults().withGrace(Duration.ZERO).withSettle(Duration.ZERO));

  @TempDir private Path directory;
  private int ledgers;

  /** The children of native code, which nothing else collects. */
  private final List<Integer> natives = new ArrayList<>();

  /** One process of the ledger. */
  private record Life(long pid, Instant end, int code) {}

  /** What starts the program that forks. */
  enum Starter {
    LAUNCH,
    PROCESS_BUILDER,
    NATIVE_CODE
  }

  @BeforeAll
  static void build(@TempDir Path directory) throws Exception {
    brief = CProgram.build(directory, "brief");
  }

  @AfterEach
  void close() {
    subreaper.close();
    natives.forEach(pid -> C.getFunction("waitpid").invokeInt(new Object[] {pid, Pointer.NULL, 0}));
  }

  private void start(Starter starter, List<String> command) throws IOException {
    switch (starter) {
      case LAUNCH -> scope.launch(command.toArray(String[]::new));
      case PROCESS_BUILDER -> new ProcessBuilder(command).start();
      case NATIVE_CODE -> {
        IntByReference pid = new IntByReference();
        Object[] arguments = {
          pid,
          command.get(0),
          Pointer.NULL,
          Pointer.NULL,
          new StringArray(command.toArray(String[]::new)),
          new StringArray(new String[] {})
        };
        assertThat(C.getFunction("posix_spawn").invokeInt(arguments)).isZero();
        natives.add(pid.getValue());
      }
    }
  }

  /** Runs the program to its ledger. */
  private List<Life> lives(Starter starter, int count, int lifetimeMillis, int gapMillis)
      throws Exception {
    Path ledger = directory.resolve("ledger" + ledgers++);
    start(
        starter,
        List.of(
            brief.toString(), ledger.toString(), "" + count, "" + lifetimeMillis, "" + gapMillis));
    Await.until(() -> Files.exists(ledger));
    List<Life> lives = new ArrayList<>();
    for (String line : Files.readAllLines(ledger)) {
      long[] numbers = Arrays.stream(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
      Instant end = Instant.EPOCH.plus(numbers[1], ChronoUnit.MICROS);
      lives.add(new Life(numbers[0], end, (int) numbers[2]));
    }
    return lives;
  }

  private Optional<Descendant> find(Life life) {
    return scope.descendants().stream()
        .filter(one -> one.pid() == life.pid && one.startTime().isBefore(life.end))
        .max(Comparator.comparing(Descendant::startTime)); // earlier ones had the same pid
  }

  /** Where the kernel reports the status of what others collect (Linux 6.15). */
  private static boolean isStatusRight(Descendant process, Life life) {
    ExitStatus status = process.exitStatus().orElseThrow();
    return status.equals(ExitStatus.exited(life.code)) || status instanceof ExitStatus.Unknown;
  }

  private static Duration errorOfTheEnd(Descendant process, Life life) {
    return Duration.between(life.end, process.endedAt().orElseThrow()).abs();
  }

  /** The first ends 2.6 s before any code asks. */
  @ParameterizedTest
  @EnumSource
  void whatLivedForSecondsIsRecordedWithItsEnd(Starter starter) throws Exception {
    List<Life> lives = lives(starter, 3, 3_000, 1_300);

    assertThat(lives)
        .hasSize(3)
        .allSatisfy(
            life -> {
              Descendant process = find(life).orElseThrow();
              assertThat(process.name()).isEqualTo("brief");
              assertThat(process.parent())
                  .hasValueSatisfying(p -> assertThat(p.isAlive()).isTrue());
              assertThat(isStatusRight(process, life)).as("%s", process.exitStatus()).isTrue();
              assertThat(errorOfTheEnd(process, life)).isLessThan(Duration.ofSeconds(2));
            });
  }

  /** A new program in a process that was first seen before its exec. */
  @Test
  void programOfAProcessThatExecsLateIsTheLaterOne() throws Exception {
    Path over = directory.resolve("over");
    scope.launch(
        "sh", "-c", "(sleep 0.3; exec sleep 3) & wait; : >'" + over + "'; exec sleep 1000");
    Await.until(() -> Files.exists(over));

    assertThat(scope.descendants())
        .anyMatch(one -> one.commandLine().equals(List.of("sleep", "3")));
  }

  @Test
  void childrenOfAnOrphanThatDiesAreAdoptedAtOnce() throws Exception {
    String orphans =
        "for i in 1 2 3 4 5 6 7 8 9 10; do"
            + " (sh -c 'sleep 1000 & sleep 1; echo >>over' &); done";
    scope.launch(Program.of("sh", "-c", orphans).withDirectory(directory));
    Path over = directory.resolve("over");
    Await.until(() -> Files.exists(over) && Files.size(over) == 10);
    assertThat(new ProcessBuilder("sleep", "1").start().waitFor()).isZero(); // asks no library
    Instant asked = Instant.now();

    List<ProcessEvent> events = scope.journal().events();
    List<Duration> late =
        events.stream()
            .filter(one -> one instanceof ProcessEvent.Adopted && one.at().isBefore(asked))
            .filter(one -> one.process().commandLine().equals(List.of("sleep", "1000")))
            .flatMap(
                one ->
                    deathOfParent(one.process(), events)
                        .map(end -> Duration.between(end, one.at()))
                        .stream())
            .sorted()
            .toList();
    assertThat(late).hasSize(10);
    assertThat(late.get(5)).isLessThan(Duration.ofMillis(50)); // the others on a busy machine
  }

  private static Optional<Instant> deathOfParent(Descendant process, List<ProcessEvent> events) {
    return events.stream()
        .filter(one -> one instanceof ProcessEvent.Exited)
        .filter(one -> process.parent().equals(Optional.of(one.process())))
        .map(ProcessEvent::at)
        .findFirst();
  }

  @Test
  @Tag("full")
  void tableOfWhatIsSeen() throws Exception {
    StringBuilder table = new StringBuilder();
    table.append(
        "| CPUs | others alive | started by | lives for | seen | status | end, median | 99 % |\n");
    table.append("|---|---:|---|---:|---:|---:|---:|---:|\n");
    boolean all = !TABLE.isEmpty();
    int alive = 0;
    for (int others : all ? new int[] {1, 100, 500} : new int[] {1, 100}) {
      for (; alive < others; alive++) {
        scope.launch("sleep", "1000");
      }
      rows(table, "idle", others);
      if (all) {
        BusyCores.during(() -> rows(table, "all busy", others));
      }
    }
    System.out.println(table);
    if (all) {
      Files.writeString(Path.of(TABLE), table);
    }
  }

  private void rows(StringBuilder table, String cpus, int others) throws Exception {
    boolean all = !TABLE.isEmpty();
    for (Starter starter : Starter.values()) {
      for (int lifetime : all ? new int[] {50, 100, 200, 1_000} : new int[] {200, 3_000}) {
        List<Life> lives = lives(starter, all ? 100 : 20, lifetime, 23);
        List<Duration> errors = new ArrayList<>();
        int right = 0;
        for (Life life : lives) {
          Descendant process = find(life).orElse(null);
          if (process != null) {
            right += isStatusRight(process, life) ? 1 : 0;
            errors.add(errorOfTheEnd(process, life));
          }
        }
        errors.sort(null);
        table.append(
            String.format(
                "| %s | %d | %s | %d ms | %d of %d | %d | %.1f ms | %.1f ms |%n",
                cpus,
                others,
                starter,
                lifetime,
                errors.size(),
                lives.size(),
                right,
                percentile(errors, 50),
                percentile(errors, 99)));
        if (lifetime >= 3_000) { // a machine that stops this JVM for so long can't run any test
          assertThat(errors).as(table.toString()).hasSameSizeAs(lives);
        }
        assertThat(right).as(table.toString()).isEqualTo(errors.size());
      }
    }
  }

  private static double percentile(List<Duration> sorted, int percent) {
    return sorted.isEmpty()
        ? Double.NaN
        : sorted.get((sorted.size() - 1) * percent / 100).toNanos() / 1e6;
  }
}
