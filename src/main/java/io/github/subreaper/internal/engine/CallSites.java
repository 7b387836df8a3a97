package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.FlightLog.StackLine;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds the line of a stack that helps a user most: the innermost that is no library's. */
public final class CallSites {
  private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

  private static final String JUNIT = "org.junit.";

  /** These start processes or run tests for other code, so the line of their caller is shown. */
  private static final List<String> LIBRARIES =
      List.of(
          JUNIT,
          "org.assertj.",
          "org.awaitility.",
          "org.apache.commons.exec.",
          "org.zeroturnaround.exec.",
          "org.codehaus.plexus.util.cli.",
          "io.zonky.test.db.",
          "redis.embedded.",
          "org.codehaus.groovy.runtime.",
          "org.apache.groovy.",
          "groovy.lang.",
          "kotlin.",
          "scala.sys.process.");

  private static final StackWalker WALKER = StackWalker.getInstance();

  private static final String SELF = CallSites.class.getName();

  private CallSites() {}

  /**
   * Returns the innermost line of the calling thread that is not to be skipped; null if there is
   * none.
   *
   * @param own whether a class, by its name, is the caller's own
   */
  public static @Nullable StackTraceElement ofCaller(Predicate<String> own) {
    return WALKER.walk(
        frames ->
            frames
                .filter(frame -> !frame.getClassName().equals(SELF))
                .filter(frame -> !own.test(frame.getClassName()) && isTelling(frame.getClassName()))
                .findFirst()
                .map(StackWalker.StackFrame::toStackTraceElement)
                .orElse(null));
  }

  /**
   * Returns the line for a recorded stack. If only libraries are on it, as on a thread of theirs,
   * that is the innermost of them. The recorder does not name the source file, so the class does.
   */
  static @Nullable StackTraceElement of(List<StackLine> stack) {
    StackTraceElement telling = innermost(stack, CallSites::isTelling);
    return telling != null
        ? telling
        : innermost(stack, type -> isSource(type) && !type.startsWith(JUNIT));
  }

  private static @Nullable StackTraceElement innermost(
      List<StackLine> stack, Predicate<String> shown) {
    for (StackLine one : stack) {
      String type = one.frame().type();
      if (shown.test(type)) {
        return new StackTraceElement(
            type, one.frame().method(), sourceFile(type), Math.max(-1, one.line()));
      }
    }
    return null;
  }

  private static String sourceFile(String type) {
    String simple = type.substring(type.lastIndexOf('.') + 1);
    int nested = simple.indexOf('$', 1);
    return (nested < 0 ? simple : simple.substring(0, nested)) + ".java";
  }

  private static boolean isTelling(String type) {
    return isSource(type) && !startsWithAny(type, LIBRARIES);
  }

  /** Returns whether a class has source lines: the JVM makes one for each lambda that has none. */
  private static boolean isSource(String type) {
    return !startsWithAny(type, JDK) && !type.contains("$$Lambda");
  }

  private static boolean startsWithAny(String type, List<String> prefixes) {
    for (String prefix : prefixes) {
      if (type.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }
}
