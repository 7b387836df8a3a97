package io.github.subreaper.internal.junit.jupiter;

import io.github.subreaper.internal.junit.scopes.TestsCutShort;
import io.github.subreaper.internal.junit.settings.ConfigurableExtension;
import io.github.subreaper.internal.junit.settings.ResolvedSettings;
import io.github.subreaper.internal.junit.settings.Settings;
import java.lang.reflect.Method;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;

/**
 * What the extension does when JUnit calls it. It is a class of its own, so that users see only how
 * they register and set the extension.
 */
public abstract class ExtensionCallbacks extends ConfigurableExtension {
  protected ExtensionCallbacks(Settings settings) {
    super(settings);
  }

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Unguarded unguarded = Unguarded.at(context);
    if (unguarded == null) {
      JupiterGuard.prepare(context);
    }
    return (unguarded != null
            ? unguarded.reasonToSkip(context)
            : UnsupportedSystem.reasonToSkip(context))
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(
            () ->
                ConditionEvaluationResult.enabled(
                    unguarded != null ? "nothing is guarded" : "orphans can be adopted"));
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (guards(context)) {
      JupiterGuard.beforeAll(context);
    }
  }

  @Override
  public void preConstructTestInstance(
      TestInstanceFactoryContext instance, ExtensionContext context) {
    if (!ResolvedSettings.needInstance(context) && guards(context)) {
      JupiterGuard.begin(context);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (guards(context)) {
      JupiterGuard.beforeEach(context);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return Unguarded.needsGuard(parameter.getParameter()) && ActiveExtension.is(this, context);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Unguarded unguarded = Unguarded.at(context);
    if (unguarded != null) {
      throw unguarded.refused(parameter.getParameter());
    }
    return JupiterGuard.resolve(parameter, context);
  }

  @Override
  public void interceptBeforeAllMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context, "before");
  }

  @Override
  public void interceptBeforeEachMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context, "before");
  }

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context, "test");
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context, "test");
  }

  @Override
  public <T> T interceptTestFactoryMethod(
      Invocation<T> step, ReflectiveInvocationContext<Method> method, ExtensionContext context)
      throws Throwable {
    return inScope(step, method.getExecutable(), context, "test");
  }

  @Override
  public void interceptDynamicTest(
      Invocation<@Nullable Void> step, DynamicTestInvocationContext test, ExtensionContext context)
      throws Throwable {
    inScope(step, null, context, context.getDisplayName());
  }

  @Override
  public void interceptAfterEachMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context, "after");
  }

  @Override
  public void interceptAfterAllMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context, "after");
  }

  /**
   * Runs a step with its thread bound to the scope of the test. Every step is bound by itself,
   * since JUnit may use another thread for it: a timeout with {@code SEPARATE_THREAD} does.
   */
  private <T extends @Nullable Object> T inScope(
      Invocation<T> step, @Nullable Method method, ExtensionContext context, String phase)
      throws Throwable {
    return guards(context) ? JupiterGuard.run(step, method, context, phase) : step.proceed();
  }

  /** Terminates what was launched. The store of the context judges the rest when it closes. */
  @Override
  public void afterEach(ExtensionContext context) {
    if (guards(context)) {
      JupiterGuard.endLaunches(context);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (guards(context)) {
      JupiterGuard.endLaunches(context);
    }
  }

  /** What it would have leaked is not known. */
  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    TestsCutShort.add(context);
  }

  /** Asks for the system last: without need nothing is activated, and nothing loaded. */
  private boolean guards(ExtensionContext context) {
    return ActiveExtension.is(this, context) && Unguarded.at(context) == null;
  }
}
