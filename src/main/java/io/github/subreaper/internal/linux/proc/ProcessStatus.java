package io.github.subreaper.internal.linux.proc;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The lines of {@code /proc/<pid>/status}, proc_pid_status(5). */
public final class ProcessStatus {
  private static final int EFFECTIVE = 1;

  private final Map<String, String> lines = new HashMap<>();

  public ProcessStatus(String text) {
    for (String line : text.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        lines.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
  }

  public OptionalInt effectiveUid() {
    String uids = lines.get("Uid");
    return uids == null
        ? OptionalInt.empty()
        : OptionalInt.of(Integer.parseUnsignedInt(uids.split("\\s+", -1)[EFFECTIVE]));
  }

  /** Returns the umask; empty before Linux 4.7. */
  public OptionalInt umask() {
    String octal = lines.get("Umask");
    return octal == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(octal, 8));
  }

  /** Returns VmRSS in bytes; empty for a zombie. */
  public OptionalLong residentBytes() {
    return kilobytes("VmRSS");
  }

  /** Returns VmHWM in bytes; empty for a zombie. */
  public OptionalLong peakResidentBytes() {
    return kilobytes("VmHWM");
  }

  private OptionalLong kilobytes(String field) {
    String size = lines.get(field);
    return size == null
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(size.split(" ", 2)[0]) * 1024);
  }

  /** Returns those of its first thread, one bit each: bit 0 is signal 1. */
  public long blockedSignals() {
    return mask("SigBlk");
  }

  public long ignoredSignals() {
    return mask("SigIgn");
  }

  public long caughtSignals() {
    return mask("SigCgt");
  }

  boolean hasCapability(int number) {
    return (mask("CapEff") & 1L << number) != 0;
  }

  /** Returns whether a signal waits for the whole process or for its first thread. */
  boolean isPending(int signal) {
    return ((mask("SigPnd") | mask("ShdPnd")) & 1L << (signal - 1)) != 0;
  }

  private long mask(String field) {
    return Long.parseUnsignedLong(lines.getOrDefault(field, "0"), 16);
  }
}
