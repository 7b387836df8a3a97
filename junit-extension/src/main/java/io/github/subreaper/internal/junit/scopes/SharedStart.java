package io.github.subreaper.internal.junit.scopes;

import java.util.List;

/** Recognizes starts whose processes outlive the test that happens to be the first to need them. */
final class SharedStart {
  /** Prefixes of class names. They hold what they start until the JVM or its contexts end. */
  private static final List<String> SHARING =
      List.of(
          "org.springframework.test.context.cache.",
          "org.junit.platform.engine.support.store.",
          "org.junit.jupiter.engine.execution.NamespaceAwareStore",
          "io.zonky.test.db.postgres.embedded.PreparedDbProvider");

  /** Begins what runs the test: frames around it are on each stack. */
  private static final List<String> RUNNERS =
      List.of("org.junit.platform.engine.support.hierarchical.", "org.junit.platform.launcher.");

  private SharedStart() {}

  /**
   * Returns whether a process was started for more than one test.
   *
   * @param stack of its start, innermost frame first; empty if unknown
   */
  static boolean is(List<StackTraceElement> stack) {
    for (StackTraceElement frame : stack) {
      if (isAny(RUNNERS, frame)) {
        return false;
      }
      if (frame.getMethodName().equals("<clinit>") || isAny(SHARING, frame)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAny(List<String> prefixes, StackTraceElement frame) {
    return prefixes.stream().anyMatch(frame.getClassName()::startsWith);
  }
}
