package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Cause;
import io.github.subreaper.internal.report.Recording.End;
import io.github.subreaper.internal.report.Recording.Proc;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a process ended, as the page draws it: each has a colour and a shape of its own. */
enum Fate {
  SUCCESS("exited 0"),
  FAILURE("exited with another code"),
  SIGNAL("killed by a signal"),
  CORE("killed by a signal, with a core dump"),
  TERMINATED("ended by this library"),
  UNKNOWN("ended, status unknown"),
  ALIVE("still alive at the end of the recording");

  private final String words;

  Fate(String words) {
    this.words = words;
  }

  /** Returns the words of the legend. */
  String words() {
    return words;
  }

  /** Returns the class in the style sheet. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Fate of(Proc process) {
    End end = process.end();
    if (end == null) {
      return process.endedAt() == null ? ALIVE : UNKNOWN;
    }
    if (end.coreDumped()) {
      return CORE;
    }
    if (end.cause() == Cause.STOP_SIGNAL || end.cause() == Cause.KILL) {
      return TERMINATED;
    }
    Integer code = end.code();
    if (code != null) {
      return code == 0 ? SUCCESS : FAILURE;
    }
    return end.signal() == null ? UNKNOWN : SIGNAL;
  }

  /** Returns the end in a few words, such as {@code SIGTERM}. */
  static String brief(Proc process) {
    End end = process.end();
    if (end == null) {
      return process.endedAt() == null ? "alive" : "ended";
    }
    String how = how(end.code(), end.signal());
    return switch (of(process)) {
      case CORE -> how + ", core";
      case TERMINATED -> how + ", by subreaper";
      default -> how;
    };
  }

  private static String how(@Nullable Integer code, @Nullable String signal) {
    return code != null ? "exited " + code : signal != null ? Visible.line(signal, 40) : "ended";
  }
}
