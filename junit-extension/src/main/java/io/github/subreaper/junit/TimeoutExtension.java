package io.github.subreaper.junit;

import io.github.subreaper.internal.junit.jupiter.JupiterGuard;
import io.github.subreaper.internal.junit.jupiter.Unguarded;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;

/**
 * Logs a test that runs into its {@code @Timeout}, before JUnit interrupts it: its processes, where
 * it waits, and the last output of its launches, as the report entry {@code subreaper.timeout} and
 * in the log. With JUnit's {@code junit.jupiter.execution.timeout.threaddump.enabled=true} it also
 * asks each Java process for the stacks of its threads, by SIGQUIT.
 *
 * <p>{@link SubreaperTest} and auto-detection register it. Where only a field registers {@link
 * SubreaperExtension}, this one has to be registered by
 * {@code @ExtendWith(TimeoutExtension.class)}.
 *
 * @since 0.1.0
 */
public final class TimeoutExtension implements PreInterruptCallback {
  private static final Namespace NAMESPACE = Namespace.create(TimeoutExtension.class);

  /** For JUnit, which calls it. */
  public TimeoutExtension() {}

  @Override
  public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext context) {
    if (isFirst(interrupt, context) && Unguarded.at(context) == null) {
      JupiterGuard.timedOut(context, interrupt.getThreadToInterrupt());
    }
  }

  /** It may be registered more than once. */
  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  private boolean isFirst(PreInterruptContext interrupt, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(interrupt, key -> this, TimeoutExtension.class)
        .equals(this);
  }
}
