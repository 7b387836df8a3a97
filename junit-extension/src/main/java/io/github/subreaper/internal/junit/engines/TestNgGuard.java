package io.github.subreaper.internal.junit.engines;

import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.internal.junit.scopes.EnginesRun;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.testng.IInvokedMethod;
import org.testng.IInvokedMethodListener;
import org.testng.IRetryAnalyzer;
import org.testng.ITestNGMethod;
import org.testng.ITestResult;
import org.testng.xml.XmlSuite.ParallelMode;

/**
 * Has TestNG's tests fail for what they leave, where {@link PlatformGuard} acts. The engine says
 * that a test has ended before its {@code @AfterMethod} runs; where there is one, what the test
 * leaves fails the run. So does what is left by one that others depend on, that is retried, or that
 * is skipped: the engine still reports that as skipped. TestNG finds this class by itself; on the
 * class path only.
 *
 * @since 0.1.0
 */
public final class TestNgGuard implements IInvokedMethodListener {
  private static final AtomicBoolean LOGGED = new AtomicBoolean();

  /** Creates a listener, for TestNG. */
  public TestNgGuard() {
    if (Boolean.getBoolean("subreaper.guard")
        && !EnginesRun.isOnPlatform()
        && !LOGGED.getAndSet(true)) {
      System.getLogger("io.github.subreaper.junit")
          .log(
              WARNING,
              "subreaper: not watched, though the guard is on: TestNG runs these tests without the"
                  + " JUnit Platform. To fix: let Surefire 3.6 or later run them");
    }
  }

  @Override
  public void beforeInvocation(IInvokedMethod method, ITestResult result) {
    if (!EnginesRun.isAnyWatched()) {
      return;
    }
    if (result.getTestContext().getCurrentXmlTest().getParallel() != ParallelMode.NONE) {
      EnginesRun.setParallelClasses();
    }
    if (!method.getTestMethod().isAfterMethodConfiguration()) {
      OpenScope.endKeptTest();
    }
  }

  @Override
  public void afterInvocation(IInvokedMethod method, ITestResult result) {
    OpenScope test =
        EnginesRun.isAnyWatched() && method.isTestMethod() ? OpenScope.currentTest() : null;
    if (test == null) {
      return;
    }
    ITestNGMethod its = result.getMethod();
    Throwable thrown = result.getThrowable();
    if (thrown != null && result.getStatus() != ITestResult.SUCCESS) { // else it was expected
      test.test().failed(thrown);
    }
    if (its.getTestClass().getAfterTestMethods().length > 0) {
      test.keep();
      return;
    }
    AssertionError leak = test.end();
    if (leak != null
        && (result.getStatus() == ITestResult.SKIP
            || isRetried(its, result)
            || isNeeded(its, result))) {
      test.fail(leak);
    } else {
      fail(result, thrown, leak);
    }
  }

  private static boolean isRetried(ITestNGMethod method, ITestResult result) {
    IRetryAnalyzer retry = method.getRetryAnalyzer(result);
    return retry != null && !retry.getClass().getSimpleName().equals("DisabledRetryAnalyzer");
  }

  /** Returns whether other methods would not run if this one failed. */
  private static boolean isNeeded(ITestNGMethod method, ITestResult result) {
    String name = method.getRealClass().getName() + "." + method.getMethodName();
    List<String> groups = List.of(method.getGroups());
    return Arrays.stream(result.getTestContext().getAllTestMethods())
        .anyMatch(
            other ->
                Arrays.asList(other.getMethodsDependedUpon()).contains(name)
                    || Arrays.stream(other.getGroupsDependedUpon()).anyMatch(groups::contains));
  }

  private static void fail(
      ITestResult result, @Nullable Throwable thrown, @Nullable AssertionError leak) {
    if (leak == null) {
      return;
    }
    if (thrown != null && result.getStatus() == ITestResult.FAILURE) {
      thrown.addSuppressed(leak);
      return;
    }
    if (thrown != null) {
      leak.addSuppressed(thrown);
    }
    result.setStatus(ITestResult.FAILURE);
    result.setThrowable(leak);
  }
}
