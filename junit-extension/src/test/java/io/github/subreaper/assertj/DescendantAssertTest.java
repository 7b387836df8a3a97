package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.Failures.assertEachIsInterrupted;
import static io.github.subreaper.assertj.Failures.assertEachNullFails;
import static io.github.subreaper.assertj.Failures.assertEachThrows;
import static io.github.subreaper.assertj.Failures.assertFails;
import static io.github.subreaper.assertj.RealScope.ended;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.catchThrowable;
import static io.github.subreaper.assertj.SubreaperAssertions.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;
import static io.github.subreaper.waits.Await.LONG;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.waits.Await;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DescendantAssertTest {
  @AutoClose private final RealScope scope = new RealScope();

  private Descendant sleep() {
    return sleepIn(scope.patient());
  }

  private static Descendant sleepIn(Supervisor supervisor) {
    return supervisor.launch("sleep", "1000").process();
  }

  private Descendant sh(String script) {
    return scope.sh(script).process();
  }

  @Test
  void isAliveFailsForAProcessThatHasEnded() {
    Descendant sleep = sleep();
    assertThat(sleep).isAlive();
    ended(sleep);

    assertFails(sleep, "to be alive\nbut it is not: killed by SIGKILL", it -> it.isAlive());
  }

  @Test
  void hasEndedFailsForALivingProcess() {
    Descendant sleep = sleep();

    assertFails(sleep, "to have ended\nbut it is alive", it -> it.hasEnded());
    assertThat(ended(sleep)).hasEnded();
  }

  @Test
  void aZombieHasEnded() {
    Descendant parent = sh("sleep 1000 & exec sleep 1001");
    assertThat(parent).hasChildren(1).hasName("*");
    Descendant child = RealScope.sleepBelow(parent);
    Await.until(() -> parent.name().equals("sleep"));

    child.signal(Signal.KILL);

    Await.until(() -> !child.isAlive());
    assertThat(child.exitStatus()).as("a status, which no process has read").isEmpty();
    assertThat(child).hasEnded();
  }

  @Test
  void anAdoptedProcessIsAnOrphanAlsoWhenItHasEnded() {
    Launch launch = scope.sh("sleep 1000 &");
    Descendant orphan = launch.awaitOrphan();

    assertThat(orphan).isOrphan();
    assertThat(ended(orphan)).isOrphan();
  }

  @Test
  void isOrphanFailsForALaunchedProcess() {
    Descendant sleep = sleep();

    assertThatThrownBy(() -> assertThat(sleep).isOrphan())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Expecting %s\nto be an orphan\nbut this JVM has not adopted it; its parent: ",
            Naming.of(sleep));
  }

  @Test
  void isOrphanFailsForAChildAndNamesItsParent() {
    Descendant parent = sh("sleep 1000 & wait");
    assertThat(parent).hasChildren(1);
    Descendant child = RealScope.sleepBelow(parent);

    assertFails(
        child,
        "to be an orphan\nbut this JVM has not adopted it; its parent: " + Naming.of(parent),
        it -> it.isOrphan());
  }

  @Test
  void hasNamePassesForNameAndCommandLine() {
    assertThat(sleep()).hasName("sleep").hasName("sl??p").hasName("sleep 1000").hasName("* 1000");
  }

  @Test
  void hasNameFailsForAnotherName() {
    Descendant sleep = sleep();

    assertFails(
        sleep,
        "to have a name or command line that matches the glob `nginx*`\n"
            + "but its command line is `sleep 1000`",
        it -> it.hasName("nginx*"));
    assertFails(
        sleep,
        "to have a name or command line that matches the glob `.*1000$`\n"
            + "but its command line is `sleep 1000`\n(`*1000` matches: a glob is compared with all"
            + " of a name or command line, and `*` stands for any text)",
        it -> it.hasName(".*1000$"));
  }

  @Test
  void hasChildrenWaitsForThem() {
    assertThat(sh("sleep 1000 & sleep 1000 & wait")).hasChildren(2);
    assertThat(sh("sleep 0.05 & wait; exec sleep 1000")).hasChildren(0);
  }

  @Test
  void hasChildrenFailsWhenTheTimeIsOver() {
    Descendant sleep = sleepIn(scope.impatient());

    assertFails(
        sleep, "to have 1 child\nbut after 0.050 s it has no children", it -> it.hasChildren(1));
  }

  @Test
  void hasChildrenFailsAtOnceWhenTheProcessHasEnded() {
    Descendant sleep = ended(sleep());

    assertFails(
        sleep,
        "to have 2 children\nbut it has ended before: killed by SIGKILL",
        it -> it.hasChildren(2));
    assertThat(sleep).hasChildren(0);
  }

  @Test
  void hasChildrenWithinWaitsForTheGivenTime() {
    Descendant parent =
        scope.impatient().launch("sh", "-c", "sleep 1000 & sleep 1000 & wait").process();
    assertThat(parent).hasChildrenWithin(LONG, 2).hasChildrenWithin(Duration.ZERO, 2);
    Descendant sleep = sleep();

    assertFails(
        sleep,
        "to have 1 child\nbut after 0.050 s it has no children",
        it -> it.hasChildrenWithin(RealScope.SHORT, 1));
    assertFails(
        sleep,
        "to have 1 child\nbut after 0.000 s it has no children",
        it -> it.hasChildrenWithin(Duration.ZERO, 1));
  }

  @Test
  void isRespawnedWithinWaitsForTheReplacement() {
    Descendant master = sh("while :; do sleep 1000; done");
    assertThat(master).hasChildren(1);
    Descendant worker = RealScope.sleepBelow(master);

    worker.signal(Signal.KILL);

    assertThat(worker).isRespawnedWithin(LONG);
  }

  @Test
  void isRespawnedWithinFailsWithTheMessageOfTheWait() {
    Descendant sleep = sleep();

    Throwable wait = catchThrowable(() -> sleep.awaitRespawn(Duration.ZERO));

    assertThatThrownBy(() -> assertThat(sleep).isRespawnedWithin(Duration.ZERO))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(String.valueOf(wait.getMessage()).lines().findFirst().orElseThrow())
        .hasMessageStartingWith(
            "Waited 0.000 s for a process to take the place of sleep 1000 (pid %d), which is"
                + " still alive.\n",
            sleep.pid());
  }

  @Test
  void aSiblingThatIsOlderIsNoReplacement() {
    Descendant master = sh("sleep 1000 & sleep 1000 & wait; exec sleep 1000");
    assertThat(master).hasChildren(2);
    Descendant first = ended(RealScope.sleepBelow(master));

    assertThatThrownBy(() -> assertThat(first).isRespawnedWithin(RealScope.SHORT))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void isRespawnedWithinFailsAtOnceWhenNoProcessCanStartAReplacement() {
    Descendant master = sh("sleep 1000 & wait; exit 3");
    assertThat(master).hasChildren(1);
    Descendant worker = ended(RealScope.sleepBelow(master));
    assertThat(master).exitsWith(3);

    assertThatThrownBy(() -> assertThat(worker).isRespawnedWithin(LONG))
        .isInstanceOf(AssertionError.class)
        .message()
        .startsWith("No process can take the place of sleep")
        .containsPattern(
            "\\(pid "
                + worker.pid()
                + "\\), which .+: every process that could start one has ended\\.\n");
  }

  @Test
  void exitsWithWaitsForTheEnd() {
    assertThat(sh("sleep 0.05; exit 7")).exitsWith(7).exitsWith(exited(7));
    assertThat(sh("kill -TERM $$")).exitsWith(signaled(Signal.TERM));
  }

  @Test
  void exitsWithIgnoresTheCoreFlag() {
    assertThat(sh("ulimit -c 0; kill -SEGV $$")).exitsWith(signaled(Signal.SEGV, true));
  }

  @Test
  void exitsWithFailsForAnotherStatus() {
    Descendant sh = sh("echo no such config >&2; exit 3");

    assertFails(sh, "to end with: exited 0\nbut it ended with: exited 3", it -> it.exitsWith(0));
    assertThatThrownBy(() -> assertThat(sh).exitsWith(0)).hasMessageContaining("no such config");
  }

  @Test
  void exitsWithExplainsHowShellsReportDeathBySignal() {
    Descendant sh = sh("sleep 1000 & kill -TERM $!; wait $!");

    assertFails(
        sh,
        "to end with: killed by SIGTERM\nbut it ended with: exited 143\n(143 is 128 + 15: shells"
            + " report death by SIGTERM this way, and so do programs that imitate them)",
        it -> it.exitsWith(signaled(Signal.TERM)));
  }

  @Test
  void exitsWithFailsWithTheMessageOfTheWait() {
    Descendant sleep = sleepIn(scope.impatient());

    String waited = "Waited 0.050 s for the end of sleep 1000 (pid " + sleep.pid() + ").\n";
    assertThatThrownBy(() -> assertThat(sleep).exitsWith(0))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(waited);
    assertThatThrownBy(() -> assertThat(sleep).exitsWith(signaled(Signal.TERM)))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(waited);
  }

  @Test
  void exitsWithinReturnsAssertionsOnTheStatus() {
    assertThat(sh("exit 7")).exitsWithin(LONG).with(exited(7)).isExited(7);
    assertThat(sh("kill -KILL $$")).exitsWithin(LONG).isSignaled(Signal.KILL);
  }

  @Test
  void exitsWithinZeroChecksOnce() {
    Descendant sleep = sleep();
    assertThatThrownBy(() -> assertThat(sleep).exitsWithin(Duration.ZERO))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "Waited 0.000 s for the end of sleep 1000 (pid %d).\n", sleep.pid());

    assertThat(ended(sleep)).exitsWithin(Duration.ZERO).isSignaled(Signal.KILL);
  }

  @Test
  void theStatusAfterExitsWithinShowsTheProcess() {
    Descendant sh = sh("exit 3");

    assertFails(
        sh,
        "to end with: exited 0\nbut it ended with: exited 3",
        it -> it.exitsWithin(LONG).with(exited(0)));
    assertThatThrownBy(() -> assertThat(sh).as("master").exitsWithin(LONG).isExited(0))
        .hasMessageStartingWith("[master] Expecting sh (pid ");
    assertThatThrownBy(() -> assertThat(sh).withFailMessage("no").exitsWithin(LONG).isExited(0))
        .hasMessage("no");
  }

  @Test
  void descriptionAndMessageOfTheUserAreKept() {
    Descendant sleep = sleep();

    assertThatThrownBy(() -> assertThat(sleep).as("the %s", "master").hasName("x"))
        .hasMessageStartingWith("[the master] Expecting sleep (pid ");
    assertThatThrownBy(() -> assertThat(sleep).as("master").exitsWithin(Duration.ZERO))
        .hasMessageStartingWith("[master] ");
    assertThatThrownBy(() -> assertThat(sleep).withFailMessage("no").hasName("x"))
        .isInstanceOf(AssertionError.class)
        .hasMessage("no");
  }

  @Test
  void theStackBeginsInTheTest() {
    Descendant sleep = sleep();

    for (ThrowingCallable assertion :
        new ThrowingCallable[] {
          () -> assertThat(sleep).hasName("x"), () -> assertThat(sleep).exitsWithin(Duration.ZERO)
        }) {
      assertThat(catchThrowable(assertion).getStackTrace()[0].getClassName())
          .isEqualTo(getClass().getName());
    }
  }

  @Test
  void anInterruptEndsTheWaitWithTheFlagSet() {
    Descendant sleep = sleep();

    assertEachIsInterrupted(
        () -> assertThat(sleep).exitsWith(0),
        () -> assertThat(sleep).exitsWithin(LONG),
        () -> assertThat(sleep).isRespawnedWithin(LONG),
        () -> assertThat(sleep).hasChildren(1),
        () -> assertThat(sleep).hasChildrenWithin(LONG, 1));
    assertThat(sleep).isAlive();
  }

  @Test
  void nullProcessIsAFailure() {
    assertEachNullFails(
        () -> assertThat((Descendant) null).isAlive(),
        () -> assertThat((Descendant) null).hasChildren(1),
        () -> assertThat((Descendant) null).exitsWithin(Duration.ZERO));
  }

  @Test
  void badArgumentsThrowIllegalArgumentException() {
    DescendantAssert sleep = assertThat(sleep());
    Duration negative = Duration.ofNanos(-1);

    assertEachThrows(
        IllegalArgumentException.class,
        () -> sleep.exitsWithin(negative),
        () -> sleep.isRespawnedWithin(negative),
        () -> sleep.hasChildren(-1),
        () -> sleep.hasChildrenWithin(Duration.ZERO, -1),
        () -> sleep.hasChildrenWithin(negative, 1),
        () -> sleep.usedLessThan(negative),
        () -> sleep.exitsWith(256));
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullArgumentsThrowNullPointerException() {
    DescendantAssert sleep = assertThat(sleep());

    assertEachThrows(
        NullPointerException.class,
        () -> sleep.hasName(null),
        () -> sleep.hasChildrenWithin(null, 1),
        () -> sleep.usedLessThan(null),
        () -> sleep.exitsWith((ExitStatus) null),
        () -> sleep.exitsWithin(null),
        () -> sleep.isRespawnedWithin(null));
  }
}
