package io.github.subreaper;

import io.github.subreaper.internal.engine.spawn.CanarySetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The traces that {@link Program#withCanaries()} leaves around a program, and that a good daemon
 * removes. Immutable.
 *
 * <pre>{@code
 * Canaries canaries = launch.canaries().orElseThrow();
 * boolean undone = !daemon.details().blockedSignals().contains(canaries.blocked());
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Canaries {
  private final CanarySetup planted;
  private final Path file;

  private Canaries(CanarySetup planted) {
    this.planted = planted;
    this.file = real(planted.file());
  }

  static Canaries of(CanarySetup planted) {
    return new Canaries(planted);
  }

  /**
   * Returns a descriptor that is open, beside the three standard streams.
   *
   * @return its number
   */
  public int descriptor() {
    return planted.descriptor();
  }

  /**
   * Returns the file that the descriptor refers to. It is also the standard input, unless the
   * program was given another.
   *
   * @return its path as the kernel shows it; the file itself may be gone
   */
  public Path file() {
    return file;
  }

  /**
   * Returns a signal that is ignored.
   *
   * @return the signal
   */
  public Signal ignored() {
    return Signal.of(planted.ignored());
  }

  /**
   * Returns a signal that is blocked.
   *
   * @return the signal
   */
  public Signal blocked() {
    return Signal.of(planted.blocked());
  }

  /**
   * Returns an unusual umask.
   *
   * @return empty if {@link Program#withUmask} has set one, which may be the program's own choice
   *     too
   */
  public OptionalInt umask() {
    Integer umask = planted.umask();
    return umask == null ? OptionalInt.empty() : OptionalInt.of(umask);
  }

  /**
   * Returns the controlling terminal.
   *
   * @return empty if this JVM has none
   */
  public Optional<String> terminal() {
    return Optional.ofNullable(planted.terminal());
  }

  /** Returns the path as the kernel shows it; the file itself may be gone. */
  static Path real(Path file) {
    if (!file.isAbsolute()) {
      return file; // a pipe
    }
    Path directory = file.toAbsolutePath().getParent();
    try {
      return directory == null ? file : directory.toRealPath().resolve(file.getFileName());
    } catch (IOException e) {
      return file;
    }
  }
}
