package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.text.Text;

/** Names a process in messages. */
public final class ProcessText {
  private ProcessText() {}

  /** Returns the command line, or the name if that is unknown, and the pid. */
  public static String of(ProcessRecord process) {
    return Text.command(process.name(), process.commandLine()) + " (pid " + process.pid() + ")";
  }

  /** Returns the name of a process as a shape has it: an empty one is visible. */
  static String name(ProcessRecord process) {
    return process.name().isEmpty() ? "''" : Text.safe(process.name());
  }
}
