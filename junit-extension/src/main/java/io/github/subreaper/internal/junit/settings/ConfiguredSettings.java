package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.junit.Leaks;
import io.github.subreaper.junit.Reports;
import java.util.List;

/** Reads the configuration parameters {@code subreaper.…}. An empty one counts as not set. */
public final class ConfiguredSettings {
  public static final String PREFIX = "subreaper.";

  /** How the origin of such a setting begins. */
  public static final String ORIGIN = "configuration parameter ";

  private static final List<String> NAMES =
      List.of(
          "leaks",
          "judge",
          "strict",
          "grace",
          "settle",
          "await",
          "survivors",
          "unsupported",
          "reports",
          "crashes");

  private ConfiguredSettings() {}

  public static Settings of(Parameters parameters) {
    Settings settings = Settings.NONE;
    for (String name : NAMES) {
      String text = parameters.text(PREFIX + name);
      if (!text.isEmpty()) {
        settings = settings.with(new Setting(name, text, ORIGIN + PREFIX + name));
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
    return text.isEmpty() ? Leaks.WARN : new Setting("exit", text, ORIGIN + name).leaks();
  }

  /** Returns when reports are made, as far as a parameter says. */
  public static Reports reports(Parameters parameters) {
    Reports when = of(parameters).reports();
    return when == Reports.DEFAULT ? Reports.FAILURES : when;
  }
}
