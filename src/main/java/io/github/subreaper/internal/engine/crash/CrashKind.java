package io.github.subreaper.internal.engine.crash;

/** What happens at a point. */
public enum CrashKind {
  /** All processes are killed before its call. */
  KILL("before ", ""),
  /** All are killed when half of its write is made. */
  CUT("in the middle of ", ""),
  /** As KILL, and files lose the contents that no sync has secured. */
  NAMES_KEPT("power cut before ", ", names kept"),
  /** As NAMES_KEPT, and directories lose the changes that no sync has secured. */
  NAMES_LOST("power cut before ", ", names lost");

  private final String name;
  private final String end;

  CrashKind(String name, String end) {
    this.name = name;
    this.end = end;
  }

  /** Returns the name of the crash. */
  public String at(Point point) {
    return name + point.key() + end;
  }

  /** Returns what has happened to the program. */
  public String after(Point point) {
    return (cutsPower() ? "a " : "kill -9 ") + name + point + end;
  }

  /** Returns the method of CrashPoints that asks for it; empty if none has to. */
  public String option() {
    return cutsPower() ? ".withPowerCuts()" : this == CUT ? ".withCutWrites()" : "";
  }

  /** Returns whether it is a power cut. */
  public boolean cutsPower() {
    return this == NAMES_KEPT || this == NAMES_LOST;
  }
}
