package io.github.subreaper.internal.junit.jupiter;

import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.ResolvedSettings;
import io.github.subreaper.junit.Unsupported;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.JUnitException;
import org.opentest4j.TestAbortedException;

/** Decides what happens to tests on a system that cannot adopt orphans. */
public final class UnsupportedSystem {
  private static final String PARAMETER = ConfiguredSettings.PREFIX + "unsupported=SKIP";

  private UnsupportedSystem() {}

  /** Returns why a class or a test is to be skipped, before any of its code runs. */
  public static Optional<String> reasonToSkip(ExtensionContext context) {
    return skips(context)
        ? Optional.ofNullable(reason(context)).map(reason -> "unsupported = SKIP: " + reason)
        : Optional.empty();
  }

  /** Returns why this system is not supported; null if it is. Activates. */
  static @Nullable String reason(ExtensionContext context) {
    try {
      Session.of(context).subreaper();
      return null;
    } catch (UnsupportedSystemException e) {
      return e.getMessage();
    }
  }

  private static boolean skips(ExtensionContext context) {
    try {
      return ResolvedSettings.of(context).unsupported() == Unsupported.SKIP;
    } catch (JUnitException e) {
      return false; // reported when the settings are read next; JUnit would wrap it here
    }
  }

  /** Returns what a test throws that cannot have a scope, or crash points. */
  static RuntimeException failure(UnsupportedSystemException cause, ExtensionContext context) {
    Unsupported setting = ResolvedSettings.of(context).unsupported();
    if (setting == Unsupported.SKIP || setting == Unsupported.UNGUARDED) {
      return new TestAbortedException(
          "unsupported = " + setting + ": " + cause.getMessage(), cause);
    }
    if (String.valueOf(cause.getMessage()).startsWith("JNA is not on the class path")) {
      return cause; // to skip tests for a missing jar is no advice
    }
    return Access.get()
        .withAdvice(
            cause,
            "To skip such tests instead: @SubreaperTest(unsupported = SKIP), or configuration"
                + " parameter "
                + PARAMETER
                + ". UNGUARDED in place of SKIP runs those that take no Supervisor");
  }
}
