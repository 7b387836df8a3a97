package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.assertj.SubreaperAssertions.exited;
import static io.github.subreaper.assertj.SubreaperAssertions.fail;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;
import static io.github.subreaper.waits.Await.LONG;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedSuccessfully;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.assertj.core.api.Condition;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.SoftAssertions;
import org.assertj.core.api.junit.jupiter.InjectSoftAssertions;
import org.assertj.core.api.junit.jupiter.SoftAssertionsExtension;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.testkit.engine.EngineTestKit;

@Timeout(60)
class SubreaperSoftAssertionsTest {
  @AutoClose private final RealScope scope = new RealScope();
  private final SubreaperSoftAssertions softly = new SubreaperSoftAssertions();

  private Launch sleep() {
    return scope.patient().launch("sleep", "1000");
  }

  private Launch exit7() {
    return scope.sh("exit 7");
  }

  @Test
  void passingAssertionsCollectNothing() {
    Launch sleep = sleep();

    softly.assertThat(sleep).hasStdout("").hasStderrMatching("x", 0).isAlive().hasNoOrphans();
    softly.assertThat(sleep.process()).isAlive().hasName("sleep").hasChildren(0);
    softly.assertThat(sleep.tree()).contains("sleep").hasSize(1).doesNotContain("x");
    softly.assertThat(scope.impatient()).hasNoProcesses().hasNoLeaks();
    softly.assertThat(exit7()).exitsWith(7).exitsWithin(LONG).with(exited(7)).isExited(7);
    softly.assertThat(exited(7)).isExited(7);
    softly.assertThat("AssertJ's own").startsWith("AssertJ");

    softly.assertAll();
  }

  @Test
  void allFailuresAreCollected() {
    Launch sleep = sleep();

    softly.assertThat(sleep).hasStdout("x").hasStderrMatching("y").exitsWithin(Duration.ZERO);
    softly.assertThat(sleep).hasEnded().isReady(Ready.output("z"));
    softly.assertThat(sleep.process()).hasName("x").isOrphan().exitsWithin(Duration.ZERO);
    softly.assertThat(sleep.process()).isDaemonized(Convention.UMASK).isDaemonized();
    softly.assertThat(sleep).listensOnWithin(Duration.ZERO, 1).doesNotListenOn(1);
    softly.assertThat(sleep.tree()).contains("x").isEmpty();
    softly.assertThat(scope.patient()).hasNoProcesses();
    softly.assertThat(exited(7)).isExited(0).dumpedCore();
    softly.assertThat(1).isEqualTo(2);

    assertThat(softly.errorsCollected()).hasSize(17);
    assertThatThrownBy(softly::assertAll)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("to have printed on stdout:")
        .hasMessageContaining("a line in which the regex /y/ is found")
        .hasMessageContaining("/z/")
        .hasMessageContaining("to be an orphan")
        .hasMessageContaining("to be daemonized")
        .hasMessageContaining("to listen on port 1")
        .hasMessageContaining(" to contain a process with ")
        .hasMessageContaining("to have no living processes")
        .hasMessageContaining("to have dumped core");
  }

  @Test
  void nothingIsCheckedAfterAnExitsWithinThatFailed() {
    softly.assertThat(sleep().process()).exitsWithin(Duration.ZERO).with(exited(0)).isExited(1);
    softly.assertThat(sleep()).exitsWithin(Duration.ZERO).isSignaled(Signal.TERM).dumpedCore();

    assertThat(softly.errorsCollected()).hasSize(2);
    assertThat(softly.wasSuccess()).isFalse();
  }

  @Test
  void nothingIsCalledAfterAnExitsWithinThatFailed() {
    Consumer<Object> calls = status -> fail("called with " + status);
    Condition<Object> condition =
        new Condition<>(
            status -> {
              throw new IllegalStateException("called with " + status);
            },
            "none");

    softly
        .assertThat(sleep())
        .exitsWithin(Duration.ZERO)
        .as("nothing")
        .satisfies(calls::accept)
        .satisfiesAnyOf(calls::accept, calls::accept)
        .satisfies(condition)
        .is(condition)
        .isNot(condition)
        .has(condition)
        .doesNotHave(condition)
        .matches(status -> condition.matches(status))
        .matches(status -> condition.matches(status), "none")
        .doesNotMatch(status -> condition.matches(status))
        .doesNotMatch(status -> condition.matches(status), "none")
        .isInstanceOfSatisfying(ExitStatus.Exited.class, calls::accept)
        .isNull();
    softly.assertThat(sleep()).exitsWithin(Duration.ZERO).asString().isEqualTo("x");
    softly
        .assertThat(sleep())
        .exitsWithin(Duration.ZERO)
        .asInstanceOf(InstanceOfAssertFactories.type(ExitStatus.Exited.class))
        .isEqualTo(exited(0));

    assertThat(softly.errorsCollected()).hasSize(3);
  }

