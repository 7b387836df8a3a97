package io.github.subreaper.internal.junit.engines;

import io.github.subreaper.internal.junit.scopes.EnginesRun;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Guards the tests of every engine of the JUnit Platform but Jupiter's, which have {@link
 * io.github.subreaper.junit.SubreaperExtension}. The launcher finds it by itself. It acts if the
 * configuration parameter {@code subreaper.guard} is true, which also turns on auto-detection for
 * the extension alone, or if auto-detection is on ({@code
 * junit.jupiter.extensions.autodetection.enabled}) and {@code subreaper.guard} is not false.
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

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    EnginesRun.setOnPlatform();
    listener = new PlatformListener(PlatformStore.of(session));
    session.getLauncher().registerTestExecutionListeners(listener);
    listener.prepare();
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    listener.sessionClosed();
  }
}
