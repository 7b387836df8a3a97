package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.junit.Leaks;
import io.github.subreaper.junit.Reports;

/** Reads the configuration parameters {@code subreaper.…}. An empty one counts as not set. */
public final class ConfiguredSettings {
  public static final String PREFIX = "subreaper.";

  /** How the origin of such a setting begins. */
  public static final String ORIGIN = "configuration parameter ";

  private ConfiguredSettings() {}

  public static Settings of(Parameters parameters) {
    Settings settings = Settings.NONE;
    for (Settings.Key<?> key : Settings.KEYS) {
      String text = parameters.text(PREFIX + key.name());
      if (!text.isEmpty()) {
        settings = settings.with(key, new Setting(key.name(), text, ORIGIN + PREFIX + key.name()));
      }
    }
    return settings;
  }

  /** Returns whether assertions replace the files of approved shapes. */
  public static boolean approves(Parameters parameters) {
    String name = PREFIX + "approve";
    String text = parameters.text(name);
    return !text.isEmpty() && new Setting("approve", text, ORIGIN + name).flag();
  }

  /** Returns what a process does to the build that outlives the shutdown hooks. */
  public static Leaks exit(Parameters parameters) {
    String name = PREFIX + "exit";
    String text = parameters.text(name);
    return text.isEmpty()
        ? Leaks.WARN
        : Settings.LEAKS.read().apply(new Setting("exit", text, ORIGIN + name));
  }

  /** Returns when reports are made, as far as a parameter says. */
  public static Reports reports(Parameters parameters) {
    Reports when = of(parameters).reports();
    return when == Reports.DEFAULT ? Reports.FAILURES : when;
  }
}
