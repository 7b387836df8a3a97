package io.github.subreaper.internal.linux;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a pid means what it means to this process: this boot of this machine, this pid namespace;
 * pid_namespaces(7). The kernel gives a namespace's number to another one only when all its
 * processes are gone.
 */
public final class PidSpace {
  /** Odd and large: each character changes all digits. */
  private static final long MULTIPLIER = 6364136223846793005L;

  private PidSpace() {}

  /** Sixteen hexadecimal digits that no other place has; null if the kernel does not tell. */
  public static @Nullable String id() {
    byte[] boot = Procfs.read("/proc/sys/kernel/random/boot_id");
    String namespace = Procfs.link("/proc/self/ns/pid");
    if (boot == null || namespace == null) {
      return null;
    }
    long id = 0;
    for (char one : (new String(boot, StandardCharsets.US_ASCII) + namespace).toCharArray()) {
      id = id * MULTIPLIER + one; // a class for it would take most of a fresh JVM's activation
    }
    String digits = Long.toHexString(id);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
