package io.github.subreaper.internal.access;

import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@link Program#withCanaries()} leaves around a program, and a good daemon removes.
 *
 * @param descriptor a descriptor that is open, beside the three standard streams
 * @param file what that refers to, as the kernel shows it. It may be gone. It is also the standard
 *     input, unless the program was given another
 * @param ignored a signal that is ignored
 * @param blocked a signal that is blocked
 * @param umask an unusual one; empty if {@link Program#withUmask} has set one, which may be the
 *     program's own choice too
 * @param terminal the controlling one; empty if there is none
 */
public record Canaries(
    int descriptor,
    Path file,
    Signal ignored,
    Signal blocked,
    OptionalInt umask,
    Optional<String> terminal) {}
