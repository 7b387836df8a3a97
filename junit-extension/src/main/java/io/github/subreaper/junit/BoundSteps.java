package io.github.subreaper.junit;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs each method of a test class bound to its scope, on whatever thread JUnit runs it: a timeout
 * with {@code SEPARATE_THREAD} takes one of its own.
 */
interface BoundSteps extends InvocationInterceptor {

  /** Runs a step in the scope of its context. */
  <T extends @Nullable Object> T inScope(
      Invocation<T> step, @Nullable Method method, ExtensionContext context) throws Throwable;

  @Override
  default void interceptBeforeAllMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context);
  }

  @Override
  default void interceptBeforeEachMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context);
  }

  @Override
  default void interceptTestMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context);
  }

  @Override
  default void interceptTestTemplateMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context);
  }

  @Override
  default <T> T interceptTestFactoryMethod(
      Invocation<T> step, ReflectiveInvocationContext<Method> method, ExtensionContext context)
      throws Throwable {
    return inScope(step, method.getExecutable(), context);
  }

  @Override
  default void interceptDynamicTest(
      Invocation<@Nullable Void> step, DynamicTestInvocationContext test, ExtensionContext context)
      throws Throwable {
    inScope(step, null, context);
  }

  @Override
  default void interceptAfterEachMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context);
  }

  @Override
  default void interceptAfterAllMethod(
      Invocation<@Nullable Void> step,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    inScope(step, method.getExecutable(), context);
  }
}
