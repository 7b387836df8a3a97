package io.github.subreaper.internal.junit.engines;

import io.github.subreaper.internal.junit.scopes.EnginesRun;
import org.jspecify.annotations.Nullable;
import org.spockframework.runtime.extension.IGlobalExtension;
import org.spockframework.runtime.extension.IMethodInvocation;
import org.spockframework.runtime.model.FeatureInfo;
import org.spockframework.runtime.model.SpecInfo;
import spock.lang.Stepwise;

/**
 * Has the features of Spock 2 fail for what they leave, where {@link PlatformGuard} acts. A feature
 * of a {@link Stepwise} specification fails the run, since the next ones would not run. Spock finds
 * this class by itself; on the class path only.
 *
 * @since 0.1.0
 */
public final class SpockGuard implements IGlobalExtension {
  /** Creates an extension, for Spock. */
  public SpockGuard() {}

  @Override
  public void start() {} // abstract in Spock 1

  @Override
  public void stop() {}

  @Override
  public void visitSpec(SpecInfo spec) {
    if (spec.isAnnotationPresent(Stepwise.class)) {
      return;
    }
    for (FeatureInfo feature : spec.getAllFeatures()) { // around all other interceptors
      feature.getInterceptors().add(0, one -> intercept(one, !isUnrolled(one)));
      feature.getIterationInterceptors().add(0, one -> intercept(one, isUnrolled(one)));
    }
  }

  /** Returns whether each iteration is a test; other extensions decide that later. */
  private static boolean isUnrolled(IMethodInvocation invocation) {
    return invocation.getFeature().isReportIterations();
  }

  private static void intercept(IMethodInvocation invocation, boolean isTest) throws Throwable {
    if (!isTest || !EnginesRun.isAnyWatched()) {
      invocation.proceed();
      return;
    }
    Throwable thrown = null;
    try {
      invocation.proceed();
    } catch (Throwable e) {
      thrown = e;
    }
    throwFirst(thrown, end(thrown));
  }

  private static @Nullable AssertionError end(@Nullable Throwable thrown) {
    OpenScope test = OpenScope.currentTest();
    if (test == null) {
      return null;
    }
    if (thrown != null) {
      test.test().failed(thrown);
    }
    return test.end();
  }

  private static void throwFirst(@Nullable Throwable thrown, @Nullable AssertionError leak)
      throws Throwable {
    if (thrown != null && leak != null) {
      thrown.addSuppressed(leak);
    }
    Throwable first = thrown != null ? thrown : leak;
    if (first != null) {
      throw first;
    }
  }
}
