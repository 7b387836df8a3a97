package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import org.junit.jupiter.api.Test;

/** Processes that may outlive their scope, {@link ScopeOptions#withSurvivors}. */
class AllowedSurvivorTest extends EndFixture {
  @Test
  void allowedSurvivorIsNoLeakBeforeTheEndEither() throws Exception {
    Supervisor inner = scope.open("inner", unsettled().withSurvivors("sleep " + mark));
    ambient("exec sleep MARK");
    Descendant kept = inner.awaitDescendant("sleep " + mark);
    ambient("exec sleep MARK.5");
    Descendant leaked = inner.awaitDescendant("sleep " + mark + ".5");
    assertThat(inner.leaks()).containsExactly(leaked).doesNotContain(kept);
  }

  @Test
  void survivorMayBeNamedByTheBaseNameOfItsProgram() throws Exception {
    Supervisor inner = scope.open("inner", PATIENT.withSurvivors("sleep " + mark));
    ambient("exec $(command -v sleep) MARK");
    Descendant kept = inner.awaitDescendant("*/sleep " + mark);
    assertThat(inner.end().isClean()).isTrue();
    assertThat(kept.isAlive()).isTrue();
  }

  @Test
  void survivorMovesToTheSessionAndItsHandlesKeepWorking() throws Exception {
    Supervisor test = scope.open("test", PATIENT.withSurvivors("sh -c*keep*"));
    Launch launch =
        launch(
            test,
            "mkfifo go; (sh -c 'read x < go; echo later keep; sleep MARK; :' &);"
                + " (sleep MARK &); exit 0");
    Descendant survivor = launch.awaitOrphan("sh -c read*");
    Descendant other = launch.awaitOrphan("sleep*");
    ScopeReport report = test.end();

    assertThat(report.isClean()).isTrue();
    assertEnded(other, TERMINATED, Ending.STOP_SIGNAL);
    assertThat(survivor.isAlive()).isTrue();
    assertThat(survivor.scope()).isEqualTo("session");
    assertThat(subreaper.descendants()).contains(survivor);
    assertThat(test.tree().size()).isZero();
    go("go");
    assertThat(launch.awaitOutput("later keep")).isEqualTo("later keep");
    Await.until(() -> survivor.children().size() == 1);
    Descendant child = survivor.children().get(0);
    assertThat(child.scope()).as("born after the end").isEqualTo("session");
    assertThat(child.signal(Signal.KILL)).isTrue();
    assertThat(survivor.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(survivor.ending()).contains(Ending.BY_ITSELF);
  }

  @Test
  void survivorEndsWithTheSession() throws Exception {
    Supervisor test = scope.open("test", PATIENT.withSurvivors("sleep*"));
    Launch launch = launch(test, "(sleep MARK &); exit 0");
    Process process = ambient("exec sleep MARK");
    Await.until(() -> test.tree().find("sleep*").size() == 2);
    Descendant launched = launch.awaitOrphan();
    assertThat(test.end().isClean()).isTrue();
    assertThat(scope.end().isClean()).isTrue();
    assertThat(launched.isAlive() && process.isAlive()).isTrue();
    subreaper.close();
    assertEnded(launched, TERMINATED, Ending.STOP_SIGNAL);
    assertThat(process.waitFor()).isEqualTo(143);
  }

  @Test
  void survivorCanBeStoppedByItsLaunch() {
    Supervisor test = scope.open("test", PATIENT.withSurvivors("sleep*"));
    Launch launch = launch(test, "exec sleep MARK");
    Await.until(() -> launch.process().name().equals("sleep"));
    test.close();
    assertThat(launch.isAlive()).isTrue();
    assertThat(launch.stop().isClean()).isTrue();
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
  }
}
