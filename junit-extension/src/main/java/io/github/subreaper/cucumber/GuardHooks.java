package io.github.subreaper.cucumber;

import io.cucumber.java.After;
import io.cucumber.java.Scenario;
import io.github.subreaper.internal.junit.engines.EngineSupport;

/**
 * Has the scenarios of Cucumber fail for what they leave, where the suite is guarded. Its package
 * has to be among the glue: {@code cucumber.glue = com.acme,io.github.subreaper.cucumber}.
 *
 * @since 0.1.0
 */
public final class GuardHooks {
  /** Creates hooks, for Cucumber. */
  public GuardHooks() {}

  /**
   * Judges what a scenario has left, after all other hooks.
   *
   * @param scenario one that has failed already is judged with the run
   */
  @After(order = Integer.MIN_VALUE)
  public void judge(Scenario scenario) {
    if (!scenario.isFailed()) {
      EngineSupport.judgeTest();
    }
  }
}
