package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.RunningTest;
import java.lang.StackWalker.StackFrame;
import java.lang.reflect.Method;
import java.security.CodeSource;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Finds the test that calls an assertion: the one to which a framework has bound the thread, else
 * the nearest method on the stack that is neither the library's nor AssertJ's nor the JDK's.
 */
public final class CallingTest {
  private static final StackWalker STACK =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private static final Pattern OTHERS =
      Pattern.compile(
          "(org\\.assertj|net\\.bytebuddy|org\\.junit|org\\.opentest4j|jdk|java|sun)\\..*"
              + "|.*\\$ByteBuddy\\$.*"); // proxies of soft assertions

  /** Those of the same JAR file, since tests of ours have such names, too. */
  private static final Pattern OURS =
      Pattern.compile("io\\.github\\.subreaper\\.(internal\\.)?assertj\\..*");

  /** Names that javac and kotlinc give lambdas; those of other compilers name no method. */
  private static final Pattern LAMBDA =
      Pattern.compile("lambda\\$(?<java>[^$]+)\\$\\d+|(?<kotlin>[^$]+)\\$lambda.*|lambda\\$\\d+");

  private CallingTest() {}

  /**
   * Returns the test.
   *
   * @throws AssertionError if there is none on the stack
   */
  public static RunningTest find() {
    return Access.get().runningTest().orElseGet(CallingTest::onTheStack);
  }

  private static RunningTest onTheStack() {
    return STACK
        .walk(
            frames ->
                frames
                    .filter(frame -> !isOfALibrary(frame.getDeclaringClass()))
                    .flatMap(frame -> test(frame).stream())
                    .findFirst())
        .orElseThrow(
            () ->
                new AssertionError(
                    "No test calls this assertion in thread \""
                        + Thread.currentThread().getName()
                        + "\", so its file is unknown. To fix: call it in the thread of the test."));
  }

  private static boolean isOfALibrary(Class<?> type) {
    return AbstractAssert.class.isAssignableFrom(type)
        || OTHERS.matcher(type.getName()).matches()
        || (OURS.matcher(type.getName()).matches()
            && Objects.equals(source(type), source(CallingTest.class)));
  }

  private static @Nullable CodeSource source(Class<?> type) {
    return type.getProtectionDomain().getCodeSource();
  }

  /** Returns the method that is called or that contains the lambda or anonymous class. */
  private static Optional<RunningTest> test(StackFrame frame) {
    Class<?> type = frame.getDeclaringClass();
    String method = frame.getMethodName();
    while (type.isAnonymousClass() || type.isLocalClass()) {
      Method outer = type.getEnclosingMethod();
      Class<?> enclosing = type.getEnclosingClass();
      method = outer == null ? "<init>" : outer.getName();
      type = enclosing;
    }
    Matcher lambda = LAMBDA.matcher(method);
    if (lambda.matches()) {
      method = Objects.requireNonNullElse(lambda.group("java"), lambda.group("kotlin"));
    }
    if (method == null || method.startsWith("<")) {
      return Optional.empty();
    }
    return Optional.of(
        RunningTest.of(type, method, ApprovedFile.of(type) + "." + method + "()")
            .withApproval(Boolean.getBoolean("subreaper.approve")));
  }
}
