package io.github.subreaper.internal.engine.values;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;

/**
 * The session and the process group of this JVM.
 *
 * @param id 0 if unknown
 * @param group 0 if unknown
 */
public record OwnSession(int id, int group) {
  public static OwnSession of(Kernel kernel) {
    ProcessStat own = kernel.procfs.stat(Procfs.SELF);
    return own == null ? new OwnSession(0, 0) : new OwnSession(own.session(), own.processGroup());
  }
}
