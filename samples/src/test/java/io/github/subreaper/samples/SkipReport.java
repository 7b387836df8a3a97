package io.github.subreaper.samples;

import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Lists at the end which tests were skipped, and why; Surefire only counts them. */
public final class SkipReport implements TestExecutionListener {
  private final Set<String> skipped = new TreeSet<>();

  @Override
  public synchronized void executionSkipped(TestIdentifier test, String reason) {
    skipped.add(nameOf(test) + ": " + reason);
  }

  @Override
  public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      executionSkipped(
          test, result.getThrowable().map(Throwable::getMessage).orElse("no reason given"));
    }
  }

  private static String nameOf(TestIdentifier test) {
    return test.getSource()
        .map(
            source ->
                source instanceof MethodSource method
                    ? method.getJavaClass().getSimpleName() + "." + method.getMethodName()
                    : test.getDisplayName())
        .orElse(test.getDisplayName());
  }

  @Override
  public synchronized void testPlanExecutionFinished(TestPlan plan) {
    skipped.forEach(test -> System.out.println("skipped: " + test));
  }
}
