package io.github.subreaper.internal.engine.guardian;

import java.util.OptionalInt;

/**
 * The guardian was killed, and another one takes its place. It belongs to no test, so its end is
 * reported apart.
 *
 * @param waitStatus as wait(2) encodes it; empty if other code collected it and the kernel does not
 *     have it
 * @param nanos when the end was seen, {@link System#nanoTime}
 */
public record GuardianLoss(int pid, OptionalInt waitStatus, long nanos) {}
