package io.github.subreaper.internal.engine.scan;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static io.github.subreaper.testing.Linux.lastPid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.LastPid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Other programs of the machine may fork at any time, so a test can't expect that no process is
 * born.
 */
class BirthsTest {
  private static final int NUMBERS = 32_768;

  @AutoClose private final LastPid lastPid = KERNEL.lastPid();
  private final Births births =
      new Births(TIME, lastPid::read, KERNEL.procfs.largestPid(), pid -> true, pid -> false);

  private final Set<Integer> gone = new HashSet<>();
  private final Set<Integer> ours = new HashSet<>();

  private final List<Integer> asked = new ArrayList<>();
  private final List<Integer> askedWhose = new ArrayList<>();
  private int latest = 1000;
  private long now;
  private final Births made = made(NUMBERS);

  private Births made(int numbers) {
    Time time =
        new Time() {
          @Override
          public long nanos() {
            return now;
          }
        };
    return new Births(
        time,
        () -> latest,
        numbers,
        pid -> {
          asked.add(pid);
          return !gone.contains(pid);
        },
        pid -> {
          askedWhose.add(pid);
          return ours.contains(pid);
        });
  }

  @Test
  void nothingIsCertainBeforeTheFirstWatch() {
    assertThat(births.none()).isFalse();
    assertThat(births.noneOfOurs()).isFalse();
  }

  /** On any machine there is some moment without a birth between two questions. */
  @Test
  void noBirthIsReportedWhereNoProcessWasBorn() {
    assumeTrue(lastPid() > 0, "a kernel without ns_last_pid");
    assumeTrue(KERNEL.procfs.largestPid() >= NUMBERS, "few numbers");
    boolean certain = false;
    for (int i = 0; i < 100_000 && !certain; i++) {
      births.watch();
      certain = births.none();
    }
    assertThat(certain).isTrue();
  }

  @RepeatedTest(20)
  void processThatCameAndWentCountsAsABirth() throws Exception {
    births.watch();
    new ProcessBuilder("true").start().waitFor();
    assertThat(births.none()).isFalse();
    assertThat(births.none()).as("it is not forgotten").isFalse();
  }

  @Test
  void birthOfAnothersProcessIsNoneOfOurs() {
    made.watch();
    latest++;
    assertThat(made.noneOfOurs()).isTrue();
    latest++;
    assertThat(made.none()).as("where any birth counts").isFalse();
    assertThat(made.noneOfOurs()).as("after that").isFalse();
  }

  @Test
  void birthOfAChildIsNotForgotten() {
    made.watch();
    latest++;
    ours.add(latest);
    assertThat(made.noneOfOurs()).isFalse();
    ours.clear();
    assertThat(made.noneOfOurs()).isFalse();
  }

  /** A parent that has ended by then has left its child to this JVM. */
  @Test
  void parentsAreAskedAboutBeforeTheirChildrenAlsoWhereThePidsGoRound() {
    latest = NUMBERS - 2;
    made.watch();
    asked.clear();
    latest = 2;
    assertThat(made.noneOfOurs()).isTrue();
    assertThat(asked).containsExactly(NUMBERS - 1, 1, 2);
  }

  @Test
  void whatIsBornWhileOthersAreAskedAboutIsAskedAboutToo() {
    made.watch();
    latest++;
    int parent = latest;
    Births forking =
        new Births(
            TIME,
            () -> latest,
            NUMBERS,
            pid -> {
              latest = parent + 1; // it forks, and has ended
              return pid != parent;
            },
            pid -> true);
    latest--;
    forking.watch();
    latest = parent;
    assertThat(forking.noneOfOurs()).isFalse();
  }

  @Test
  void forkThatTookItsPidBeforeTheWatchIsNoticedWhenItsChildIsBorn() {
    gone.add(latest - 3);
    made.watch();
    assertThat(made.none()).isTrue();
    gone.clear();
    assertThat(made.none()).isFalse();
  }

  @Test
  void forkThatTookItsPidBeforeAQuestionIsNoticedWhenItsChildIsBorn() {
    made.watch();
    latest++;
    gone.add(latest);
    assertThat(made.noneOfOurs()).isTrue();
    gone.clear();
    assertThat(made.noneOfOurs()).isFalse();
  }

  /** Whose a process is takes as long to find out as to scan it. */
  @Test
  void aWatchDoesNotAskWhoseTheLatestAre() {
    made.watch();
    assertThat(asked).hasSize(8);
    assertThat(askedWhose).isEmpty();
    latest++;
    assertThat(made.noneOfOurs()).isTrue();
    assertThat(askedWhose).containsExactly(latest);
  }

  @Test
  void nothingIsCertainWhereMoreWereBornThanAreAskedAbout() {
    made.watch();
    latest += 1000;
    assertThat(made.noneOfOurs()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"32768, 20000000", "65536, 40000000", "4194304, 1000000000"})
  void nothingIsCertainOnceThePidsMayHaveGoneRound(int numbers, long round) {
    Births births = made(numbers);
    births.watch();
    now += round - 1;
    assertThat(births.noneOfOurs()).isTrue();
    now += round;
    assertThat(births.noneOfOurs()).isFalse();
  }

  @Test
  void latestProcessIsKnownToHaveNoneBornAfterIt() throws Exception {
    assumeTrue(lastPid() > 0, "a kernel without ns_last_pid");
    boolean certain = false;
    for (int i = 0; i < 1000 && !certain; i++) {
      Process latest = new ProcessBuilder("cat").start();
      certain = births.noneAfter((int) latest.pid());
      latest.destroyForcibly().waitFor();
    }
    assertThat(certain).isTrue();
  }

  @RepeatedTest(20)
  void processThatHasForkedIsNotTheLatest() throws Exception {
    Process parent = new ProcessBuilder("sh", "-c", "(exit 0); echo; exec cat").start();
    try {
      assertThat(parent.getInputStream().read()).isEqualTo('\n');
      assertThat(births.noneAfter((int) parent.pid())).isFalse();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }
}
