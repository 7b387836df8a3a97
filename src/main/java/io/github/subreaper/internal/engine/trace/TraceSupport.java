package io.github.subreaper.internal.engine.trace;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import org.jspecify.annotations.Nullable;

/** Whether launches can be traced here, and why one cannot. */
public final class TraceSupport {
  private static final int YAMA_ADMIN = 2;
  private static final int YAMA_NONE = 3;
  private static final int SYS_PTRACE = 19;

  private TraceSupport() {}

  /** Returns why launches cannot be traced; null if they can. */
  public static @Nullable String missing(Kernel kernel) {
    int errno = kernel.ptrace().probe();
    if (errno != 0) {
      return "a sandbox refuses ptrace(2): "
          + Errno.describe(errno)
          + ". To fix: have it allow that, as docker run --cap-add=SYS_PTRACE does";
    }
    if (kernel.tracedWait().probe() != 0) {
      return "waitid(2) lacks __WNOTHREAD: it needs Linux 4.7";
    }
    int scope = kernel.procfs.yamaScope();
    if (scope == YAMA_NONE || (scope == YAMA_ADMIN && !kernel.procfs.hasCapability(SYS_PTRACE))) {
      return "/proc/sys/kernel/yama/ptrace_scope is "
          + scope
          + ". To fix: set it to 1 (sysctl kernel.yama.ptrace_scope=1)"
          + (scope == YAMA_ADMIN ? ", or run with CAP_SYS_PTRACE" : "; it needs a restart");
    }
    return null;
  }

  /** Returns why the kernel has refused to trace a process with this errno. */
  static String refused(Kernel kernel, int pid, int errno) {
    String what = "ptrace(PTRACE_SEIZE): " + Errno.describe(errno);
    int other = kernel.procfs.statusNumber(pid, "TracerPid");
    if (other > 0) {
      ProcessStat tracer = kernel.procfs.stat(other);
      return what
          + ": it is traced already, by "
          + (tracer == null ? "another process" : tracer.name())
          + " (thread "
          + other
          + "). To fix: launch without traced(), or do not trace this JVM";
    }
    String no = missing(kernel);
    return no == null ? what : what + ": " + no;
  }
}
