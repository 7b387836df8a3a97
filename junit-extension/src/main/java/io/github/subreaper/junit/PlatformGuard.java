package io.github.subreaper.junit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Guards the tests of every engine of the JUnit Platform but Jupiter's, which have {@link
 * SubreaperExtension}. The launcher finds it by itself. It acts if the configuration parameter
 * {@code subreaper.guard} is true, which also turns on auto-detection for the extension alone, or
 * if auto-detection is on ({@code junit.jupiter.extensions.autodetection.enabled}) and {@code
 * subreaper.guard} is not false.
 *
 * <p>No engine lets a listener fail a test. So what tests leave makes the launcher's session fail
 * when it closes: with Surefire, Failsafe and the ConsoleLauncher that is the build. Leaks live
 * until then.
 *
 * @since 0.1.0
 */
public final class PlatformGuard implements LauncherSessionListener {
  private PlatformListener listener = PlatformListener.NONE;

  /** Creates a listener, for the launcher. */
  public PlatformGuard() {}

  /**
   * Ends the scope of the test that the calling thread runs, for adapters of other engines: after
   * all of the test's code and before the engine takes its result. If no test is guarded on this
   * thread, it does nothing.
   *
   * @throws AssertionError if the test must fail for what it has left
   */
  public static void judgeTest() {
    OpenScope test = PlatformListener.isActive() ? OpenScope.currentTest() : null;
    AssertionError failure = test == null ? null : test.end();
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    listener = new PlatformListener(PlatformStore.of(session));
    session.getLauncher().registerTestExecutionListeners(listener);
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    listener.sessionClosed();
  }
}
