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
    if (PlatformScopes.areOpen() && !method.getTestMethod().isAfterMethodConfiguration()) {
      PlatformScopes.concludeKeptTest();
    }
  }

  @Override
  public void afterInvocation(IInvokedMethod method, ITestResult result) {
    if (!PlatformScopes.areOpen() || !method.isTestMethod()) {
      return;
    }
    if (hasMethodsAfter(result)) {
      PlatformScopes.keepTest();
      return;
    }
    AssertionError leak = PlatformScopes.concludeTest(result.getThrowable());
    if (leak == null) {
      return;
    }
    if (result.getThrowable() != null) {
      result.getThrowable().addSuppressed(leak);
    } else {
      result.setStatus(ITestResult.FAILURE);
      result.setThrowable(leak);
    }
  }

  private static boolean hasMethodsAfter(ITestResult result) {
    ITestNGMethod[] after = result.getMethod().getTestClass().getAfterTestMethods();
    return Arrays.stream(after).findAny().isPresent();
  }
}
