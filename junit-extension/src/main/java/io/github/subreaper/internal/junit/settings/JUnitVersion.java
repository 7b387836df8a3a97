package io.github.subreaper.internal.junit.settings;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

/**
 * Deals with a JUnit that is older than the one that this module is compiled against: Spring Boot
 * 3.5 brings 5.12.
 */
public final class JUnitVersion {
  private static final String NEWEST_NEEDED =
      "org.junit.jupiter.api.extension.TestInstantiationAwareExtension"; // 5.12

  private static final boolean HAS_SESSION_STORE =
      isThere("org.junit.jupiter.api.extension.ExtensionContext$StoreScope"); // 5.13

  private static final @Nullable String TOO_OLD = isThere(NEWEST_NEEDED) ? null : tooOld();

  private JUnitVersion() {}

  /**
   * Rejects a JUnit that is too old, before a method that it lacks is called.
   *
   * @throws RuntimeException below 5.12
   */
  public static void check() {
    if (TOO_OLD != null) {
      throw Misconfiguration.of(TOO_OLD);
    }
  }

  /** Returns whether there is a Jupiter that the extension runs with. */
  static boolean hasEnough() {
    return TOO_OLD == null;
  }

  /** Returns the store of a class that lives as long as the launcher session. */
  public static Store sessionStore(ExtensionContext context, Class<?> owner) {
    Namespace namespace = Namespace.create(owner);
    try {
      return context.getStore(StoreScope.LAUNCHER_SESSION, namespace);
    } catch (NoClassDefFoundError e) { // 5.12 has no session scope: one run of Jupiter
      return context.getRoot().getStore(namespace);
    }
  }

  public static boolean hasSessionStore() {
    return HAS_SESSION_STORE;
  }

  /** Has a value closed with that store, which closes fewer kinds of values in 5.12. */
  @SuppressWarnings("deprecation") // it closes no AutoCloseable
  public static <T extends AutoCloseable> T closing(T value, ExtensionContext context) {
    if (!hasSessionStore()) {
      context
          .getRoot()
          .getStore(Namespace.create(JUnitVersion.class))
          .put(value, (Store.CloseableResource) value::close);
    }
    return value;
  }

  private static boolean isThere(String type) {
    try {
      Class.forName(type, false, JUnitVersion.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static String tooOld() {
    if (!isThere("org.junit.jupiter.api.extension.ExtensionContext")) {
      return "no Jupiter";
    }
    String found = ExtensionContext.class.getPackage().getImplementationVersion();
    return "subreaper-junit needs JUnit 5.12 or later, and found "
        + (found == null ? "an older one" : found)
        + ". To fix: import org.junit:junit-bom of a later version (Spring Boot: set the property"
        + " junit-jupiter.version).";
  }
}
