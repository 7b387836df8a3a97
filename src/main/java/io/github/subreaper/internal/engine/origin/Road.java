package io.github.subreaper.internal.engine.origin;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What reports which code starts a process. The property {@code subreaper.origin} chooses. */
enum Road {
  LOG("the JDK's log"),
  JFR("the flight recorder"),
  OFF("nothing");

  private static final String PROPERTY = "subreaper.origin";
  private static final String AUTO = "auto";

  /** In words, for messages. */
  final String source;

  Road(String source) {
    this.source = source;
  }

  /**
   * Returns the one that the property names; else the log where there is one, else the recorder.
   */
  static Road present() {
    String text = System.getProperty(PROPERTY, "");
    if (text.isEmpty() || text.equals(AUTO)) {
      return withoutLog() == null ? LOG : JFR;
    }
    return Arrays.stream(values())
        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "-D" + PROPERTY + "=" + text + ": must be auto, log, jfr or off"));
  }

  /** Returns why this JVM knows no starts; null if it does. */
  @Nullable String missing() {
    return switch (this) {
      case LOG -> withoutLog();
      case JFR -> withoutRecorder();
      case OFF -> "turned off by -D" + PROPERTY + "=off";
    };
  }

  /** Returns what it reports, and when, in a sentence. */
  String description() {
    if (this == LOG) {
      return "the JDK logs where code under test starts a process, at that moment";
    }
    String why = withoutLog();
    return "the JDK's flight recorder shows where code under test started a process, some tenths of"
        + " a second after the first scope in this JVM is opened; but not while another recording"
        + " runs"
        + (why == null ? "" : " (" + why + ")");
  }

  /** Returns why the log can't be used; null if it can. */
  private static @Nullable String withoutLog() {
    if (!hasLogger()) {
      return "this JDK does not log which processes it starts (21.0.13 and 25 do)";
    }
    return ProcessBuilderLog.missing();
  }

  private static boolean hasLogger() {
    try {
      return ProcessBuilder.class.getDeclaredField("LOGGER") != null;
    } catch (NoSuchFieldException e) {
      return false;
    }
  }

  private static @Nullable String withoutRecorder() {
    return ModuleLayer.boot().findModule("jdk.jfr").isPresent()
        ? null
        : "this Java runtime has no module jdk.jfr";
  }
}
