package io.github.subreaper.internal.engine.crash;

/** What happens at a point. */
public enum CrashKind {
  /** All processes are killed before its call. */
  KILL("kill -9 before ", "before ", "", ""),
  /** All are killed when half of its write is made. */
  CUT("kill -9 in the middle of ", "in the middle of ", "", ".withCutWrites()"),
  /** As KILL, and files lose the contents that no sync has secured. */
  NAMES_KEPT("a power cut before ", "power cut before ", ", names kept", ".withPowerCuts()"),
  /** As NAMES_KEPT, and directories lose the changes that no sync has secured. */
  NAMES_LOST("a power cut before ", "power cut before ", ", names lost", ".withPowerCuts()");

  private final String cause;
  private final String name;
  private final String end;
  private final String option;

  CrashKind(String cause, String name, String end, String option) {
    this.cause = cause;
    this.name = name;
    this.end = end;
    this.option = option;
  }

  /** Returns the name of the crash. */
  public String at(Point point) {
    return name + point.key() + end;
  }

  /** Returns what has happened to the program. */
  public String after(Point point) {
    return cause + point + end;
  }

  /** Returns the method of CrashPoints that asks for it; empty if none has to. */
  public String option() {
    return option;
  }

  /** Returns whether it is a power cut. */
  public boolean cutsPower() {
    return this == NAMES_KEPT || this == NAMES_LOST;
  }
}