  @Test
  void theStatusAfterExitsWithinIsSoftAndShowsTheProcess() {
    Launch launch = exit7();

    softly.assertThat(launch).as("launcher").exitsWithin(LONG).isExited(0).isExited(1);
    softly.assertThat(launch.process()).exitsWithin(LONG).with(signaled(Signal.TERM));

    assertThat(softly.errorsCollected()).hasSize(3);
    assertThat(softly.errorsCollected().get(0))
        .hasMessageStartingWith(
            "[launcher] Expecting %s\nto end with: exited 0\nbut it ended with: exited 7\n\n",
            Naming.of(launch));
    assertThat(softly.errorsCollected().get(2))
        .hasMessageStartingWith(
            "Expecting %s\nto end with: killed by SIGTERM\n", Naming.of(launch.process()));
  }

  @Test
  void failuresNameTheirLineInTheTest() {
    softly.assertThat(sleep()).exitsWithin(Duration.ZERO);
    softly.assertThat(sleep()).hasStdout("x");
    softly.assertThat(sleep().process()).hasName("x");
    softly.assertThat(exit7()).exitsWithin(LONG).isExited(0);

    assertThat(softly.errorsCollected())
        .hasSize(4)
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .hasMessageContaining(
                        "at SubreaperSoftAssertionsTest.failuresNameTheirLineInTheTest("));
  }

  @Test
  void nullIsAFailureLikeAnyOther() {
    softly.assertThat((Descendant) null).isAlive().exitsWithin(Duration.ZERO).isExited(0);
    softly.assertThat((Launch) null).hasNoOrphans().exitsWithin(Duration.ZERO).isExited(0);
    softly.assertThat((ProcessTree) null).isEmpty();
    softly.assertThat((Supervisor) null).hasNoProcesses().hasNoLeaks();
    softly.assertThat((ExitStatus) null).isExited(0).dumpedCore();

    assertThat(softly.errorsCollected())
        .hasSize(9)
        .allSatisfy(failure -> assertThat(failure).hasMessageContaining("not to be null"));
  }

  @Test
  void badArgumentsAndInterruptsAreThrownAtOnce() {
    Launch sleep = sleep();

    assertThatThrownBy(() -> softly.assertThat(sleep).exitsWithin(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> softly.assertThat(sleep.process()).listensOn(0))
        .isInstanceOf(IllegalArgumentException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> softly.assertThat(sleep).listensOn(Path.of("/x.sock")))
        .isInstanceOf(WaitInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
    softly.assertAll();
  }

  @Test
  void assertClassesWorkWithAssertJsOwnSoftAssertions() {
    SoftAssertions plain = new SoftAssertions();
    Descendant sleep = sleep().process();

    plain.proxy(DescendantAssert.class, Descendant.class, sleep).isAlive().hasName("x").isOrphan();

    assertThat(plain.errorsCollected()).hasSize(2);
  }

  @Test
  void theyAreInjectedByAssertJsExtension() {
    EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(InjectedTestCases.class))
        .execute()
        .testEvents()
        .assertThatEvents()
        .haveExactly(1, event(test("passes"), finishedSuccessfully()))
        .haveExactly(
            1,
            event(
                test("failsTwice"),
                finishedWithFailure(
                    message(text -> text.contains("to end with: exited 1")),
                    message(text -> text.contains("to end with: exited 2")))));
  }

  @ExtendWith(SoftAssertionsExtension.class)
  static class InjectedTestCases {
    @InjectSoftAssertions private SubreaperSoftAssertions softly;

    @Test
    void passes() {
      softly.assertThat(exited(0)).isExited(0);
    }

    @Test
    void failsTwice(SubreaperSoftAssertions parameter) {
      softly.assertThat(exited(0)).isExited(1);
      parameter.assertThat(exited(0)).isExited(2);
    }
  }
}
