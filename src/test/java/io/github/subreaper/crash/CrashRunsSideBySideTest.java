package io.github.subreaper.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several crash runs at once find what one after the other finds, and leave nothing. */
@Timeout(300)
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
@Tag("slow")
class CrashRunsSideBySideTest {
  private static final String READ = "n=$(cat state); [ \"$n\" ] || exit 9; ";
  private static final String IN_PLACE = READ + "echo 2 >state; echo 3 >state; true";
  private static final String REPLACED = READ + "echo 2 >new; mv new state";

  @TempDir private Path prepared;
  private final Queue<Path> copies = new ConcurrentLinkedQueue<>();
  private List<Long> before = List.of();

  private static List<Long> children() {
    return ProcessHandle.current().descendants().map(ProcessHandle::pid).sorted().toList();
  }

  @BeforeEach
  void prepare() throws IOException {
    Files.writeString(prepared.resolve("state"), "1\n");
    before = children();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(copies).isNotEmpty().allMatch(Files::notExists);
    assertThat(children()).isEqualTo(before);
    // such a thread has done all, and may yet be there
    Await.until(
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("subreaper crash run")));
  }

  private CrashPoints points(String script) {
    return CrashPoints.of(Program.of("sh", "-c", script), prepared);
  }

  private void comesBack(CrashRun run) throws Exception {
    copies.add(run.directory());
    run.during(Launch::awaitExit);
    run.recover(launch -> assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0)));
  }

  /** Each failure, without pids and durations. */
  private List<String> failures(CrashPoints points) {
    Throwable first = catchThrowable(() -> points.check(this::comesBack));
    List<Throwable> all = new ArrayList<>();
    if (first != null) {
      all.add(first);
      all.addAll(Arrays.asList(first.getSuppressed()));
    }
    return all.stream()
        .map(failure -> String.valueOf(failure.getMessage()))
        // A pid has four digits or more, and so has what is written of it.
        .map(text -> text.replaceAll("\\d+\\.\\d+ s|\\b\\d{2,}\\b|\\d(?= bytes|\\), by)", "N"))
        .map(text -> text.replaceAll("(?s)The recovery:.*", ""))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {IN_PLACE, REPLACED})
  void failuresAreTheSameInTheSameOrder(String script) {
    assertSameFailures(script, 4);
    assertThatThrownBy(() -> points(script).withRunsSideBySide(0))
        .hasMessage("at least one run is made at once: 0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mkdir lock || exit 8; echo 2 >new; mv new state; rmdir lock",
        "[ -e pid ] && exit 8; echo $$ >pid; echo 2 >new; mv new state; rm pid"
      })
  @Tag("full")
  void failuresOfLongerProgramsAreTheSame(String script) {
    assertSameFailures(script, 2, 4);
  }

  private void assertSameFailures(String script, int... runsAtOnce) {
    List<String> alone = failures(points(script));
    assertThat(alone.isEmpty()).isEqualTo(script.equals(REPLACED));
    for (int runs : runsAtOnce) {
      assertThat(failures(points(script).withRunsSideBySide(runs)))
          .as(runs + " runs")
          .isEqualTo(alone);
    }
  }

  private static boolean isRecording(CrashRun run) {
    return run.point().equals("recording");
  }

  @Test
  void runsOverlapAndWhatTheyStartByThemselvesIsTheirs() {
    assertOverlap(2);
  }

  @Test
  @Tag("full")
  void fourRunsOverlapAsTwoDo() {
    assertOverlap(4);
  }

  private void assertOverlap(int runs) {
    CountDownLatch all = new CountDownLatch(runs);
    points(REPLACED + "; sleep 1000 & setsid sleep 1001 &")
        .withMissedPoints(1) // which of them ends first is not known
        .withRunsSideBySide(runs)
        .check(
            run -> {
              Process own = new ProcessBuilder("sleep", "1000").start();
              if (!isRecording(run)) {
                all.countDown();
                Await.until(() -> all.getCount() == 0);
                assertThat(own.isAlive()).isTrue(); // whatever run ends meanwhile
              }
              comesBack(run);
            });
  }

  @Test
  void missedPointsAreCountedInAll() {
    CrashPoints missing = points("mkdir d$(date +%s%N)x; rmdir d*");
    assertThat(failures(missing.withRunsSideBySide(4)))
        .hasSize(2)
        .allMatch(text -> text.contains("points were not reached in 3 runs each"));
    assertThat(failures(missing.withMissedPoints(1).withRunsSideBySide(4))).isEmpty();
  }

  private static String firstLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }

  @Test
  void firstFailureEndsTheOthers() {
    CrashPoints bad = points(IN_PLACE).withRunsSideBySide(2);
    Throwable all = catchThrowable(() -> bad.check(this::comesBack));
    Queue<String> begun = new ConcurrentLinkedQueue<>();
    AtomicBoolean failed = new AtomicBoolean();
    CrashRun.Action<CrashRun> body =
        run -> {
          if (failed.get() && !begun.contains(run.point())) {
            new CountDownLatch(1).await(); // the failure ends it
          }
          begun.add(run.point());
          try {
            comesBack(run);
          } catch (AssertionError e) {
            failed.set(failed.get() || firstLine(all).contains(String.valueOf(run.point())));
            throw e;
          }
        };
    Throwable first = catchThrowable(() -> bad.withStopAtFirstFailure().check(body));
    assertThat(failed).isTrue();
    assertThat(firstLine(first)).isEqualTo(firstLine(all));
    assertThat(first).hasNoSuppressedExceptions();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void interruptEndsAllAndLeavesNothing(boolean ofARun) {
    CountDownLatch all = new CountDownLatch(4);
    AtomicInteger runs = new AtomicInteger();
    Thread caller = Thread.currentThread();
    CrashRun.Action<CrashRun> body =
        run -> {
          if (isRecording(run)) {
            comesBack(run);
            return;
          }
          runs.incrementAndGet();
          copies.add(run.directory());
          run.during(
              launch -> {
                all.countDown();
                all.await();
                (ofARun ? Thread.currentThread() : caller).interrupt();
                new CountDownLatch(1).await();
              });
        };
    assertThatThrownBy(() -> points(REPLACED).withRunsSideBySide(4).check(body))
        .isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(runs.get()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void errorOfARunEndsAll() {
    String first = points(REPLACED).sweep().record(this::comesBack).get(0);
    CrashRun.Action<CrashRun> body =
        run -> {
          if (isRecording(run)) {
            comesBack(run);
          } else if (first.endsWith(" " + run.point())) {
            throw new StackOverflowError("made");
          } else {
            new CountDownLatch(1).await(); // until it is interrupted
          }
        };
    assertThatThrownBy(() -> points(REPLACED).withRunsSideBySide(2).check(body))
        .isInstanceOf(StackOverflowError.class);
    assertThat(Thread.interrupted()).isFalse();
  }
}
