package io.github.subreaper.internal.engine;

/**
 * What a program finds around it from its first instruction on, beside its streams, directory and
 * environment.
 *
 * @param notifySocket whether NOTIFY_SOCKET leads to this JVM
 */
public record Setup(boolean notifySocket) {
  /** Nothing but what this JVM has itself. */
  public static final Setup NONE = new Setup(false);

  public Setup withNotifySocket() {
    return new Setup(true);
  }
}
