package io.github.subreaper.junit;

import java.util.Arrays;
import org.testng.IInvokedMethod;
import org.testng.IInvokedMethodListener;
import org.testng.ITestNGMethod;
import org.testng.ITestResult;

/**
 * Has TestNG's tests fail for what they leave, where {@link PlatformGuard} acts. The engine says
 * that a test has ended before its {@code @AfterMethod} runs; where there is one, what the test
 * leaves fails the run. TestNG finds it by itself; on the class path only.
 *
 * @since 0.1.0
 */
public final class TestNgGuard implements IInvokedMethodListener {
  /** Creates a listener, for TestNG. */
  public TestNgGuard() {}

  @Override
  public void beforeInvocation(IInvokedMethod method, ITestResult result) {
    if (PlatformListener.isActive() && !method.getTestMethod().isAfterMethodConfiguration()) {
      OpenScope.endKeptTest();
    }
  }

  @Override
  public void afterInvocation(IInvokedMethod method, ITestResult result) {
    OpenScope test =
        PlatformListener.isActive() && method.isTestMethod() ? OpenScope.currentTest() : null;
    if (test == null) {
      return;
    }
    if (hasMethodsAfter(result)) {
      test.keep();
      return;
    }
    Throwable thrown = result.getThrowable();
    if (thrown != null) {
      test.test().failed(thrown);
    }
    AssertionError leak = test.end();
    if (leak != null && thrown != null) {
      thrown.addSuppressed(leak);
    } else if (leak != null) {
      result.setStatus(ITestResult.FAILURE);
      result.setThrowable(leak);
    }
  }

  private static boolean hasMethodsAfter(ITestResult result) {
    ITestNGMethod[] after = result.getMethod().getTestClass().getAfterTestMethods();
    return Arrays.stream(after).findAny().isPresent();
  }
}
