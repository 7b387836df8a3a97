package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.ResourceLimits;

/** Says by which rule of setrlimit(2) the kernel refused a limit. */
final class RefusedLimit {
  private RefusedLimit() {}

  /**
   * Returns the refusal in words, with what to do.
   *
   * @param pid of the process, which has its limits from this JVM
   */
  static String reason(
      Kernel kernel, int pid, String name, Setup.Limit wanted, LinuxException refusal) {
    String text = "limit " + name + " " + wanted + ": " + refusal.getMessage();
    if (refusal.errno() != Errno.EPERM) {
      return text;
    }
    long most = name.equals("nofile") ? kernel.limits().mostOpenFiles() : Setup.Limit.UNLIMITED;
    if (Long.compareUnsigned(wanted.hard(), most) > 0) {
      return text
          + ": no process, not even one of root, may have more than "
          + most
          + " open files (/proc/sys/fs/nr_open). To fix: take a hard limit of "
          + most
          + " at most, or raise that one: sysctl fs.nr_open=…";
    }
    ResourceLimits.Pair now = kernel.limits().get(pid, name);
    if (now != null && Long.compareUnsigned(wanted.hard(), now.hard()) > 0) {
      Setup.Limit present = new Setup.Limit(now.soft(), now.hard());
      return text
          + ": to raise a hard limit takes CAP_SYS_RESOURCE, which root lacks in most containers;"
          + " that of this JVM is "
          + present
          + ". To fix: take a hard limit of "
          + present.hardText()
          + " at most, or start the JVM under a higher one (ulimit -H, docker run --ulimit)";
    }
    return text;
  }
}
