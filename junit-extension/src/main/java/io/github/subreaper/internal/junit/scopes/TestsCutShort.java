package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.internal.junit.settings.JUnitVersion;
import io.github.subreaper.internal.junit.settings.ScopeName;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The names of the tests that were skipped, or have failed or were aborted: whether they would leak
 * is not known. Needs nothing of the core.
 */
public final class TestsCutShort {
  private final Set<String> names = ConcurrentHashMap.newKeySet();

  public TestsCutShort() {}

  public Set<String> names() {
    return names;
  }

  public static void add(ExtensionContext context) {
    of(context).add(ScopeName.of(context));
  }

  /** Returns those of the whole run, also those that come later. */
  static Set<String> of(ExtensionContext context) {
    return JUnitVersion.sessionStore(context, TestsCutShort.class)
        .getOrComputeIfAbsent(TestsCutShort.class, key -> new TestsCutShort(), TestsCutShort.class)
        .names;
  }
}
