package io.github.subreaper.internal.junit.jupiter;

import io.github.subreaper.Launch;
import io.github.subreaper.UnsupportedSystemException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor.Invocation;
import org.junit.jupiter.api.extension.ParameterContext;

/**
 * What the extension does where a test is guarded. It is a class of its own, so that nothing of the
 * core is loaded where none is: see {@link Unguarded}.
 */
public final class JupiterGuard {
  private JupiterGuard() {}

  public static void beforeAll(ExtensionContext context) {
    try {
      TestScope.of(context).begin();
      DaemonParameters.startStatic(context);
    } catch (UnsupportedSystemException e) {
      // beforeEach and resolve throw it again: the settings of the test decide
    }
  }

  public static void begin(ExtensionContext context) {
    try {
      TestScope.of(context).begin();
    } catch (UnsupportedSystemException e) {
      // beforeEach and resolve throw it again: the settings of the test decide
    }
  }

  public static void beforeEach(ExtensionContext context) {
    try {
      TestScope.of(context).begin();
      DaemonParameters.startForTest(context);
    } catch (UnsupportedSystemException e) {
      throw UnsupportedSystem.failure(e, context);
    }
  }

  public static Object resolve(ParameterContext parameter, ExtensionContext context) {
    try {
      return parameter.getParameter().getType() == Launch.class
          ? DaemonParameters.resolve(parameter, context)
          : TestScope.of(context).supervisor();
    } catch (UnsupportedSystemException e) {
      throw UnsupportedSystem.failure(e, context);
    }
  }

  public static <T extends @Nullable Object> T run(
      Invocation<T> step, @Nullable Method method, ExtensionContext context, String phase)
      throws Throwable {
    try {
      return TestScope.around(context).run(step::proceed, method, phase);
    } catch (NoClassDefFoundError e) {
      throw withArtifact(e);
    }
  }

  /** A class of assertions cannot say it itself: it is not loaded without AssertJ. */
  private static NoClassDefFoundError withArtifact(NoClassDefFoundError e) {
    if (!String.valueOf(e.getMessage()).startsWith("org/assertj/core/")) {
      return e;
    }
    NoClassDefFoundError said =
        new NoClassDefFoundError(
            e.getMessage()
                + ": AssertJ is not on the class path. To fix: add org.assertj:assertj-core"
                + " (version 3)");
    said.setStackTrace(e.getStackTrace());
    said.initCause(e.getCause());
    return said;
  }

  public static void timedOut(ExtensionContext context, Thread waiting) {
    TimedOut.log(
        context,
        TestScope.openAround(context),
        waiting,
        waits -> TestScope.around(context).timedOut(waits));
  }

  /**
   * Stores the scope before other extensions store anything: values are closed in reverse order, so
   * what the test leaves is judged after all other cleanup.
   */
  public static void prepare(ExtensionContext context) {
    TestScope.of(context);
  }

  /** Terminates what was launched, before {@code @TempDir} removes its files. */
  public static void endLaunches(ExtensionContext context) {
    TestScope.of(context).endLaunches();
  }
}
