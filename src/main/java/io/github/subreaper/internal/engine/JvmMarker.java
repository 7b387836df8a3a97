package io.github.subreaper.internal.engine;

import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The system property that says which copy of this library has activated this JVM. A second class
 * loader brings a second copy with monitors of its own, and the flag, the tag and the guardian are
 * the JVM's: two activations would undo each other's.
 *
 * <p>The value holds the pid, since a JVM may pass all its properties to the next one.
 */
final class JvmMarker {
  /** Not below {@code subreaper.}, where a name that is no setting is a mistake. */
  static final String PROPERTY = "io.github.subreaper.active";

  private static final String JVM = ProcessHandle.current().pid() + " ";
  private static final String OWN = JVM + describe(JvmMarker.class.getClassLoader());

  private JvmMarker() {}

  /**
   * Sets the property. One of this very copy, or of another JVM, is out of date and is replaced.
   *
   * @throws ActiveElsewhereException if another copy has set it
   */
  static void set() {
    Object now =
        properties()
            .compute(
                PROPERTY,
                (name, present) ->
                    present instanceof String other && other.startsWith(JVM) ? other : OWN);
    if (!OWN.equals(now)) {
      throw new ActiveElsewhereException(now.toString().substring(JVM.length()));
    }
  }

  /** Removes the property, if this copy has set it. */
  static void remove() {
    properties().remove(PROPERTY, OWN);
  }

  private static Properties properties() {
    return System.getProperties();
  }

  private static String describe(@Nullable ClassLoader loader) {
    if (loader == null) {
      return "the bootstrap class loader";
    }
    String name = loader.getName();
    return loader.getClass().getName()
        + "@"
        + Integer.toHexString(System.identityHashCode(loader))
        + (name == null ? "" : " (" + name + ")");
  }
}
