package io.github.subreaper.internal.engine.output;

import java.time.Instant;

/**
 * A line that a launch has written.
 *
 * @param text without its line end
 * @param isError whether it was written to stderr
 * @param at when it was read
 */
public record Line(String text, boolean isError, Instant at) {}
