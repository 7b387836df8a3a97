package io.github.subreaper.junit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

/**
 * The user's JUnit, which may be older than the one that this module is compiled against: Spring
 * Boot 3.5 brings 5.12.
 */
final class JUnitVersion {
  private static final String NEWEST_NEEDED =
      "org.junit.jupiter.api.extension.TestInstantiationAwareExtension"; // 5.12

  private static final @Nullable String TOO_OLD = isThere(NEWEST_NEEDED) ? null : tooOld();

  private JUnitVersion() {}

  /**
   * Rejects what is too old, before a method that it lacks is called.
   *
   * @throws ExtensionConfigurationException below 5.12
   */
  static void check() {
    if (TOO_OLD != null) {
      throw new ExtensionConfigurationException(TOO_OLD);
    }
  }

  /** The values of a class that live as long as the launcher's session. */
  static Store sessionStore(ExtensionContext context, Class<?> owner) {
    Namespace namespace = Namespace.create(owner);
    try {
      return context.getStore(StoreScope.LAUNCHER_SESSION, namespace);
    } catch (NoClassDefFoundError e) { // 5.12: as long as Jupiter runs what it was given
      return context.getRoot().getStore(namespace);
    }
  }

  private static boolean isThere(String type) {
    try {
      Class.forName(type, false, ExtensionContext.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static String tooOld() {
    String found = ExtensionContext.class.getPackage().getImplementationVersion();
    return "subreaper-junit needs JUnit 5.12 or later, and found "
        + (found == null ? "an older one" : found)
        + ". To fix: import org.junit:junit-bom of a later version (Spring Boot: set the property"
        + " junit-jupiter.version).";
  }
}
