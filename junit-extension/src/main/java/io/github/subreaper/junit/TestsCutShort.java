package io.github.subreaper.junit;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The names of the tests that were skipped, or have failed or were aborted: whether they would leak
 * is not known. Needs nothing of the core.
 */
final class TestsCutShort {
  private final Set<String> names = ConcurrentHashMap.newKeySet();

  TestsCutShort() {}

  Set<String> names() {
    return names;
  }

  static void add(ExtensionContext context) {
    of(context).add(ScopeName.of(context));
  }

  /** Returns those of the whole run, also those that come later. */
  static Set<String> of(ExtensionContext context) {
    return JUnitVersion.sessionStore(context, TestsCutShort.class)
        .getOrComputeIfAbsent(TestsCutShort.class, key -> new TestsCutShort(), TestsCutShort.class)
        .names;
  }
}
