package io.github.subreaper.internal.junit.settings;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.JUnitException;

/** Makes the exception for a setting that is wrong, of the JUnit that there is. */
public final class Misconfiguration {
  private Misconfiguration() {}

  static RuntimeException of(String message) {
    return of(message, null);
  }

  /** Returns a JUnitException, but where there is only JUnit 4. */
  public static RuntimeException of(String message, @Nullable Throwable cause) {
    try {
      return Jupiter.exception(message, cause);
    } catch (NoClassDefFoundError e) {
      return ofPlatform(message, cause);
    }
  }

  private static RuntimeException ofPlatform(String message, @Nullable Throwable cause) {
    try {
      return Platform.exception(message, cause);
    } catch (NoClassDefFoundError e) {
      return new IllegalArgumentException(message, cause);
    }
  }

  private static final class Jupiter {
    static RuntimeException exception(String message, @Nullable Throwable cause) {
      return new ExtensionConfigurationException(message, cause);
    }
  }

  private static final class Platform {
    static RuntimeException exception(String message, @Nullable Throwable cause) {
      return new JUnitException(message, cause);
    }
  }
}
