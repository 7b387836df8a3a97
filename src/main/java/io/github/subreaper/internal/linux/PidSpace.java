package io.github.subreaper.internal.linux;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Identifies where a pid means the same as to this process: this boot of this machine and this pid
 * namespace; pid_namespaces(7). The kernel reuses a namespace's number only after all its processes
 * are gone.
 */
public final class PidSpace {
  /** Odd and large, so that each character changes all digits. */
  private static final long MULTIPLIER = 6364136223846793005L;

  private PidSpace() {}

  /** Returns sixteen hexadecimal digits, unique to this place; null if the kernel does not tell. */
  public static @Nullable String id() {
    byte[] boot = Procfs.read("/proc/sys/kernel/random/boot_id");
    String namespace = Procfs.link("/proc/self/ns/pid");
    if (boot == null || namespace == null) {
      return null;
    }
    long id = 0;
    for (char one : (new String(boot, StandardCharsets.US_ASCII) + namespace).toCharArray()) {
      id =
          id * MULTIPLIER
              + one; // loading a digest class would take most of a fresh JVM's activation
    }
    String digits = Long.toHexString(id);
    return "0".repeat(16 - digits.length()) + digits;
  }
}
