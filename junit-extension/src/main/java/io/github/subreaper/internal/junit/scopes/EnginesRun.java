package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.internal.junit.settings.JUnitVersion;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The engines whose tests have run in a launcher session. Needs nothing of the core. */
public final class EnginesRun {
  public static final String JUPITER = "junit-jupiter";

  /** For a JUnit without a store that listeners and extensions share. */
  public static final EnginesRun SHARED = new EnginesRun();

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
  public void ask() {
    isAsked = true;
  }

  boolean isAsked() {
    return isAsked;
  }

  /** Notes that the JUnit Platform runs tests in this JVM. */
  public static void setOnPlatform() {
    onPlatform = true;
  }

  public static boolean isOnPlatform() {
    return onPlatform;
  }

  /** Returns whether the listener has watched anything in this JVM. */
  public static boolean isAnyWatched() {
    return anyWatched;
  }

  /** Notes that the listener watches. */
  public static void watch() {
    anyWatched = true;
  }

  /** Notes that TestNG may run a class's last methods while another class has begun. */
  public static void setParallelClasses() {
    parallelClasses = true;
  }

  public static boolean hasParallelClasses() {
    return parallelClasses;
  }

  public void ran(String engine) {
    ran.add(engine);
  }

  public void watched(String engine) {
    watched.add(engine);
  }

  /** Returns the ids of those whose leaks nothing sees. */
  public Set<String> unwatched() {
    Set<String> unwatched = new TreeSet<>(ran);
    unwatched.removeAll(watched);
    return unwatched;
  }
}
