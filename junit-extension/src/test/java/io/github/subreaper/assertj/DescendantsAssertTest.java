package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.RealScope.ended;
import static io.github.subreaper.assertj.SubreaperAssertions.DESCENDANT;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatDescendants;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.fail;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;

import io.github.subreaper.Descendant;
import io.github.subreaper.Signal;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DescendantsAssertTest {
  @AutoClose private final RealScope scope = new RealScope();
  private final SubreaperSoftAssertions softly = new SubreaperSoftAssertions();

  private Descendant sleep() {
    return scope.patient().launch("sleep", "1000").process();
  }

  private Descendant exited7() {
    Descendant process = scope.sh("exit 7").process();
    process.awaitExit();
    return process;
  }

  @Test
  void allExitedWithPassesForTheSameStatus() {
    assertThatDescendants(List.of(exited7(), exited7()))
        .allExitedWith(exited(7))
        .allExitedWith(exited(7))
        .hasSize(2);
    assertThatDescendants(List.of(ended(sleep()))).allExitedWith(signaled(Signal.KILL));
    assertThatDescendants(List.of()).allExitedWith(exited(0));
  }

  @Test
  void allExitedWithNamesProcessesThatEndedOtherwise() {
    Descendant alive = sleep();
    Descendant killed = ended(sleep());
    assertThatThrownBy(
            () -> assertThatDescendants(List.of(exited7(), alive, killed)).allExitedWith(exited(7)))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting 3 processes
            to have all ended with: exited 7
            but 2 did not:
               %s: alive
               %s: killed by SIGKILL

            """,
            Naming.of(alive), Naming.of(killed));
  }

  @Test
  void allExitedWithASignalNamesProcessesThatEndedOtherwise() {
    Descendant exited = exited7();
    assertThatThrownBy(
            () ->
                assertThatDescendants(List.of(ended(sleep()), exited))
                    .allExitedWith(signaled(Signal.KILL)))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting 2 processes
            to have all ended with: killed by SIGKILL
            but 1 did not:
               %s: exited 7

            """,
            Naming.of(exited));
  }

  @Test
  void noneAlivePassesIfAllHaveEnded() {
    assertThatDescendants(List.of(exited7(), ended(sleep()))).noneAlive();
  }

  @Test
  void noneAliveNamesTheLivingProcesses() {
    Descendant alive = sleep();
    assertThatThrownBy(() -> assertThatDescendants(List.of(exited7(), alive)).noneAlive())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting 2 processes
            to have all ended
            but 1 is alive:
               %s: alive

            """,
            Naming.of(alive));
  }

  @Test
  void allAliveNamesTheProcessesThatHaveEnded() {
    Descendant alive = sleep();
    Descendant ended = exited7();
    assertThatDescendants(List.of(alive, sleep())).allAlive();
    assertThatDescendants(List.of()).allAlive();
    assertThatThrownBy(() -> assertThatDescendants(List.of(alive, ended)).allAlive())
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting 2 processes
            to be all alive
            but 1 is not:
               %s: exited 7

            """,
            Naming.of(ended));
  }

  @Test
  void allHaveNameNamesTheOthers() {
    Descendant sleep = sleep();
    Descendant other = exited7();
    assertThatDescendants(List.of(sleep, sleep())).allHaveName("sleep").allHaveName("sleep 1*");
    assertThatDescendants(List.of()).allHaveName("sleep");
    assertThatThrownBy(() -> assertThatDescendants(List.of(sleep, other)).allHaveName("sleep"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting 2 processes
            to have all a name or command line that matches the glob `sleep`
            but 1 has not:
               %s: `sh -c exit 7`

            """,
            Naming.of(other));
  }

  @Test
  void anyHasNameShowsTheNamesThatThereAre() {
    Descendant sleep = sleep();
    assertThatDescendants(List.of(exited7(), sleep)).anyHasName("sleep").anyHasName("sh *");
    assertThatThrownBy(() -> assertThatDescendants(List.of(sleep)).anyHasName("slee"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            """
            Expecting processes
            to include one with a name or command line that matches the glob `slee`
            but there is 1:
               %s: `sleep 1000`
            (`slee*` matches: a glob is compared with all of a name or command line, and `*` stands\
             for any text)

            """,
            Naming.of(sleep));
    assertThatThrownBy(() -> assertThatDescendants(List.of()).anyHasName("*"))
        .hasMessageEndingWith("matches the glob `*`\nbut there are none");
  }

  @Test
  void elementsReturnAssertionsOnOneProcess() {
    Descendant one = sleep();
    Descendant other = exited7();
    DescendantsAssert both = assertThatDescendants(List.of(one, other));
    both.first().isEqualTo(one).isAlive();
    both.last().exitsWith(7);
    both.element(1).isEqualTo(other);
    both.filteredOn(Descendant::isAlive).singleElement().hasName("sleep");
    assertThatThrownBy(() -> both.as("the workers").element(0).hasName("nginx"))
        .hasMessageStartingWith("[the workers] Expecting " + Naming.of(one));
  }

  @Test
  void missingElementIsAFailure() {
    Descendant one = sleep();
    assertThatThrownBy(() -> assertThatDescendants(List.of()).first())
        .isInstanceOf(AssertionError.class)
        .hasMessage("Expecting processes\nto have a first one\nbut there are none");
    assertThatThrownBy(() -> assertThatDescendants(List.of()).last())
        .hasMessage("Expecting processes\nto have a last one\nbut there are none");
    assertThatThrownBy(() -> assertThatDescendants(List.of(one)).element(1))
        .hasMessage(
            "Expecting processes\nto have an element 1\nbut there is 1:\n   %s: alive",
            Naming.of(one));
    assertThatThrownBy(() -> assertThatDescendants(List.of(one, one)).singleElement())
        .hasMessage(
            "Expecting processes\nto be a single one\nbut there are 2:\n   %1$s: alive\n   %1$s: alive",
            Naming.of(one));
    assertThatThrownBy(() -> assertThatDescendants(null).first())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("not to be null");
  }

  @Test
  void assertJsOwnListAssertionsStillWork() {
    Descendant one = sleep();
    assertThat(List.of(one))
        .containsExactly(one)
        .extracting(Descendant::name)
        .containsExactly("sleep");
    assertThat(List.of(one)).first(DESCENDANT).isAlive();
  }

  @Test
  void softAssertionsOnThemAreCollected() {
    Descendant one = sleep();
    softly.assertThatDescendants(List.of(one)).noneAlive().allExitedWith(exited(0)).hasSize(2);
    softly.assertThatDescendants(List.of(one)).allAlive().allHaveName("sleep");
    softly.assertThatDescendants(List.of(one)).allHaveName("x").anyHasName("x");
    softly.assertThatDescendants(List.of(one)).first().isAlive().hasName("nginx").isOrphan();
    softly.assertThatDescendants(List.of(one)).last().exitsWithin(Duration.ZERO).isExited(1);
    assertThat(softly.errorsCollected()).hasSize(8);
  }

  @Test
  void nothingIsCheckedAfterAMissingElement() {
    softly
        .assertThatDescendants(List.of())
        .first()
        .isAlive()
        .hasName("x")
        .satisfies(process -> fail("called with " + process))
        .exitsWithin(Duration.ZERO)
        .isExited(1);
    assertThat(softly.errorsCollected()).hasSize(1);
    assertThat(softly.errorsCollected().get(0)).hasMessageContaining("to have a first one");
  }
}
