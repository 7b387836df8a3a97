package io.github.subreaper.internal.engine.spawn;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The canaries of a launch: what the program finds around it from its first instruction on, and a
 * daemon has to undo.
 *
 * @param descriptor the number under which {@code file} is open
 * @param umask null if the program was given one, which may be its own choice too
 * @param terminal the one that controls the launched process, its own or that of this JVM; null for
 *     none
 */
public record CanarySetup(
    int descriptor,
    Path file,
    int ignored,
    int blocked,
    @Nullable Integer umask,
    @Nullable String terminal) {
  /** High enough that no program expects it, low enough for every shell. */
  private static final int DESCRIPTOR = 9;

  /**
   * SIGRTMIN+8 and the next one: no program sends them, and code that resets all signals resets
   * them.
   */
  private static final int IGNORED = 42;

  private static final int BLOCKED = 43;

  /**
   * No program chooses it, and it is harmless: one bit more than the usual 0022 (others may not
   * enter a directory), and within the 0027 of hardened systems. Bits of the group would break
   * varnishd, whose processes run as several users and share files by it.
   */
  private static final int UMASK = 0023;

  /**
   * Makes them.
   *
   * @param firstFree the lowest number that the program is given for nothing else
   */
  public static CanarySetup of(
      Path file, int firstFree, boolean umaskIsGiven, @Nullable String terminal) {
    return new CanarySetup(
        Math.max(DESCRIPTOR, firstFree),
        file,
        IGNORED,
        BLOCKED,
        umaskIsGiven ? null : UMASK,
        terminal);
  }
}
