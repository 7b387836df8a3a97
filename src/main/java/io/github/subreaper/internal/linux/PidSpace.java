package io.github.subreaper.internal.linux;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a pid means what it means to this process: this boot of this machine, this pid namespace;
 * pid_namespaces(7). The kernel gives a namespace's number to another one only when all its
 * processes are gone.
 */
public final class PidSpace {
  private PidSpace() {}

  /** Sixteen hexadecimal digits that no other place has; null if the kernel does not tell. */
  public static @Nullable String id() {
    byte[] boot = Procfs.read("/proc/sys/kernel/random/boot_id");
    String namespace = Procfs.link("/proc/self/ns/pid");
    if (boot == null || namespace == null) {
      return null;
    }
    String place = new String(boot, StandardCharsets.US_ASCII) + namespace;
    byte[] bytes = place.getBytes(StandardCharsets.US_ASCII);
    return String.format("%016x", UUID.nameUUIDFromBytes(bytes).getMostSignificantBits());
  }
}
