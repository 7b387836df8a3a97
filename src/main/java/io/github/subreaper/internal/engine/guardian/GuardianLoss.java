package io.github.subreaper.internal.engine.guardian;

import java.util.OptionalInt;

/**
 * Somebody has killed the guardian, and another one takes its place. It is no process of a test, so
 * its end is told apart.
 *
 * @param waitStatus as wait(2) encodes it; empty if others collected it and the kernel is silent
 * @param nanos when that was seen, {@link System#nanoTime}
 */
public record GuardianLoss(int pid, OptionalInt waitStatus, long nanos) {}
