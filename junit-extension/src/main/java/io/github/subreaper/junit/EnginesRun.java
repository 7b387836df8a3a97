package io.github.subreaper.junit;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The engines whose tests have run in a launcher session. Needs nothing of the core. */
final class EnginesRun {
  static final String JUPITER = "junit-jupiter";

  private final Set<String> ran = ConcurrentHashMap.newKeySet();
  private final Set<String> watched = ConcurrentHashMap.newKeySet();

  /** Returns what the listener fills, if there is one. */
  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  static EnginesRun of(ExtensionContext context) {
    return JUnitVersion.sessionStore(context, EnginesRun.class)
        .getOrComputeIfAbsent(EnginesRun.class, type -> new EnginesRun(), EnginesRun.class);
  }

  void ran(String engine) {
    ran.add(engine);
  }

  void watched(String engine) {
    watched.add(engine);
  }

  /** Returns those that a leak of their tests is not seen of, by their ids. */
  Set<String> unwatched() {
    Set<String> unwatched = new TreeSet<>(ran);
    unwatched.removeAll(watched);
    return unwatched;
  }
}
