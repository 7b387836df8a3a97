package io.github.subreaper.internal.engine;

import java.time.Duration;
import java.util.List;

/** How a scope waits and ends. The values were checked by whoever made it. */
public record Policy(
    Duration grace,
    Duration settle,
    Duration await,
    Duration kill,
    boolean strict,
    List<String> survivors) {}
