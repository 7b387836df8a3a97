package io.github.subreaper.internal.engine.jvm;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.LinuxException;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The system property that shows which copy of this library has activated this JVM. A second class
 * loader brings a second copy, with locks of its own. But the flag, the tag and the guardian are
 * the JVM's, so two activations would undo each other's.
 *
 * <p>The value holds the pid, since a JVM may pass all its properties to the next one.
 */
public final class JvmMarker {
  /** Not below {@code subreaper.}, where an unknown name is reported as a mistake. */
  static final String PROPERTY = "io.github.subreaper.active";

  /** Another copy that activates sets the flag soon after the property. */
  private static final long ACTIVATION_NANOS = 2_000_000_000L;

  private static final long POLL_NANOS = 10_000_000;

  private static final String JVM = ProcessHandle.current().pid() + " ";
  private static final String OWN = JVM + describe(JvmMarker.class.getClassLoader());

  private JvmMarker() {}

  /**
   * Sets the property. A value of this very copy, or of another JVM, is out of date and is
   * replaced. So is one in a JVM that is not a subreaper: code has put back older properties.
   *
   * @param kernel null if no call works here: then it is not known whether this JVM is a subreaper
   * @throws ActiveElsewhereException if another copy has set it
   */
  public static void set(@Nullable Kernel kernel, Time time) {
    String now = claim();
    if (!OWN.equals(now) && !isSubreaperSoon(kernel, time)) {
      properties().remove(PROPERTY, now);
      now = claim();
    }
    if (!OWN.equals(now)) {
      throw new ActiveElsewhereException(now.substring(JVM.length()));
    }
  }

  private static String claim() {
    return properties()
        .compute(
            PROPERTY,
            (name, present) ->
                present instanceof String other && other.startsWith(JVM) ? other : OWN)
        .toString();
  }

  private static boolean isSubreaperSoon(@Nullable Kernel kernel, Time time) {
    long start = time.nanos();
    try {
      while (kernel != null && !kernel.subreaper.get()) {
        if (time.nanos() - start >= ACTIVATION_NANOS) {
          return false;
        }
        time.park(POLL_NANOS);
      }
      return true;
    } catch (LinuxException e) {
      return true; // unknown: assume that it is
    }
  }

  /** Removes the property, if this copy has set it. */
  public static void remove() {
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
