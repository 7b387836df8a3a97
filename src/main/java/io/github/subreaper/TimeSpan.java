package io.github.subreaper;

import java.time.Instant;

/**
 * The time between two looks: what happened in it is known, and when in it is not.
 *
 * <pre>{@code
 * process.endedBetween().ifPresent(
 *     span -> System.out.println("alive at " + span.from() + ", and not at " + span.to()));
 * }</pre>
 *
 * @param from the earlier look
 * @param to the later one
 * @see Descendant#endedBetween()
 * @since 0.1.0
 */
public record TimeSpan(Instant from, Instant to) {}
