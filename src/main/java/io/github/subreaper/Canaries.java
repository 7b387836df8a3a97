package io.github.subreaper;

import io.github.subreaper.internal.engine.spawn.Planted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The traces that {@link Program#withCanaries()} leaves around a program, and that a good daemon
 * removes.
 *
 * @param descriptor a descriptor that is open, beside the three standard streams
 * @param file the file it refers to; also the standard input, unless the program was given another
 * @param ignored a signal that is ignored
 * @param blocked a signal that is blocked
 * @param umask an unusual umask; empty if {@link Program#withUmask} has set one, which may be the
 *     program's own choice too
 * @param terminal the controlling terminal; empty if this JVM has none
 */
public record Canaries(
    int descriptor,
    Path file,
    Signal ignored,
    Signal blocked,
    OptionalInt umask,
    Optional<String> terminal) {

  static Canaries of(Planted planted) {
    return new Canaries(
        planted.descriptor(),
        real(planted.file()),
        Signal.of(planted.ignored()),
        Signal.of(planted.blocked()),
        planted.umask() == null ? OptionalInt.empty() : OptionalInt.of(planted.umask()),
        Optional.ofNullable(planted.terminal()));
  }

  /** Returns the path as the kernel shows it; the file itself may be gone. */
  static Path real(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    try {
      return directory == null ? file : directory.toRealPath().resolve(file.getFileName());
    } catch (IOException e) {
      return file;
    }
  }
}
