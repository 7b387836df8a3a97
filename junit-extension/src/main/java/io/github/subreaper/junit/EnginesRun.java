package io.github.subreaper.junit;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The engines whose tests have run in a launcher session. Needs nothing of the core. */
final class EnginesRun {
  static final String JUPITER = "junit-jupiter";

  /** For a JUnit without a store that listeners and extensions share. */
  static final EnginesRun SHARED = new EnginesRun();

  private static volatile boolean anyWatched;
  private static volatile boolean onPlatform;
  private static volatile boolean parallelClasses;

  private final Set<String> ran = ConcurrentHashMap.newKeySet();
  private final Set<String> watched = ConcurrentHashMap.newKeySet();
  private volatile boolean isAsked;

  /** Returns what the listener fills, if there is one. */
  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  static EnginesRun of(ExtensionContext context) {
    return JUnitVersion.hasSessionStore()
        ? JUnitVersion.sessionStore(context, EnginesRun.class)
            .getOrComputeIfAbsent(EnginesRun.class, type -> new EnginesRun(), EnginesRun.class)
        : SHARED;
  }

  /** Notes that the user asks for the guard: the last line is printed then, leaks or not. */
  void ask() {
    isAsked = true;
  }

  boolean isAsked() {
    return isAsked;
  }

  /** Notes that the JUnit Platform runs tests in this JVM. */
  static void setOnPlatform() {
    onPlatform = true;
  }

  static boolean isOnPlatform() {
    return onPlatform;
  }

  /** Returns whether the listener has watched anything in this JVM. */
  static boolean isAnyWatched() {
    return anyWatched;
  }

  /** Notes that the listener watches. */
  static void watch() {
    anyWatched = true;
  }

  /** Notes that TestNG may run a class's last methods while another class has begun. */
  static void setParallelClasses() {
    parallelClasses = true;
  }

  static boolean hasParallelClasses() {
    return parallelClasses;
  }

  void ran(String engine) {
    ran.add(engine);
  }

  void watched(String engine) {
    watched.add(engine);
  }

  /** Returns the ids of those whose leaks nothing sees. */
  Set<String> unwatched() {
    Set<String> unwatched = new TreeSet<>(ran);
    unwatched.removeAll(watched);
    return unwatched;
  }
}
