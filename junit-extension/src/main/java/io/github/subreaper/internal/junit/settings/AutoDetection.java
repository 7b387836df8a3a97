package io.github.subreaper.internal.junit.settings;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * JUnit's auto-detection of extensions, turned on for {@link SubreaperExtension} alone, by system
 * properties. Parameters that the launcher was given itself count more than these.
 */
public final class AutoDetection {
  private static final String ENABLED = "junit.jupiter.extensions.autodetection.enabled";

  /** Since JUnit 5.12, the oldest that the extension runs with. */
  private static final String INCLUDED = "junit.jupiter.extensions.autodetection.include";

  private static final String EXTENSION = "io.github.subreaper.junit.SubreaperExtension";

  public static final String WHY_NOT =
      "which needs JUnit 5.12 or later, and a launcher that is not configured otherwise by "
          + ENABLED;

  /** The values before; null for none. */
  private final Map<String, String> before = new LinkedHashMap<>();

  private AutoDetection() {}

  public static boolean isOn(Parameters parameters) {
    return Boolean.parseBoolean(parameters.text(ENABLED));
  }

  public static AutoDetection turnOn(Parameters parameters) {
    AutoDetection detection = new AutoDetection();
    if (!JUnitVersion.hasEnough()) {
      return detection; // an extension that only throws would break the suite
    }
    String included = parameters.text(INCLUDED);
    if (!isOn(parameters)) {
      detection.set(ENABLED, "true");
      detection.set(INCLUDED, EXTENSION);
    } else if (!included.isEmpty()) {
      detection.set(INCLUDED, included + "," + EXTENSION);
    }
    return detection;
  }

  private void set(String name, String value) {
    before.put(name, System.setProperty(name, value));
  }

  /** Restores the properties. */
  public void putBack() {
    before.forEach(
        (name, value) -> {
          if (value == null) {
            System.clearProperty(name);
          } else {
            System.setProperty(name, value);
          }
        });
    before.clear();
  }
}
