package io.github.subreaper.junit;

import org.jspecify.annotations.Nullable;
import org.spockframework.runtime.extension.IGlobalExtension;
import org.spockframework.runtime.extension.IMethodInvocation;
import org.spockframework.runtime.model.FeatureInfo;
import org.spockframework.runtime.model.SpecInfo;

/**
 * Has the features of Spock fail for what they leave, where {@link PlatformGuard} acts. Spock finds
 * it by itself; on the class path only.
 *
 * @since 0.1.0
 */
public final class SpockGuard implements IGlobalExtension {
  /** Creates an extension, for Spock. */
  public SpockGuard() {}

  @Override
  public void visitSpec(SpecInfo spec) {
    for (FeatureInfo feature : spec.getAllFeatures()) {
      feature.getIterationInterceptors().add(0, SpockGuard::intercept); // around all others
    }
  }

  private static void intercept(IMethodInvocation iteration) throws Throwable {
    Throwable thrown = null;
    try {
      iteration.proceed();
    } catch (Throwable e) {
      thrown = e;
    }
    throwFirst(thrown, PlatformListener.isActive() ? end(thrown) : null);
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
