package io.github.subreaper.junit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.JUnitException;

/** Makes the exception for a setting that is wrong; a suite may have no Jupiter. */
final class Misconfiguration {
  private Misconfiguration() {}

  static JUnitException of(String message) {
    return of(message, null);
  }

  static JUnitException of(String message, @Nullable Throwable cause) {
    try {
      return Jupiter.exception(message, cause);
    } catch (NoClassDefFoundError e) {
      return new JUnitException(message, cause);
    }
  }

  private static final class Jupiter {
    static JUnitException exception(String message, @Nullable Throwable cause) {
      return new ExtensionConfigurationException(message, cause);
    }
  }
}
